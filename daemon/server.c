/* SPDX-License-Identifier: ISC */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "dispatch.h"
#include "wire/frame.h"
#include "wire/rpc.h"
#include "wire/sock.h"

#define SERVER_SWEEP_NS (1 * NSEC_PER_SEC)

struct conn {
	struct server *server;
	int fd; /* -1: gone, kept for the reply that is under way */
	uid_t uid;
	pid_t pid;
	struct loop_source *source;
	struct frame in;
	struct buf out;
	bool busy;    /* a request is under way */
	bool closing; /* close when out is sent */
	bool refused; /* over a limit: one error, then close */
	void (*on_gone)(void *arg);
	void *on_gone_arg;
	bool *gone;    /* set when it is freed: conn__process() looks at it */
	int64_t since; /* when what it now waits for began */
	struct conn *prev, *next;
};

struct server {
	struct daemon *daemon;
	int fd, spare_fd; /* spare: to accept and close when fds run out */
	struct loop_source *source, *sweep;
	struct conn *conns;
	size_t n, n_refused; /* n counts the refused too */
};

static void conn__process(struct conn *c);

static void
conn__unlink(struct conn *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		c->server->conns = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	c->server->n--;
	c->server->n_refused -= c->refused;
}

/* Closes the socket; the struct goes too unless a reply is under way. */
static void
conn__drop(struct conn *c)
{
	if (c->fd >= 0) {
		c->source = loop_source_free(c->source);
		cleanup_closep(&c->fd);
		conn__unlink(c);
	}
	if (c->busy) {
		/* May end the request, and so come here again. */
		if (c->on_gone != NULL)
			c->on_gone(c->on_gone_arg);
		return;
	}
	if (c->gone != NULL)
		*c->gone = true;
	frame_done(&c->in);
	buf_done(&c->out);
	free(c);
}

/* Asks for the events that the connection waits for now. */
static void
conn__arm(struct conn *c)
{
	uint32_t events = 0;

	if (c->out.len > 0)
		events |= EPOLLOUT;
	else if (!c->busy && !c->closing)
		events |= EPOLLIN;
	loop_set_events(c->source, events);
}

/* Sends what can be sent now; false when the connection is gone. */
static bool
conn__flush(struct conn *c)
{
	ssize_t n;

	while (c->out.len > 0) {
		n = send(c->fd, c->out.data, c->out.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			conn__drop(c);
			return false;
		}
		buf_consume(&c->out, (size_t)n);
		c->since = clock_mono_ns();
	}
	if (c->out.len == 0 && c->closing && !c->busy) {
		conn__drop(c);
		return false;
	}
	conn__arm(c);
	return true;
}

/* Hands the next whole line on; false when there is none. */
static bool
conn__next(struct conn *c)
{
	struct daemon *d = c->server->daemon;
	const char *line;
	size_t len;

	switch (frame_next(&c->in, &line, &len)) {
	case FRAME_MORE:
		conn__arm(c);
		return false;
	case FRAME_TOO_LONG:
		c->busy = c->closing = true;
		conn__arm(c);
		dispatch_too_long(d, c, c->uid, c->pid);
		return true;
	case FRAME_LINE:
		c->busy = true;
		c->closing = c->refused;
		conn__arm(c);
		dispatch_request(d, c, c->uid, c->pid, line, len, c->refused);
		return true;
	}
	return false;
}

/*
 * Hands on what has come while nothing is under way.  A request that is
 * refused is answered before conn__next() returns; server_reply() leaves the
 * line behind it to this loop, so a run of them costs no stack.  The
 * connection may be gone afterwards.
 */
static void
conn__process(struct conn *c)
{
	bool more = true, gone = false;

	if (c->gone != NULL)
		return; /* called from within the loop below */
	c->gone = &gone;
	while (more && !c->busy && !c->closing && c->out.len == 0) {
		more = conn__next(c);
		if (gone)
			return;
	}
	c->gone = NULL;
}

static void
conn__event(void *arg, uint32_t events)
{
	struct conn *c = arg;
	char chunk[16384];
	ssize_t n;

	if ((events & EPOLLOUT) != 0) {
		if (conn__flush(c))
			conn__process(c);
		return;
	}
	if ((events & EPOLLIN) == 0 || c->busy) {
		if ((events & (EPOLLHUP | EPOLLERR)) != 0)
			conn__drop(c);
		return;
	}
	n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn__drop(c);
		return;
	}
	/* A line has its time from its first byte on. */
	if (!frame_partial(&c->in))
		c->since = clock_mono_ns();
	frame_feed(&c->in, chunk, (size_t)n);
	conn__process(c);
}

void
server_reply(struct conn *c, const struct buf *line)
{
	c->busy = false;
	if (c->fd < 0) {
		conn__drop(c);
		return;
	}
	buf_put(&c->out, line->data, line->len);
	if (conn__flush(c) && c->out.len == 0)
		conn__process(c);
}

