/* SPDX-License-Identifier: ISC */
/*
 * Operations: what dispatch opens for each request and closes whatever
 * happens.  This is the only place in bangerd that writes operation and rpc
 * lines, so each kind of event has one call site.
 *
 * A handler gets its op open and with an id; it names the subject as it learns
 * it, marks the stages it enters, and returns.  It never opens or closes one.
 */
#ifndef DAEMON_OP_H
#define DAEMON_OP_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "daemon.h"
#include "wire/event.h"
#include "wire/opid.h"

struct conn;
struct vm;
struct op;
struct opset;

enum op_kind {
	OP_KIND_READ,     /* one rpc line, DEBUG when it went well */
	OP_KIND_NOW,      /* a READ that waits for nothing, nor for a worker */
	OP_KIND_STREAM,   /* a READ that answers over time (stream.h) */
	OP_KIND_OP,       /* an operation: started, stages, one terminal line */
	OP_KIND_INTERNAL, /* an operation that nobody asked for: no rpc line */
};

struct opset *opset_new(void);
struct opset *opset_free(struct opset *s);

/* Which ones; NULL: any. */
struct opset_query {
	const char *vm;    /* a VM's name or id */
	const char *state; /* queued, running, canceling, completed, … */
	size_t limit;
};
/* An array: those under way, then the last that ended, newest first; owned. */
json_t *opset_list(struct opset *s, const struct opset_query *q);
/* One of them, by its id or the beginning of one; not_found. */
int opset_show(struct opset *s, const char *ref, json_t **ret,
    struct error *err);
/* Takes in what an operation took in an earlier life; arg is the set. */
void opset_remember(void *arg, const char *operation, int64_t duration_ns);
/* {"p50_ms","p90_ms","n"} of the last ones of that kind, or null; owned. */
json_t *opset_usual(struct opset *s, const char *operation);
/*
 * Calls it off for that user: unauthorized, invalid_state when it has ended.
 * It ends as canceled as soon as its worker notices; asking again is fine.
 */
int opset_cancel(struct opset *s, const char *ref, uid_t who, json_t **ret,
    struct error *err);

/* How many are under way. */
size_t opset_running(struct opset *s);

/* Mints the id.  name is copied; peer uid and pid are the kernel's. */
struct op *op_new(struct daemon *d, enum op_kind kind, const char *name,
    uid_t uid, pid_t pid);
struct op *op_free(struct op *op);
const struct opid *op_id(const struct op *op);
struct daemon *op_daemon(const struct op *op);
int64_t op_elapsed_ns(const struct op *op);
uid_t op_uid(const struct op *op);
/* The connection that a STREAM answers on. */
struct conn *op_conn(const struct op *op);
void op_set_conn(struct op *op, struct conn *conn);
/*
 * It waits for a worker: from now on it can be listed, and canceled.
 * limit_exceeded where there is no descriptor for that.
 */
int op_queue(struct op *op, struct error *err);
/*
 * Runs fn in this thread so that it can be called off: its waits end with
 * -ECANCELED, and that becomes the error of the operation, whose kind is
 * canceled.  When a stage's time is up they end with -ETIME; then the kind is
 * timeout, and the text names the stage.
 */
int op_run(struct op *op, int (*fn)(void *arg, struct error *err), void *arg,
    struct error *err);
/* Between steps: negative when the op was called off. */
int op_check(struct op *op, struct error *err);
/*
 * From here on it cannot be called off, nor does the stage's time end it: what
 * was made is taken away again, or something has begun that must come to its
 * end.
 */
void op_shield(struct op *op);
/* It can again. */
void op_unshield(struct op *op);

/* A subject attribute (field_is_subject); NULL takes it away. */
void op_subject(struct op *op, enum field_id id, const char *value);
/* All subject attributes that a VM has by now. */
void op_subject_vm(struct op *op, const struct vm *vm);

/*
 * Remembers it across a crash and writes "operation started".  One that cannot
 * be remembered is not begun (state_unwritable), unless nobody asked for it.
 */
int op_begin(struct op *op, struct error *err);
/*
 * Marks the entry into a stage; the name must be of static life.  From now on
 * the waits of this thread keep the stage's deadline (config.def).
 */
void op_stage(struct op *op, const char *stage);
/* The same with attributes that only this stage has. */
void op_stage_with(struct op *op, const char *stage,
    const struct line_attr *extra, size_t n_extra);
/*
 * The request itself says how long that stage may take, in place of the
 * configuration; 0: it does not.  To be said before the stage is entered, of
 * OP_ASKED_MAX stages at most; the name is of static life.
 */
#define OP_ASKED_MAX 4
void op_allow(struct op *op, const char *stage, int64_t ns);
/*
 * The running stage's deadline on the monotonic clock, for those who want to
 * be told one; far off when it has none.
 */
int64_t op_deadline(const struct op *op);
/* Text that goes to the client with the error, should the op fail. */
void op_detail(struct op *op, const char *key, const char *text);
/* All of them, borrowed; NULL: none. */
json_t *op_details(const struct op *op);
/* Number of the next call to the helper: 1, 2, … */
unsigned op_next_call(struct op *op);
/* The VM that the op holds (vmset_acquire), or NULL. */
struct vm *op_vm(const struct op *op);
void op_set_vm(struct op *op, struct vm *vm);

/*
 * Writes the one terminal line and the rpc line; failure NULL: it went well.
 * Both take what a worker filled; call it once.
 */
void op_end(struct op *op, const struct error *failure);
/*
 * Closes an operation of an earlier run that no terminal line ended, under
 * its own id.  stage may be NULL.  False: that could not be written down, and
 * the next start does it.
 */
bool op_end_interrupted(struct op *op, int64_t started_ns, const char *stage);
/* Writes "recovery finished", which is of no operation. */
void op_log_recovered(struct daemon *d, int64_t duration_ns,
    const struct line_attr *counts, size_t n);
/* Gives the op the id (and the calls made so far) of that earlier one. */
void op_adopt(struct op *op, const char *id, unsigned calls);

DEFINE_FREEP(struct op *, op_free);

#endif
