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

struct op *
op_new(const struct opid *id)
{
	struct op *op = xcalloc(1, sizeof(*op));

	op->id = *id;
	op->duration_ns = op->unaccounted_ns = -1;
	op->work = xcalloc(1, sizeof(*op->work));
	op->work->dirty = true;
	op->work->end.duration_ns = op->work->rpc.duration_ns = -1;
	return op;
}

static char *
op__str(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

/* A copy of n elements; NULL for none. */
static void *
op__array(const void *from, size_t n, size_t size)
{
	return n > 0 ? xmemdup(from, n * size) : NULL;
}

struct op *
op_copy(const struct op *op)
{
	struct op *c = xmalloc(sizeof(*c));

	*c = *op;
	c->work = NULL;
	c->name = op__str(op->name);
	c->error = op__str(op->error);
	c->code = op__str(op->code);
	c->failed_stage = op__str(op->failed_stage);
	c->stages = op__array(op->stages, op->n_stages, sizeof(*c->stages));
	c->calls = op__array(op->calls, op->n_calls, sizeof(*c->calls));
	c->subject = op__array(op->subject, op->n_subject, sizeof(*c->subject));
	for (size_t i = 0; i < c->n_stages; i++)
		c->stages[i].name = op__str(c->stages[i].name);
	for (size_t i = 0; i < c->n_calls; i++) {
		c->calls[i].method = op__str(c->calls[i].method);
		c->calls[i].error = op__str(c->calls[i].error);
		c->calls[i].code = op__str(c->calls[i].code);
	}
	for (size_t i = 0; i < c->n_subject; i++)
		c->subject[i].value = op__str(c->subject[i].value);
	return c;
}

static void
op__end_done(struct op_end *e)
{
	free(e->error);
	free(e->code);
	free(e->stage);
}

/* Name, error, code and failed_stage are the work's, but a copy's own. */
static void
op__texts_done(struct op *op)
{
	if (op->work == NULL) {
		free(op->name);
		free(op->error);
		free(op->code);
		free(op->failed_stage);
		return;
	}
	op__end_done(&op->work->end);
	op__end_done(&op->work->rpc);
	free(op->work->operation);
	free(op->work->method);
	free(op->work);
}

void
op_free(struct op *op)
{
	if (op == NULL)
		return;
	for (size_t i = 0; i < op->n_stages; i++)
		free(op->stages[i].name);
	for (size_t i = 0; i < op->n_calls; i++) {
		free(op->calls[i].method);
		free(op->calls[i].error);
		free(op->calls[i].code);
	}
	for (size_t i = 0; i < op->n_subject; i++)
		free(op->subject[i].value);
	free(op->stages);
	free(op->calls);
	free(op->subject);
	op__texts_done(op);
	free(op);
}

static char *
op__dup(const struct event *ev, enum field_id id)
{
	return op__str(event_str(ev, id));
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
op__name(char **slot, const char *value)
{
	if (*slot == NULL && value != NULL)
		*slot = xstrdup(value);
}

static void
op__subject(struct op *op, const struct event *ev)
{
	size_t i;

	for (int id = 0; id < FIELD_MAX; id++) {
		enum field_id f = (enum field_id)id;
		const char *value = field_is_subject(f) ? event_str(ev, f)
							: NULL;

		if (value == NULL || op_subject(op, f) != NULL)
			continue;
		op->subject = xreallocarray(op->subject, op->n_subject + 1,
		    sizeof(*op->subject));
		for (i = op->n_subject; i > 0 && op->subject[i - 1].field > f;
		     i--)
			op->subject[i] = op->subject[i - 1];
		op->subject[i].field = f;
		op->subject[i].value = xstrdup(value);
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
		op->stages = xreallocarray(op->stages, op->work->cap_stages,
		    sizeof(*op->stages));
	}
	s = &op->stages[op->n_stages++];
	memset(s, 0, sizeof(*s));
	s->name = op__dup(&r->ev, FIELD_STAGE);
	s->at_ns = r->time_ns;
	s->since_start_ns = op__duration(&r->ev, FIELD_SINCE_START);
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
		op->work->cap_calls = op->n_calls == 0 ? 8 : 2 * op->n_calls;
		op->calls = xreallocarray(op->calls, op->work->cap_calls,
		    sizeof(*op->calls));
	}
	c = &op->calls[op->n_calls++];
	memset(c, 0, sizeof(*c));
	c->method = op__dup(&r->ev, FIELD_METHOD);
	c->number = event_num(&r->ev, FIELD_CALL, -1);
	c->duration_ns = op__duration(&r->ev, FIELD_DURATION);
	c->end_ns = r->time_ns;
	c->failed = failed;
	c->error = op__dup(&r->ev, FIELD_ERROR);
	c->code = op__dup(&r->ev, FIELD_CODE);
	c->stage = OP_NO_STAGE;
}

/* The first line that tells the end counts. */
static void
op__end(struct op_end *e, const struct record *r, bool failed)
{
	if (e->seen)
		return;
	e->seen = true;
	e->failed = failed;
	e->at_ns = r->time_ns;
	e->duration_ns = op__duration(&r->ev, FIELD_DURATION);
	e->error = op__dup(&r->ev, FIELD_ERROR);
	e->code = op__dup(&r->ev, FIELD_CODE);
	e->stage = op__dup(&r->ev, FIELD_STAGE);
}

static bool
op__only_looks(const struct record *r)
{
	static const struct {
		const char *name;
		bool reads;
	} methods[] = {
#define READ true
#define OP false
#define METHOD(id, name, function, kind, ...) { name, kind },
#include "wire/methods.def"
#undef METHOD
#undef OP
#undef READ
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
	op__name(&op->work->operation, event_str(&r->ev, FIELD_OPERATION));
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
		op__end(&w->end, r, failed);
		break;
	case EVENT_RPC_COMPLETED:
	case EVENT_RPC_FAILED:
		op__name(&w->method, event_str(&r->ev, FIELD_METHOD));
		w->quiet = !failed && op__only_looks(r);
		op__end(&w->rpc, r, failed);
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
	if (op->status != OP_RUNNING)
		return clock_diff(op->last_ns, op->start_ns);
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
