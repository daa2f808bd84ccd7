/* SPDX-License-Identifier: ISC */
#include "trace/op.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "trace/op_int.h"

/* ---- names ------------------------------------------------------------- */

static const char *const op_statuses[OP_STATUS_MAX] = {
	[OP_RUNNING] = "running",
	[OP_COMPLETED] = "completed",
	[OP_FAILED] = "failed",
	[OP_CANCELED] = "canceled",
	[OP_INTERRUPTED] = "interrupted",
	[OP_LOST] = "lost",
};

const char *
op_status_name(enum op_status status)
{
	return op_statuses[status];
}

/* ---- memory ------------------------------------------------------------ */

/* What an operation has before its first line. */
static void
op__clear(struct op *op, const struct opid *id)
{
	struct arena text = op->text;

	memset(op, 0, sizeof(*op));
	op->text = text;
	op->id = *id;
	op->duration_ns = op->unaccounted_ns = -1;
	op->work = arena_alloc(&op->text, sizeof(*op->work));
	op->work->dirty = true;
	op->work->end.duration_ns = op->work->rpc.duration_ns = -1;
}

struct op *
op_new(const struct opid *id)
{
	struct op *op = xcalloc(1, sizeof(*op));

	op__clear(op, id);
	return op;
}

void
op_reset(struct op *op, const struct opid *id)
{
	arena_reset(&op->text);
	op__clear(op, id);
}

void
op_free(struct op *op)
{
	if (op == NULL)
		return;
	arena_done(&op->text);
	free(op);
}

/* A copy of n elements with room for `cap`. */
static void *
op__array(struct arena *a, const void *from, size_t n, size_t cap, size_t size)
{
	char *copy = arena_alloc(a, cap * size);

	if (n > 0)
		memcpy(copy, from, n * size);
	return copy;
}

struct op *
op_copy(const struct op *op)
{
	struct op *c = xmalloc(sizeof(*c));
	struct arena *a = &c->text;

	*c = *op;
	memset(a, 0, sizeof(*a));
	c->work = NULL;
	c->name = arena_str(a, op->name);
	c->error = arena_str(a, op->error);
	c->code = arena_str(a, op->code);
	c->failed_stage = arena_str(a, op->failed_stage);
	c->stages = op__array(a, op->stages, op->n_stages, op->n_stages,
	    sizeof(*c->stages));
	c->calls = op__array(a, op->calls, op->n_calls, op->n_calls,
	    sizeof(*c->calls));
	c->subject = op__array(a, op->subject, op->n_subject, op->n_subject,
	    sizeof(*c->subject));
	for (size_t i = 0; i < c->n_stages; i++)
		c->stages[i].name = arena_str(a, op->stages[i].name);
	for (size_t i = 0; i < c->n_calls; i++) {
		c->calls[i].method = arena_str(a, op->calls[i].method);
		c->calls[i].error = arena_str(a, op->calls[i].error);
		c->calls[i].code = arena_str(a, op->calls[i].code);
	}
	for (size_t i = 0; i < c->n_subject; i++)
		c->subject[i].value = arena_str(a, op->subject[i].value);
	return c;
}

static char *
op__dup(struct op *op, const struct event *ev, enum field_id id)
{
	return arena_str(&op->text, event_str(ev, id));
}

/* A duration from the log, to whole microseconds; negative ones are none. */
static int64_t
op__duration(const struct event *ev, enum field_id id)
{
	int64_t ns = event_num(ev, id, -1);

	return ns < 0 ? -1 : (ns + 500) / 1000 * 1000;
}

/* ---- taking lines in --------------------------------------------------- */

/* The first line that names it wins, so a later one cannot rename it. */
static void
op__name(struct op *op, char **slot, const char *value)
{
	if (*slot == NULL)
		*slot = arena_str(&op->text, value);
}

