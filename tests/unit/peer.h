/* SPDX-License-Identifier: ISC */
/*
 * A peer on a Unix socket that follows a script, in a thread of its own: it
 * takes a connection, says and hears what the steps name, and notes the
 * first thing that was not as the real program would have it.
 *
 * peer_start() listens before it returns; peer_end() closes, joins and hands
 * back what was wrong, or NULL.
 */
#ifndef TESTS_UNIT_PEER_H
#define TESTS_UNIT_PEER_H

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "wire/sock.h"

enum peer_act {
	PEER_END,    /* close the connection */
	PEER_SAY,    /* send text */
	PEER_DRIP,   /* send text, a byte at a time */
	PEER_HEAR,   /* one JSON object on a line, whose "execute" is text */
	PEER_LINE,   /* one line, which is text */
	PEER_NEXT,   /* close the connection and take another one */
	PEER_ANSWER, /* send {text, "id": that of the command heard last} */
	PEER_ECHO,   /* send text (may be NULL), {"return": the sync's id} */
	PEER_FLOOD,  /* send text over and over until the other side closes */
	PEER_HANG,   /* say nothing until the other side closes */
	PEER_ASIDE,  /* send text on the descriptor `aside` */
};

struct peer_step {
	enum peer_act act;
	const char *text;
};

struct peer {
	char dir[32], path[64];
	int listener;
	pthread_t thread;
	const struct peer_step *steps;
	int aside;         /* set by the test, before anybody connects */
	json_int_t id;     /* of the command, or of the sync */
	json_t *arguments; /* of the command heard last */
	const char *wrong;
	char heard[256];
};

static inline void
peer__say(struct peer *p, int fd, const char *text, size_t len)
{
	if (sock_send(fd, text, len, clock_mono_ns() + 5 * NSEC_PER_SEC, NULL) <
	    0)
		p->wrong = "the other side does not read";
}

/* Reads a line; what stands before 0xff is forgotten, as the agent does. */
static inline bool
peer__line(int fd, struct buf *line)
{
	char c;

	line->len = 0;
	for (;;) {
		if (sock_recv(fd, &c, 1, clock_mono_ns() + 5 * NSEC_PER_SEC,
			NULL) <= 0)
			return false;
		if (c == '\n')
			return true;
		if ((unsigned char)c == 0xff)
			line->len = 0;
		else
			buf_putc(line, c);
	}
}

static inline void
peer__hear(struct peer *p, int fd, const char *command)
{
	struct buf line = BUF_INIT;
	const json_t *execute, *id;
	json_t *msg = NULL;

	if (peer__line(fd, &line))
		msg = json_loads(buf_str(&line), JSON_REJECT_DUPLICATES, NULL);
	snprintf(p->heard, sizeof(p->heard), "%s", buf_str(&line));
	buf_done(&line);
	execute = json_object_get(msg, "execute");
	if (!json_is_string(execute) ||
	    strcmp(json_string_value(execute), command) != 0)
		p->wrong = "another command was due";
	json_decref(p->arguments);
	p->arguments = json_incref(json_object_get(msg, "arguments"));
	id = json_object_get(msg, "id");
	if (id == NULL)
		id = json_object_get(p->arguments, "id");
	p->id = json_integer_value(id);
	json_decref(msg);
}

static inline void
peer__expect(struct peer *p, int fd, const char *text)
{
	struct buf line = BUF_INIT;

	if (!peer__line(fd, &line) || strcmp(buf_str(&line), text) != 0)
		p->wrong = "another line was due";
	snprintf(p->heard, sizeof(p->heard), "%s", buf_str(&line));
	buf_done(&line);
}

static inline void
peer__answer(struct peer *p, int fd, enum peer_act act, const char *text)
{
	struct buf out = BUF_INIT;

	buf_printf(&out,
	    act == PEER_ANSWER ? "{%s, \"id\": %lld}\r\n"
			       : "%s{\"return\": %lld}\n",
	    text != NULL ? text : "", (long long)p->id);
	peer__say(p, fd, out.data, out.len);
	buf_done(&out);
}

/*
 * The other side must find something whenever it looks, also when we do not
 * run for a while: so there is much on its way (as far as we may).
 */
static inline void
peer__flood(int fd, const char *text)
{
	const int most = 32 << 20;
	struct buf block = BUF_INIT;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &most, sizeof(most));
	while (block.len < 65536)
		buf_puts(&block, text);
	while (sock_send(fd, block.data, block.len,
		   clock_mono_ns() + 20 * NSEC_PER_SEC, NULL) == 0)
		continue;
	buf_done(&block);
}

static inline void
peer__hang(int fd)
{
	char c;

	while (
	    sock_recv(fd, &c, 1, clock_mono_ns() + 20 * NSEC_PER_SEC, NULL) > 0)
		continue;
}

static inline void
peer__step(struct peer *p, int fd, const struct peer_step *s)
{
	const struct timespec nap = { 0, 200000 };

	switch (s->act) {
	case PEER_SAY:
		peer__say(p, fd, s->text, strlen(s->text));
		break;
	case PEER_DRIP:
		for (const char *c = s->text; *c != '\0'; c++) {
			peer__say(p, fd, c, 1);
			nanosleep(&nap, NULL);
		}
		break;
	case PEER_HEAR:
		peer__hear(p, fd, s->text);
		break;
	case PEER_LINE:
		peer__expect(p, fd, s->text);
		break;
	case PEER_ANSWER:
	case PEER_ECHO:
		peer__answer(p, fd, s->act, s->text);
		break;
	case PEER_FLOOD:
		peer__flood(fd, s->text);
		break;
	case PEER_HANG:
		peer__hang(fd);
		break;
	case PEER_ASIDE:
		peer__say(p, p->aside, s->text, strlen(s->text));
		break;
	case PEER_NEXT:
	case PEER_END:
		break;
	}
}

static inline void *
peer__thread(void *arg)
{
	struct peer *p = arg;
	int fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return NULL;
	for (const struct peer_step *s = p->steps;
	     s->act != PEER_END && p->wrong == NULL; s++) {
		peer__step(p, fd, s);
		if (s->act != PEER_NEXT)
			continue;
		close(fd);
		fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return NULL;
	}
	close(fd);
	return NULL;
}

static inline void
peer_start(struct peer *p, const struct peer_step *steps)
{
	memset(p, 0, sizeof(*p));
	p->steps = steps;
	strcpy(p->dir, "/tmp/bgpeer.XXXXXX");
	if (mkdtemp(p->dir) == NULL)
		abort();
	snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	/* Blocking: accept4() is to wait. */
	if (sock_listen(p->path, 0600, (gid_t)-1, &p->listener, NULL) < 0 ||
	    fcntl(p->listener, F_SETFL, 0) < 0 ||
	    pthread_create(&p->thread, NULL, peer__thread, p) != 0)
		abort();
}

static inline const char *
peer_end(struct peer *p)
{
	shutdown(p->listener, SHUT_RDWR); /* ends an accept4() that waits */
	pthread_join(p->thread, NULL);
	close(p->listener);
	unlink(p->path);
	rmdir(p->dir);
	json_decref(p->arguments);
	p->arguments = NULL;
	return p->wrong;
}

static inline int64_t
peer_in_ms(int64_t ms)
{
	return clock_mono_ns() + ms * NSEC_PER_MSEC;
}

#endif
