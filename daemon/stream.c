/* SPDX-License-Identifier: ISC */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "op_int.h"
#include "wire/rpc.h"

/* A client that has so much to read yet is not sent more. */
#define STREAM_BEHIND_MAX (1 << 20)

enum stream_kind {
	STREAM_WATCH,  /* lines; the request ends with the stream */
	STREAM_WAIT,   /* the end alone, as the reply */
	STREAM_FOLLOW, /* lines, before the request's own reply */
};

struct stream {
	struct streams *set;
	enum stream_kind kind;
	struct conn *conn;
	struct opid op; /* unset: all of them */
	uint64_t from;  /* notes up to that one are known */
	uint64_t dropped;
	struct loop_source *timer;
	struct stream *prev, *next;
};

struct streams {
	struct daemon *daemon;
	struct stream *first;
};

/* ---- life -----------------------------------------------------------------
 */

struct streams *
streams_new(struct daemon *d)
{
	struct streams *s = xcalloc(1, sizeof(*s));

	s->daemon = d;
	return s;
}

/* Forgets the stream; its connection goes on. */
static void
stream__forget(struct stream *st)
{
	struct opset *ops = st->set->daemon->ops;

	server_on_gone(st->conn, NULL, NULL);
	if (st->prev != NULL)
		st->prev->next = st->next;
	else
		st->set->first = st->next;
	if (st->next != NULL)
		st->next->prev = st->prev;
	pthread_mutex_lock(&ops->lock);
	ops->watchers--;
	pthread_mutex_unlock(&ops->lock);
	loop_source_free(st->timer);
	free(st);
}

/* Forgets it, and ends the request with that last line. */
static void
stream__end(struct stream *st, const struct buf *last)
{
	struct conn *conn = st->conn;

	stream__forget(st);
	server_reply(conn, last);
}

struct streams *
streams_free(struct streams *s)
{
	static const struct buf nothing = BUF_INIT;

	if (s == NULL)
		return NULL;
	while (s->first != NULL) {
		if (s->first->kind == STREAM_FOLLOW)
			stream__forget(s->first);
		else
			stream__end(s->first, &nothing);
	}
	free(s);
	return NULL;
}

/* The client has gone. */
static void
stream__gone(void *arg)
{
	static const struct buf nothing = BUF_INIT;
	struct stream *st = arg;

	if (st->kind == STREAM_FOLLOW)
		stream__forget(st); /* the operation goes on, and ends it */
	else
		stream__end(st, &nothing);
}

/* ---- what is sent ---------------------------------------------------------
 */

static void
stream__put(struct stream *st, json_t *message)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *text = json_dumps(message, JSON_COMPACT);

	json_decref(message);
	buf_printf(&out, "%s\n", text);
	server_send(st->conn, &out);
}

static void
stream__tell_dropped(struct stream *st)
{
	if (st->dropped > 0)
		stream__put(st,
		    json_pack("{s:I}", "dropped", (json_int_t)st->dropped));
	st->dropped = 0;
}

/* One line, without its newline; none is sent to one who is far behind. */
static void
stream__line(struct stream *st, const char *line, size_t len)
{
	json_t *text;

	if (server_pending(st->conn) > STREAM_BEHIND_MAX) {
		st->dropped++;
		return;
	}
	stream__tell_dropped(st);
	text = json_stringn(line, len);
	if (text != NULL)
		stream__put(st, json_pack("{s:o}", "line", text));
}

static void
stream__lines(struct stream *st, const struct buf *lines)
{
	size_t at = 0, len;

	for (; at < lines->len; at += len + 1) {
		len = (size_t)((const char *)memchr(lines->data + at, '\n',
				   lines->len - at) -
		    (lines->data + at));
		stream__line(st, lines->data + at, len);
	}
}

/* The last line of a stream whose operation has ended. */
static void
stream__ended(struct stream *st, json_t *ended)
{
	_cleanup_json_ json_t *result = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *text = NULL;

	stream__tell_dropped(st);
	if (st->kind == STREAM_WAIT) {
		result = json_pack("{s:O}", "op", ended);
		rpc_reply_encode(&out, result, NULL, 0);
	} else {
		result = json_pack("{s:O}", "end", ended);
		text = json_dumps(result, JSON_COMPACT);
		buf_printf(&out, "%s\n", text);
	}
	stream__end(st, &out);
}