static void
op__subject(struct op *op, const struct event *ev)
{
	uint64_t left = ev->set & field_subjects() & ~op->work->subjects;
	size_t i;

	op->work->subjects |= left;

	for (; left != 0; left &= left - 1) {
		enum field_id f = (enum field_id)__builtin_ctzll(left);

		/* There are no more of them than fields. */
		if (op->subject == NULL)
			op->subject = arena_alloc(&op->text,
			    (size_t)__builtin_popcountll(field_subjects()) *
				sizeof(*op->subject));
		for (i = op->n_subject; i > 0 && op->subject[i - 1].field > f;
		     i--)
			op->subject[i] = op->subject[i - 1];
		op->subject[i].field = f;
		op->subject[i].value = op__dup(op, ev, f);
		op->n_subject++;
	}
}

static void
op__stage(struct op *op, const struct record *r)
{
	struct op_stage *s;

	if (op->n_stages == OP_STAGES_MAX) {
		op->overflow++;
		return;
	}
	if (op->n_stages == op->work->cap_stages) {
		op->work->cap_stages = op->n_stages == 0 ? 8 : 2 * op->n_stages;
		op->stages = op__array(&op->text, op->stages, op->n_stages,
		    op->work->cap_stages, sizeof(*op->stages));
	}
	s = &op->stages[op->n_stages++];
	memset(s, 0, sizeof(*s));
	s->name = op__dup(op, &r->ev, FIELD_STAGE);
	s->at_ns = r->time_ns;
	s->since_start_ns = op__duration(&r->ev, FIELD_SINCE_START);
	s->deadline_ns = event_num(&r->ev, FIELD_DEADLINE, -1);
	s->seq = event_num(&r->ev, FIELD_SEQ, -1);
	s->duration_ns = -1;
}

static void
op__call(struct op *op, const struct record *r, bool failed)
{
	struct op_call *c;

	if (op->n_calls == OP_CALLS_MAX) {
		op->overflow++;
		return;
	}
	if (op->n_calls == op->work->cap_calls) {
		op->work->cap_calls = op->n_calls == 0 ? 4 : 2 * op->n_calls;
		op->calls = op__array(&op->text, op->calls, op->n_calls,
		    op->work->cap_calls, sizeof(*op->calls));
	}
	c = &op->calls[op->n_calls++];
	memset(c, 0, sizeof(*c));
	c->method = op__dup(op, &r->ev, FIELD_METHOD);
	c->number = event_num(&r->ev, FIELD_CALL, -1);
	c->duration_ns = op__duration(&r->ev, FIELD_DURATION);
	c->end_ns = r->time_ns;
	c->failed = failed;
	c->error = op__dup(op, &r->ev, FIELD_ERROR);
	c->code = op__dup(op, &r->ev, FIELD_CODE);
	c->stage = OP_NO_STAGE;
}

/* The first line that tells the end counts. */
static void
op__end(struct op *op, struct op_end *e, const struct record *r, bool failed)
{
	if (e->seen)
		return;
	e->seen = true;
	e->failed = failed;
	e->at_ns = r->time_ns;
	e->duration_ns = op__duration(&r->ev, FIELD_DURATION);
	e->error = op__dup(op, &r->ev, FIELD_ERROR);
	e->code = op__dup(op, &r->ev, FIELD_CODE);
	e->stage = op__dup(op, &r->ev, FIELD_STAGE);
}

static bool
op__only_looks(const struct record *r)
{
	static const struct {
		const char *name;
		bool reads;
	} methods[] = {
#define NOW true
#define READ true
#define STREAM true
#define OP false
#define METHOD(id, name, function, kind, ...) { name, kind },
#include "wire/methods.def"
#undef METHOD
#undef OP
#undef NOW
#undef READ
#undef STREAM
	};
	const char *method = event_str(&r->ev, FIELD_METHOD);

	if (r->ev.has_level && r->ev.level < LINE_INFO)
		return true;
	for (size_t i = 0; method != NULL && i < ARRAY_LEN(methods); i++)
		if (strcmp(methods[i].name, method) == 0)
			return methods[i].reads;
	return false;
}

