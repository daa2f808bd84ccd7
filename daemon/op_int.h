/* SPDX-License-Identifier: ISC */
/*
 * Between op.c, one operation and its lines, op_set.c, all of them, and
 * stream.c, which shows their lines to clients.
 */
#ifndef DAEMON_OP_INT_H
#define DAEMON_OP_INT_H

#include <pthread.h>

#include "base/buf.h"
#include "op.h"

struct op {
	struct daemon *daemon;
	struct opid id;
	enum op_kind kind;
	char *name;
	uid_t uid;
	pid_t pid;
	int64_t start_mono, start_real, mark_mono;
	int64_t allowed; /* to the stage, from mark_mono on; 0: any time */
	struct {
		const char *stage;
		int64_t ns;
	} asked[OP_ASKED_MAX]; /* by the request, of later stages */
	size_t n_asked;
	unsigned calls;
	bool begun;  /* its first line is written */
	bool listed; /* it is in the set */
	struct vm *vm;
	struct conn *conn;
	json_t *details; /* for its client, or NULL */
	int cancel; /* eventfd, readable once it is called off; -1: it cannot */
	/* Looked at in other threads: under the set's lock. */
	const char *stage;
	char *subject[FIELD_MAX];
	bool canceled;
	uid_t canceled_by;
	struct buf lines; /* its lines so far, as far as they are kept */
	uint64_t lines_lost;
	struct op *prev, *next;
};

/* What is told to those who watch, in the order in which it happened. */
struct op_note {
	struct daemon *daemon;
	uint64_t n; /* its number in that order */
	struct opid op;
	struct buf line; /* with its newline; empty: the op has ended */
	json_t *ended;   /* then its summary */
};

/* Operations under way, newest first, and a ring of summaries of ended ones. */
struct opset {
	pthread_mutex_t lock;
	struct op *running;
	json_t *ended; /* newest first */
	struct history *history;
	size_t watchers; /* notes are made while there is any */
	uint64_t next_note;
};

/* It is queued: it can be listed, and canceled. */
void opset__add(struct opset *s, struct op *op);
void opset__begin(struct opset *s, struct op *op);
/* Takes it out, when it was in; failure NULL: it went well. */
void opset__end(struct opset *s, struct op *op, const struct error *failure);
/* Keeps the line, and tells it to those who watch. */
void opset__line(struct opset *s, struct op *op, const struct buf *line);
/*
 * The one that ref names, an id or the beginning of one: *ret_op when it is
 * under way, else *ret_ended, its summary; the other is NULL.  Under the lock,
 * and borrowed as long.  not_found; invalid_argument when there are several.
 */
int opset__find(struct opset *s, const char *ref, struct op **ret_op,
    json_t **ret_ended, struct error *err);

/* In the loop's thread; takes the note. */
void stream_note(void *note, uint32_t events);

#endif