void
stream_note(void *arg, uint32_t events)
{
	struct op_note *note = arg;
	struct streams *s = note->daemon->streams;
	struct stream *next;

	(void)events;
	for (struct stream *st = s != NULL ? s->first : NULL; st != NULL;
	     st = next) {
		next = st->next;
		if (note->n <= st->from ||
		    (opid_is_set(&st->op) && !opid_eq(&st->op, &note->op)))
			continue;
		if (note->ended == NULL && st->kind != STREAM_WAIT)
			stream__lines(st, &note->line);
		else if (note->ended != NULL && opid_is_set(&st->op) &&
		    st->kind != STREAM_FOLLOW)
			stream__ended(st, note->ended);
	}
	buf_done(&note->line);
	json_decref(note->ended);
	free(note);
}

/* ---- beginning ------------------------------------------------------------
 */

/* Makes the stream; the set's lock is held: what comes next is in a note. */
static struct stream *
stream__new(struct daemon *d, enum stream_kind kind, struct conn *conn,
    const struct opid *op)
{
	struct stream *st = xcalloc(1, sizeof(*st));

	st->set = d->streams;
	st->kind = kind;
	st->conn = conn;
	if (op != NULL)
		st->op = *op;
	st->from = d->ops->next_note;
	st->next = d->streams->first;
	if (st->next != NULL)
		st->next->prev = st;
	d->streams->first = st;
	d->ops->watchers++;
	server_on_gone(conn, stream__gone, st);
	return st;
}

/*
 * The lines so far of what is under way, the oldest operation's first; how
 * many there were besides that were not kept.
 */
static uint64_t
stream__so_far(const struct opset *ops, const struct op *only, struct buf *out)
{
	const struct op *op = ops->running;
	uint64_t lost = 0;

	while (op != NULL && op->next != NULL)
		op = op->next;
	for (; op != NULL; op = op->prev) {
		if (only != NULL && op != only)
			continue;
		buf_put(out, buf_str(&op->lines), op->lines.len);
		lost += op->lines_lost;
	}
	return lost;
}

int
stream_watch(struct daemon *d, struct conn *conn, const char *ref,
    struct error *err)
{
	_cleanup_buf_ struct buf lines = BUF_INIT, first = BUF_INIT;
	_cleanup_json_ json_t *hello = json_pack("{s:b}", "watching", 1);
	_cleanup_json_ json_t *held = NULL;
	json_t *ended = NULL;
	struct op *op = NULL;
	struct stream *st = NULL;
	int rc = 0;

	pthread_mutex_lock(&d->ops->lock);
	if (ref != NULL)
		rc = opset__find(d->ops, ref, &op, &ended, err);
	if (rc == 0) {
		held = json_incref(ended);
		st = stream__new(d, STREAM_WATCH, conn,
		    op != NULL ? &op->id : NULL);
		if (ended == NULL)
			st->dropped = stream__so_far(d->ops, op, &lines);
	}
	pthread_mutex_unlock(&d->ops->lock);
	if (rc < 0)
		return rc;
	rpc_reply_encode(&first, hello, NULL, 0);
	server_send(conn, &first);
	stream__lines(st, &lines);
	if (held != NULL)
		stream__ended(st, held);
	return 0;
}

static void
stream__late(void *arg, uint32_t events)
{
	struct stream *st = arg;
	struct error err = ERROR_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)events;
	rpc_fail(&err, RPC_TIMEOUT, "%s has not ended in that time",
	    st->op.text);
	rpc_error_encode(&out, &err, &st->op, 0);
	stream__end(st, &out);
}

int
stream_wait(struct daemon *d, struct conn *conn, const char *ref,
    int64_t timeout_ns, struct error *err)
{
	_cleanup_json_ json_t *held = NULL;
	json_t *ended;
	struct stream *st = NULL;
	struct op *op;
	int rc;

	pthread_mutex_lock(&d->ops->lock);
	rc = opset__find(d->ops, ref, &op, &ended, err);
	if (rc == 0) {
		held = json_incref(ended);
		st = stream__new(d, STREAM_WAIT, conn,
		    op != NULL ? &op->id : NULL);
	}
	pthread_mutex_unlock(&d->ops->lock);
	if (rc < 0)
		return rc;
	if (held != NULL)
		stream__ended(st, held);
	else if (timeout_ns > 0)
		rc = loop_add_timer(d->loop, timeout_ns, 0, stream__late, st,
		    &st->timer, err);
	if (rc < 0)
		stream__forget(st);
	return rc;
}

void
stream_follow(struct daemon *d, struct conn *conn, const struct opid *op)
{
	pthread_mutex_lock(&d->ops->lock);
	stream__new(d, STREAM_FOLLOW, conn, op);
	pthread_mutex_unlock(&d->ops->lock);
}

void
stream_unfollow(struct daemon *d, struct conn *conn)
{
	struct stream *next;

	for (struct stream *st = d->streams->first; st != NULL; st = next) {
		next = st->next;
		if (st->conn != conn)
			continue;
		stream__tell_dropped(st);
		stream__forget(st);
	}
}
