/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/wait.h"
#include "op_int.h"
#include "state.h"
#include "vm.h"
#include "wire/logger.h"
#include "wire/rpc.h"

#define OP_UNLIMITED_NS (366LL * 86400 * NSEC_PER_SEC)

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
	op->cancel = kind == OP_KIND_OP ? eventfd(0, EFD_CLOEXEC) : -1;
	return op;
}

struct op *
op_free(struct op *op)
{
	if (op == NULL)
		return NULL;
	for (size_t i = 0; i < FIELD_MAX; i++)
		free(op->subject[i]);
	cleanup_closep(&op->cancel);
	buf_done(&op->lines);
	json_decref(op->details);
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

uid_t
op_uid(const struct op *op)
{
	return op->uid;
}

int
op_queue(struct op *op, struct error *err)
{
	if (op->cancel < 0)
		return rpc_fail(err, RPC_LIMIT_EXCEEDED,
		    "bangerd is out of descriptors; try again later");
	opset__add(op->daemon->ops, op);
	return 0;
}

struct conn *
op_conn(const struct op *op)
{
	return op->conn;
}

void
op_set_conn(struct op *op, struct conn *conn)
{
	op->conn = conn;
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

void
op_detail(struct op *op, const char *key, const char *text)
{
	if (op->details == NULL)
		op->details = json_object();
	json_object_set_new(op->details, key, json_string(text));
}

json_t *
op_details(const struct op *op)
{
	return op->details;
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

/* Writes the line, and shows it to those who watch. */
static void
op__log(struct op *op, struct event *ev)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	logger_event(op->daemon->log, ev);
	/* Stamped by now: this is the very line. */
	event_encode(ev, &line);
	opset__line(op->daemon->ops, op, &line);
}

int
op_begin(struct op *op, struct error *err)
{
	struct state_op row = { .op_id = op->id.text,
		.operation = op->name,
		.vm_id = op->subject[FIELD_VM_ID],
		.vm_name = op->subject[FIELD_VM_NAME],
		.image_id = op->subject[FIELD_IMAGE_ID],
		.image_name = op->subject[FIELD_IMAGE_NAME],
		.started_ns = op->start_real };
	struct event ev;
	int rc = state_op_begin(op->daemon->state, &row, err);

	if (rc < 0 && op->kind != OP_KIND_INTERNAL)
		return rc;
	opset__begin(op->daemon->ops, op);
	op__event(op, EVENT_OP_STARTED, &ev);
	/* It began when it was accepted: what follows counts from there. */
	ev.time_ns = op->start_real;
	op__log(op, &ev);
	return 0;
}

void
op_allow(struct op *op, const char *stage, int64_t ns)
{
	if (ns <= 0)
		return;
	assert(op->n_asked < OP_ASKED_MAX);
	op->asked[op->n_asked].stage = stage;
	op->asked[op->n_asked++].ns = ns;
}

/* How long the stage may take, by the request or the configuration. */
static int64_t
op__allowed(const struct op *op, const char *stage)
{
	for (size_t i = op->n_asked; i-- > 0;)
		if (strcmp(op->asked[i].stage, stage) == 0)
			return op->asked[i].ns;
	return config_deadline(&op->daemon->config, stage);
}

int64_t
op_deadline(const struct op *op)
{
	return op->mark_mono +
	    (op->allowed > 0 ? op->allowed : OP_UNLIMITED_NS);
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
	op->allowed = op__allowed(op, stage);
	op__event(op, EVENT_OP_STAGE, &ev);
	event_set_str(&ev, FIELD_STAGE, stage);
	event_set_ms(&ev, FIELD_SINCE_START, now - op->start_mono);
	event_set_ms(&ev, FIELD_SINCE_LAST, now - op->mark_mono);
	if (op->allowed > 0)
		event_set_ms(&ev, FIELD_DEADLINE, op->allowed);
	ev.extra = extra;
	ev.n_extra = n_extra;
	op__log(op, &ev);
	op->mark_mono = now;
	wait_deadline_by(op->allowed > 0 ? op_deadline(op) : WAIT_NEVER);
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
	op__log(op, &ev);
}

/* Writes the line of the request itself. */
static void
op__rpc_line(struct op *op, int64_t duration_ns, const struct error *failure)
{
	struct event ev;

	event_init(&ev,
	    failure == NULL ? EVENT_RPC_COMPLETED : EVENT_RPC_FAILED);
	/* Where the helper was asked, its line must not stand alone. */
	if (failure == NULL && op->kind != OP_KIND_OP && op->calls == 0)
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

	wait_deadline_by(WAIT_NEVER);
	if (op->begun) {
		/*
		 * In this order: what is in the table when the process dies
		 * gets its terminal line at the next start, and must not have
		 * had one already.
		 */
		state_op_end(op->daemon->state, op->id.text, NULL);
		if (failure == NULL)
			state_history_add(op->daemon->state, op->name,
			    duration);
		op__end_line(op, duration, failure);
	}
	opset__end(op->daemon->ops, op, failure);
	if (op->kind != OP_KIND_INTERNAL)
		op__rpc_line(op, duration, failure);
}

void
op_adopt(struct op *op, const char *id, unsigned calls)
{
	opid_parse(id, strlen(id), &op->id);
	op->calls = calls;
}

bool
op_end_interrupted(struct op *op, int64_t started_ns, const char *stage)
{
	int64_t duration = clock_real_ns() - started_ns;
	struct error why = ERROR_INIT;

	/* Else it would be closed again at the next start. */
	if (state_op_end(op->daemon->state, op->id.text, NULL) < 0)
		return false;
	op->stage = stage;
	rpc_fail(&why, RPC_INTERRUPTED,
	    "bangerd ended in mid-operation; it was closed at the next start");
	/* The wall clock may have been set back. */
	op__end_line(op, duration > 0 ? duration : 0, &why);
	op->stage = NULL;
	return true;
}

void
op_log_recovered(struct daemon *d, int64_t duration_ns,
    const struct line_attr *counts, size_t n)
{
	struct event ev;

	event_init(&ev, EVENT_RECOVERED);
	event_set_ms(&ev, FIELD_DURATION, duration_ns);
	ev.extra = counts;
	ev.n_extra = n;
	logger_event(d->log, &ev);
}
