/* SPDX-License-Identifier: ISC */
#include "op.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "state.h"
#include "vm.h"
#include "wire/logger.h"
#include "wire/rpc.h"

#define OPSET_ENDED_MAX 64

struct op {
	struct daemon *daemon;
	struct opid id;
	enum op_kind kind;
	char *name;
	uid_t uid;
	pid_t pid;
	int64_t start_mono, start_real, mark_mono;
	unsigned calls;
	bool begun;
	struct vm *vm;
	/* Read by op.list in other threads: under the set's lock. */
	const char *stage;
	char *subject[FIELD_MAX];
	struct op *prev, *next;
};

/* Operations under way, newest first, and a ring of summaries of ended ones. */
struct opset {
	pthread_mutex_t lock;
	struct op *running;
	json_t *ended; /* newest first */
};

struct opset *
opset_new(void)
{
	struct opset *s = xcalloc(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	s->ended = json_array();
	return s;
}

struct opset *
opset_free(struct opset *s)
{
	if (s == NULL)
		return NULL;
	json_decref(s->ended);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

/* The op as op.list shows it; the set's lock is held. */
static json_t *
op__json(const struct op *op, const char *state, const struct error *failure)
{
	char started[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(op->start_real, started);
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s?, s:s, s:f, s:s?}",
	    "op_id", op->id.text, "operation", op->name, "vm_id",
	    op->subject[FIELD_VM_ID], "vm_name", op->subject[FIELD_VM_NAME],
	    "state", state, "stage", op->stage, "started", started,
	    "elapsed_ms", (double)op_elapsed_ns(op) / NSEC_PER_MSEC, "error",
	    failure != NULL ? failure->text : NULL);
}

json_t *
opset_json(struct opset *s)
{
	json_t *list = json_array();

	pthread_mutex_lock(&s->lock);
	for (const struct op *op = s->running; op != NULL; op = op->next)
		json_array_append_new(list, op__json(op, "running", NULL));
	json_array_extend(list, s->ended);
	pthread_mutex_unlock(&s->lock);
	return json_pack("{s:o}", "operations", list);
}

size_t
opset_running(struct opset *s)
{
	size_t n = 0;

	pthread_mutex_lock(&s->lock);
	for (const struct op *op = s->running; op != NULL; op = op->next)
		n++;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static void
opset__add(struct opset *s, struct op *op)
{
	pthread_mutex_lock(&s->lock);
	op->next = s->running;
	if (op->next != NULL)
		op->next->prev = op;
	s->running = op;
	pthread_mutex_unlock(&s->lock);
}

/* Moves the op from those under way to those that ended. */
static void
opset__end(struct opset *s, struct op *op, const struct error *failure)
{
	pthread_mutex_lock(&s->lock);
	if (op->prev != NULL)
		op->prev->next = op->next;
	else
		s->running = op->next;
	if (op->next != NULL)
		op->next->prev = op->prev;
	json_array_insert_new(s->ended, 0,
	    op__json(op, failure == NULL ? "completed" : "failed", failure));
	if (json_array_size(s->ended) > OPSET_ENDED_MAX)
		json_array_remove(s->ended, OPSET_ENDED_MAX);
	pthread_mutex_unlock(&s->lock);
}

struct op *
op_new(struct daemon *d, enum op_kind kind, const char *name, uid_t uid,
    pid_t pid)
{
	struct op *op = xcalloc(1, sizeof(*op));

	op->daemon = d;
	op->kind = kind;
	op->name = xstrdup(name);
	op->uid = uid;
	op->pid = pid;
	op->start_mono = op->mark_mono = clock_mono_ns();
	op->start_real = clock_real_ns();
	opid_make(&op->id);
	return op;
}

struct op *
op_free(struct op *op)
{
	if (op == NULL)
		return NULL;
	for (size_t i = 0; i < FIELD_MAX; i++)
		free(op->subject[i]);
	free(op->name);
	free(op);
	return NULL;
}

const struct opid *
op_id(const struct op *op)
{
	return &op->id;
}

struct daemon *
op_daemon(const struct op *op)
{
	return op->daemon;
}

int64_t
op_elapsed_ns(const struct op *op)
{
	return clock_mono_ns() - op->start_mono;
}

void
op_subject(struct op *op, enum field_id id, const char *value)
{
	pthread_mutex_lock(&op->daemon->ops->lock);
	xset(&op->subject[id], value);
	pthread_mutex_unlock(&op->daemon->ops->lock);
}

void
op_subject_vm(struct op *op, const struct vm *vm)
{
	op_subject(op, FIELD_VM_ID, vm->id);
	op_subject(op, FIELD_VM_NAME, vm->name);
	op_subject(op, FIELD_IMAGE_ID, vm->image_id);
	op_subject(op, FIELD_IMAGE_NAME, vm->image_name);
	op_subject(op, FIELD_GUEST_IP, vm->guest_ip);
	op_subject(op, FIELD_API_SOCKET, vm->api_socket);
	op_subject(op, FIELD_LOG_PATH, vm->log_path);
}

unsigned
op_next_call(struct op *op)
{
	op->calls++;
	if (op->begun)
		state_op_mark(op->daemon->state, op->id.text, op->stage,
		    op->calls);
	return op->calls;
}

struct vm *
op_vm(const struct op *op)
{
	return op->vm;
}

void
op_set_vm(struct op *op, struct vm *vm)
{
	op->vm = vm;
}

/* ---- lines -----------------------------------------------------------------
 */

/* Fills what every operation line begins with. */
static void
op__event(const struct op *op, enum event_kind kind, struct event *ret)
{
	event_init(ret, kind);
	event_set_str(ret, FIELD_OPERATION, op->name);
	event_set_str(ret, FIELD_OP_ID, op->id.text);
	for (int i = 0; i < FIELD_MAX; i++)
		event_set_str(ret, (enum field_id)i, op->subject[i]);
}

void
op_begin(struct op *op)
{
	struct state_op row = { .op_id = op->id.text,
		.operation = op->name,
		.vm_id = op->subject[FIELD_VM_ID],
		.vm_name = op->subject[FIELD_VM_NAME],
		.image_id = op->subject[FIELD_IMAGE_ID],
		.image_name = op->subject[FIELD_IMAGE_NAME],
		.started_ns = op->start_real };
	struct event ev;

	op->begun = true;
	opset__add(op->daemon->ops, op);
	state_op_begin(op->daemon->state, &row);
	op__event(op, EVENT_OP_STARTED, &ev);
	/* It began when it was accepted: what follows counts from there. */
	ev.time_ns = op->start_real;
	logger_event(op->daemon->log, &ev);
}

void
op_stage_with(struct op *op, const char *stage, const struct line_attr *extra,
    size_t n_extra)
{
	int64_t now = clock_mono_ns();
	struct event ev;

	pthread_mutex_lock(&op->daemon->ops->lock);
	op->stage = stage;
	pthread_mutex_unlock(&op->daemon->ops->lock);
	op__event(op, EVENT_OP_STAGE, &ev);
	event_set_str(&ev, FIELD_STAGE, stage);
	event_set_ms(&ev, FIELD_SINCE_START, now - op->start_mono);
	event_set_ms(&ev, FIELD_SINCE_LAST, now - op->mark_mono);
	ev.extra = extra;
	ev.n_extra = n_extra;
	logger_event(op->daemon->log, &ev);
	op->mark_mono = now;
	state_op_mark(op->daemon->state, op->id.text, stage, op->calls);
}

void
op_stage(struct op *op, const char *stage)
{
	op_stage_with(op, stage, NULL, 0);
}

/* Writes the terminal line of the operation. */
static void
op__end_line(struct op *op, int64_t duration_ns, const struct error *failure)
{
	struct event ev;

	op__event(op, failure == NULL ? EVENT_OP_COMPLETED : EVENT_OP_FAILED,
	    &ev);
	event_set_ms(&ev, FIELD_DURATION, duration_ns);
	if (failure != NULL) {
		event_set_str(&ev, FIELD_ERROR, failure->text);
		event_set_str(&ev, FIELD_CODE, rpc_code_of(failure));
		event_set_str(&ev, FIELD_STAGE, op->stage);
	}
	logger_event(op->daemon->log, &ev);
}

/* Writes the line of the request itself. */
static void
op__rpc_line(struct op *op, int64_t duration_ns, const struct error *failure)
{
	struct event ev;

	event_init(&ev,
	    failure == NULL ? EVENT_RPC_COMPLETED : EVENT_RPC_FAILED);
	/* Where the helper was asked, its line must not stand alone. */
	if (failure == NULL && op->kind == OP_KIND_READ && op->calls == 0)
		ev.level = LINE_DEBUG;
	event_set_str(&ev, FIELD_METHOD, op->name);
	event_set_str(&ev, FIELD_OP_ID, op->id.text);
	event_set_ms(&ev, FIELD_DURATION, duration_ns);
	event_set_int(&ev, FIELD_PEER_UID, op->uid);
	event_set_int(&ev, FIELD_PEER_PID, op->pid);
	if (failure != NULL) {
		event_set_str(&ev, FIELD_CODE, rpc_code_of(failure));
		event_set_str(&ev, FIELD_ERROR, failure->text);
	}
	logger_event(op->daemon->log, &ev);
}

void
op_end(struct op *op, const struct error *failure)
{
	int64_t duration = op_elapsed_ns(op);

	if (op->begun) {
		/*
		 * In this order: what is in the table when the process dies
		 * gets its terminal line at the next start, and must not have
		 * had one already.
		 */
		state_op_end(op->daemon->state, op->id.text);
		op__end_line(op, duration, failure);
		opset__end(op->daemon->ops, op, failure);
	}
	if (op->kind != OP_KIND_INTERNAL)
		op__rpc_line(op, duration, failure);
}

void
op_adopt(struct op *op, const char *id, unsigned calls)
{
	opid_parse(id, strlen(id), &op->id);
	op->calls = calls;
}

void
op_end_interrupted(struct op *op, int64_t started_ns, const char *stage)
{
	int64_t duration = clock_real_ns() - started_ns;
	struct error why = ERROR_INIT;

	op->stage = stage;
	rpc_fail(&why, RPC_INTERRUPTED,
	    "bangerd ended in mid-operation; it was closed at the next start");
	state_op_end(op->daemon->state, op->id.text);
	/* The wall clock may have been set back. */
	op__end_line(op, duration > 0 ? duration : 0, &why);
	op->stage = NULL;
}
