/* SPDX-License-Identifier: ISC */
/*
 * bangerd as a source: what op.watch tells (docs/rpc.md), the lines of its
 * operations as it logs them, beginning with those of all that are under way.
 * When the connection ends, another one is made, on which such lines come
 * again; each is given once.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/hashset.h"
#include "base/mem.h"
#include "trace/parse.h"
#include "trace/source.h"
#include "wire/client.h"
#include "wire/frame.h"

#define WATCH_CONNECT_NS (5 * NSEC_PER_SEC) /* for the first answer, too */
#define WATCH_AGAIN_NS NSEC_PER_SEC
#define WATCH_LINE_MAX                                                     \
	(1 << 20)             /* a line of the log with every byte escaped \
			       */
#define WATCH_GIVEN_MAX 32768 /* lines that are known again; twice that */

struct source_watch {
	struct source head;
	char *path;
	struct client client; /* fd -1: none now */
	int epoll; /* what is polled: the same through all connections */
	struct frame in;
	int64_t again_ns; /* monotonic: when to connect next */
	bool said;        /* that there is no connection */
	struct parser *parser;
	struct hashset given, before; /* hashes of lines, newer and older */
	struct source_stats stats;
};

/* ---- the connection -------------------------------------------------------
 */

static int
source_watch__connect(struct source_watch *w, struct error *err)
{
	struct epoll_event in = { .events = EPOLLIN };
	struct rpc_reply reply = { 0 };
	int r;

	r = client_open(w->path, WATCH_CONNECT_NS, &w->client, err);
	if (r < 0)
		return r;
	r = client_watch(&w->client, "op.watch", WATCH_CONNECT_NS, &w->in,
	    &reply, err);
	rpc_reply_done(&reply);
	if (r == 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->client.fd, &in) == 0)
		return 0;
	if (r == 0)
		r = error_errno(err, errno, "watching %s", w->path);
	client_close(&w->client);
	return r < 0 ? r : error_wrap(err, -EPROTO, "op.watch");
}

static void
source_watch__disconnect(struct source_watch *w)
{
	client_close(&w->client);
	frame_done(&w->in);
	frame_init(&w->in, WATCH_LINE_MAX);
	w->again_ns = clock_mono_ns() + WATCH_AGAIN_NS;
}

/* ---- what it says ---------------------------------------------------------
 */

/* True when it was given before; notes it. */
static bool
source_watch__again(struct source_watch *w, const char *line, size_t len)
{
	uint64_t hash = hash_bytes(0, line, len) | 1;

	if (hashset_may_have(&w->given, hash) ||
	    hashset_may_have(&w->before, hash))
		return true;
	if (w->given.n >= WATCH_GIVEN_MAX) {
		hashset_done(&w->before);
		w->before = w->given;
		w->given = (struct hashset){ 0 };
	}
	hashset_add(&w->given, hash);
	return false;
}