/* A line of the operation itself: it says which process life it ran in. */
static void
op__own_line(struct op *op, const struct record *r)
{
	const char *run = record_run(r);

	op->work->own_lines = true;
	op__name(op, &op->work->operation, event_str(&r->ev, FIELD_OPERATION));
	if (op->run[0] == '\0' && run != NULL && strlen(run) < sizeof(op->run))
		strcpy(op->run, run);
}

static void
op__event(struct op *op, const struct record *r)
{
	struct op_work *w = op->work;
	bool failed = r->ev.kind == EVENT_OP_FAILED ||
	    r->ev.kind == EVENT_RPC_FAILED || r->ev.kind == EVENT_HELPER_FAILED;

	switch (r->ev.kind) {
	case EVENT_OP_STARTED:
		op__own_line(op, r);
		if (!w->has_start_line) {
			w->has_start_line = true;
			w->start_line_ns = r->time_ns;
		}
		break;
	case EVENT_OP_STAGE:
		op__own_line(op, r);
		op__stage(op, r);
		break;
	case EVENT_OP_COMPLETED:
	case EVENT_OP_FAILED:
		op__own_line(op, r);
		op->ends++;
		op__end(op, &w->end, r, failed);
		break;
	case EVENT_RPC_COMPLETED:
	case EVENT_RPC_FAILED:
		op__name(op, &w->method, event_str(&r->ev, FIELD_METHOD));
		w->quiet = !failed && op__only_looks(r);
		op__end(op, &w->rpc, r, failed);
		break;
	case EVENT_HELPER_COMPLETED:
	case EVENT_HELPER_FAILED:
		op__call(op, r, failed);
		break;
	default:
		break;
	}
}

void
op_add(struct op *op, const struct record *r)
{
	op->work->dirty = true;
	op->records++;
	if (r->time_from != RECORD_TIME_NONE) {
		if (op->first_ns == 0 || r->time_ns < op->first_ns)
			op->first_ns = r->time_ns;
		if (op->last_ns == 0 || r->time_ns > op->last_ns)
			op->last_ns = r->time_ns;
	}
	if (r->kind == RECORD_BAD || r->kind == RECORD_TORN) {
		op->bad++;
	} else if (r->kind == RECORD_EVENT) {
		op__subject(op, &r->ev);
		op__event(op, r);
	}
}

/* ---- reading ----------------------------------------------------------- */

const char *
op_subject(const struct op *op, enum field_id field)
{
	for (size_t i = 0; i < op->n_subject; i++)
		if (op->subject[i].field == field)
			return op->subject[i].value;
	return NULL;
}

const struct op_stage *
op_last_stage(const struct op *op)
{
	for (size_t i = op->n_stages; i > 0; i--)
		if (op->stages[i - 1].failed)
			return &op->stages[i - 1];
	return op->n_stages > 0 ? &op->stages[op->n_stages - 1] : NULL;
}

int64_t
op_elapsed(const struct op *op, int64_t now_ns)
{
	if (op->duration_ns >= 0)
		return op->duration_ns;
	/* One that was cut off lasted to its last line, as far as is known. */
	if (op->status == OP_LOST ||
	    (op->status == OP_INTERRUPTED && op->code == NULL))
		return clock_diff(op->last_ns, op->start_ns);
	if (op->status != OP_RUNNING)
		return -1;
	return now_ns > op->start_ns ? clock_diff(now_ns, op->start_ns) : 0;
}

const struct op_call *
op_stage_call(const struct op *op, size_t stage, size_t *pos)
{
	while (*pos < op->n_calls) {
		const struct op_call *c = &op->calls[(*pos)++];

		if (c->stage == stage)
			return c;
	}
	return NULL;
}