void
server_send(struct conn *c, const struct buf *line)
{
	if (c->fd < 0)
		return;
	/* It has its time to read from now on. */
	if (c->out.len == 0)
		c->since = clock_mono_ns();
	buf_put(&c->out, line->data, line->len);
	conn__arm(c);
}

size_t
server_pending(const struct conn *c)
{
	return c->out.len;
}

void
server_on_gone(struct conn *c, void (*fn)(void *arg), void *arg)
{
	c->on_gone = fn;
	c->on_gone_arg = arg;
}

/* ---- accepting
 * --------------------------------------------------------------- */

static size_t
server__max(const struct server *s, enum config_id id)
{
	return (size_t)config_number(&s->daemon->config, id);
}

static size_t
server__of_uid(const struct server *s, uid_t uid)
{
	size_t n = 0;

	for (const struct conn *c = s->conns; c != NULL; c = c->next)
		n += c->uid == uid && !c->refused;
	return n;
}

static void
server__add(struct server *s, int fd)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	bool known;

	c->server = s;
	c->fd = fd;
	frame_init(&c->in, RPC_LINE_MAX);
	c->since = clock_mono_ns();
	known = sock_peer(fd, &c->uid, &c->pid, NULL) == 0;
	c->refused = s->n - s->n_refused >=
		server__max(s, CONFIG_CONNECTIONS) ||
	    server__of_uid(s, c->uid) >=
		server__max(s, CONFIG_CONNECTIONS_PER_UID);
	if (!known ||
	    (c->refused &&
		s->n_refused >= server__max(s, CONFIG_CONNECTIONS_REFUSED)) ||
	    loop_add_fd(s->daemon->loop, fd, EPOLLIN, conn__event, c,
		&c->source, NULL) < 0) {
		close(fd);
		free(c);
		return;
	}
	c->next = s->conns;
	if (c->next != NULL)
		c->next->prev = c;
	s->conns = c;
	s->n++;
	s->n_refused += c->refused;
}

/*
 * Out of descriptors: a connection that cannot be taken would wake the loop
 * without end.  The spare one is given up to accept and close it; when that
 * does not work either, the next sweep looks again.
 */
static void
server__shed(struct server *s)
{
	int fd;

	cleanup_closep(&s->spare_fd);
	fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		close(fd);
	else
		loop_set_events(s->source, 0);
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void
server__accept(void *arg, uint32_t events)
{
	struct server *s = arg;
	int fd;

	(void)events;
	fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		server__add(s, fd);
	else if (errno == EMFILE || errno == ENFILE)
		server__shed(s);
}

/* Which time is its: for what it waits now. */
static enum config_id
conn__limit(const struct conn *c)
{
	if (c->out.len > 0)
		return CONFIG_STALL;
	return frame_partial(&c->in) || c->refused ? CONFIG_PARTIAL
						   : CONFIG_IDLE;
}

/* Drops the connections that keep us waiting too long. */
static void
server__sweep(void *arg, uint32_t events)
{
	struct server *s = arg;
	int64_t now = clock_mono_ns();
	struct conn *next;

	(void)events;
	if (s->spare_fd < 0)
		s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (s->source != NULL)
		loop_set_events(s->source, EPOLLIN);
	for (struct conn *c = s->conns; c != NULL; c = next) {
		next = c->next;
		if ((c->out.len > 0 || !c->busy) &&
		    now - c->since >
			config_number(&s->daemon->config, conn__limit(c)))
			conn__drop(c);
	}
}

int
server_open(struct daemon *d, const char *path, gid_t group,
    struct server **ret, struct error *err)
{
	struct server *s = xcalloc(1, sizeof(*s));
	int rc;

	s->daemon = d;
	s->fd = -1;
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	rc = sock_listen(path, 0660, group, &s->fd, err);
	if (rc == 0)
		rc = loop_add_fd(d->loop, s->fd, EPOLLIN, server__accept, s,
		    &s->source, err);
	if (rc == 0)
		rc = loop_add_timer(d->loop, SERVER_SWEEP_NS, SERVER_SWEEP_NS,
		    server__sweep, s, &s->sweep, err);
	if (rc < 0) {
		server_free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void
server_close(struct server *s)
{
	struct conn *next;

	if (s == NULL)
		return;
	s->source = loop_source_free(s->source);
	cleanup_closep(&s->fd);
	for (struct conn *c = s->conns; c != NULL; c = next) {
		next = c->next;
		c->closing = true;
		if (!c->busy && c->out.len == 0)
			conn__drop(c);
	}
}

struct server *
server_free(struct server *s)
{
	if (s == NULL)
		return NULL;
	while (s->conns != NULL) {
		s->conns->busy = false;
		conn__drop(s->conns);
	}
	server_close(s);
	loop_source_free(s->sweep);
	cleanup_closep(&s->spare_fd);
	free(s);
	return NULL;
}