/* One object of the stream: a line of the log, or that some were left out. */
static enum source_status
source_watch__take(struct source_watch *w, const char *text, size_t len,
    struct error *err)
{
	_cleanup_json_ json_t *object = json_loadb(text, len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	const json_t *line = json_object_get(object, "line");
	const json_t *dropped = json_object_get(object, "dropped");

	if (json_is_string(line)) {
		text = json_string_value(line);
		len = json_string_length(line);
		if (source_watch__again(w, text, len))
			return SOURCE_MORE;
		w->stats.lines++;
		w->stats.bytes += len;
		parser_feed(w->parser, text, len, true);
	} else if (json_is_integer(dropped)) {
		error_set(err, -ENOBUFS,
		    "bangerd left out %lld lines: they came too fast",
		    (long long)json_integer_value(dropped));
		return SOURCE_LOST;
	} else if (!json_is_object(object)) {
		error_set(err, -EBADMSG, "bangerd sent what is no JSON object");
		return SOURCE_LOST;
	}
	return SOURCE_MORE; /* what else there may be is for newer readers */
}

/* MORE: bytes came; WAIT: none now; LOST: the connection is gone. */
static enum source_status
source_watch__read(struct source_watch *w, struct error *err)
{
	char chunk[16384];
	ssize_t n = read(w->client.fd, chunk, sizeof(chunk));

	if (n > 0) {
		frame_feed(&w->in, chunk, (size_t)n);
		return SOURCE_MORE;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SOURCE_WAIT;
	source_watch__disconnect(w);
	w->said = true;
	error_set(err, -ECONNRESET,
	    "bangerd closed the connection; it is tried again");
	return SOURCE_LOST;
}

static enum source_status
source_watch__reconnect(struct source_watch *w, struct error *err)
{
	if (clock_mono_ns() < w->again_ns)
		return SOURCE_WAIT;
	if (source_watch__connect(w, err) < 0) {
		w->again_ns = clock_mono_ns() + WATCH_AGAIN_NS;
		if (w->said)
			return SOURCE_WAIT;
		w->said = true;
		return SOURCE_LOST;
	}
	w->said = false;
	return SOURCE_MORE;
}

/* ---- as a source ----------------------------------------------------------
 */

static enum source_status
source_watch__next(struct source *s, struct record *r, struct error *err)
{
	struct source_watch *w = (struct source_watch *)s;
	enum source_status st = SOURCE_MORE;
	const char *line;
	size_t len;

	while (!parser_next(w->parser, r)) {
		if (w->client.fd < 0) {
			st = source_watch__reconnect(w, err);
		} else {
			switch (frame_next(&w->in, &line, &len)) {
			case FRAME_LINE:
				st = source_watch__take(w, line, len, err);
				break;
			case FRAME_MORE:
				st = source_watch__read(w, err);
				break;
			case FRAME_TOO_LONG:
				source_watch__disconnect(w);
				error_set(err, -EMSGSIZE,
				    "bangerd sent a line without an end");
				st = SOURCE_LOST;
			}
		}
		if (st != SOURCE_MORE)
			return st;
	}
	return SOURCE_MORE;
}

static int
source_watch__fd(const struct source *s)
{
	return ((const struct source_watch *)s)->epoll;
}

static int64_t
source_watch__timeout(const struct source *s)
{
	const struct source_watch *w = (const struct source_watch *)s;
	int64_t left = w->again_ns - clock_mono_ns();

	if (w->client.fd >= 0)
		return -1;
	return left > 0 ? left : 0;
}

static void
source_watch__stats(const struct source *s, struct source_stats *ret)
{
	*ret = ((const struct source_watch *)s)->stats;
}

static const char *
source_watch__name(const struct source *s, unsigned source)
{
	(void)source;
	return ((const struct source_watch *)s)->path;
}

/* Whoever answers on the socket is bangerd. */
static void
source_watch__units(struct source *s, const char *const *units)
{
	(void)s;
	(void)units;
}

static void
source_watch__close(struct source *s)
{
	struct source_watch *w = (struct source_watch *)s;

	client_close(&w->client);
	cleanup_closep(&w->epoll);
	frame_done(&w->in);
	parser_free(w->parser);
	hashset_done(&w->given);
	hashset_done(&w->before);
	free(w->path);
	free(w);
}

static const struct source_ops source_watch_ops = {
	.next = source_watch__next,
	.fd = source_watch__fd,
	.timeout = source_watch__timeout,
	.stats = source_watch__stats,
	.name = source_watch__name,
	.units = source_watch__units,
	.close = source_watch__close,
};

int
source_open_watch(const char *socket, struct source **ret, struct error *err)
{
	_cleanup_(source_freep) struct source *source = NULL;
	struct source_watch *w = xcalloc(1, sizeof(*w));
	int r;

	source = &w->head;
	w->head.ops = &source_watch_ops;
	w->path = xstrdup(socket);
	w->client.fd = -1;
	w->parser = parser_new();
	frame_init(&w->in, WATCH_LINE_MAX);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll < 0)
		return error_errno(err, errno, "watching %s", socket);
	r = source_watch__connect(w, err);
	if (r < 0)
		return r;
	*ret = steal(&source);
	return 0;
}
