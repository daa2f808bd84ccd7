/* SPDX-License-Identifier: ISC */
/* What an operation's lines come to, worked out anew when one was added. */
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "trace/op.h"
#include "trace/op_int.h"

/* About 250 years: with any duration of the log behind it, it fits. */
#define OP_SINCE_MAX_NS 8000000000000000000LL

/* ns after the start, to whole microseconds, never negative. */
static int64_t
op__since(const struct op *op, int64_t at_ns)
{
	int64_t ns = at_ns == 0 ? 0 : clock_diff(at_ns, op->start_ns);

	if (ns > OP_SINCE_MAX_NS)
		ns = OP_SINCE_MAX_NS;
	return ns < 0 ? 0 : (ns + 500) / 1000 * 1000;
}

/*
 * When it began: its first line's time, else worked back from a line that says
 * how long after the start it came, else the oldest line.
 */
static void
op__settle_start(struct op *op)
{
	const struct op_work *w = op->work;
	const struct op_end *end = w->end.seen ? &w->end : &w->rpc;

	op->start_known = true;
	if (w->has_start_line && w->start_line_ns != 0) {
		op->start_ns = w->start_line_ns;
		return;
	}
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *s = &op->stages[i];

		if (s->since_start_ns >= 0 && s->at_ns != 0) {
			op->start_ns = clock_diff(s->at_ns, s->since_start_ns);
			return;
		}
	}
	if (end->seen && end->duration_ns >= 0 && end->at_ns != 0) {
		op->start_ns = clock_diff(end->at_ns, end->duration_ns);
		return;
	}
	op->start_ns = op->first_ns;
	op->start_known = false;
}

/* The line that tells how it ended, or NULL. */
static const struct op_end *
op__settle_end(struct op *op, bool superseded, bool expired)
{
	const struct op_work *w = op->work;
	const struct op_end *end = NULL;

	if (w->end.seen)
		end = &w->end;
	else if (w->rpc.seen && (!w->own_lines || w->rpc.failed))
		end = &w->rpc;
	if (end == NULL)
		op->status = superseded ? OP_INTERRUPTED
		    : expired           ? OP_LOST
					: OP_RUNNING;
	else if (!end->failed)
		op->status = OP_COMPLETED;
	else if (end->code != NULL && strcmp(end->code, "canceled") == 0)
		op->status = OP_CANCELED;
	else if (end->code != NULL && strcmp(end->code, "interrupted") == 0)
		op->status = OP_INTERRUPTED;
	else
		op->status = OP_FAILED;
	op->duration_ns = -1;
	if (end != NULL && end->duration_ns >= 0)
		op->duration_ns = end->duration_ns;
	else if (end != NULL && end->at_ns != 0 && op->first_ns != 0)
		op->duration_ns = op__since(op, end->at_ns);
	op->error = end != NULL ? end->error : NULL;
	op->code = end != NULL ? end->code : NULL;
	op->failed_stage = end != NULL && end->failed ? end->stage : NULL;
	return end;
}

/* Stable, for what is nearly in order already. */
static void
op__sort_stages(struct op *op)
{
	for (size_t i = 1; i < op->n_stages; i++) {
		struct op_stage s = op->stages[i];
		size_t k = i;

		for (; k > 0 && op->stages[k - 1].start_ns > s.start_ns; k--)
			op->stages[k] = op->stages[k - 1];
		op->stages[k] = s;
	}
}

static void
op__sort_calls(struct op *op)
{
	for (size_t i = 1; i < op->n_calls; i++) {
		struct op_call c = op->calls[i];
		size_t k = i;

		for (; k > 0 && op->calls[k - 1].start_ns > c.start_ns; k--)
			op->calls[k] = op->calls[k - 1];
		op->calls[k] = c;
	}
}

static int64_t
op__min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Each stage lasts until the next; all are kept within the duration. */
static void
op__settle_stages(struct op *op)
{
	int64_t all = op->duration_ns >= 0 ? op->duration_ns : INT64_MAX;

	for (size_t i = 0; i < op->n_stages; i++) {
		struct op_stage *s = &op->stages[i];

		s->start_ns = s->since_start_ns >= 0 ? s->since_start_ns
						     : op__since(op, s->at_ns);
	}
	op__sort_stages(op);
	for (size_t i = 0; i < op->n_stages; i++) {
		struct op_stage *s = &op->stages[i];
		bool last = i + 1 == op->n_stages;

		s->open = last && op->status == OP_RUNNING;
		s->late = s->start_ns > all;
		s->failed = false;
		if (last && op->duration_ns < 0)
			s->duration_ns = -1;
		else
			s->duration_ns = op__min(last ? all : s[1].start_ns,
					     all) -
			    op__min(s->start_ns, all);
	}
	if (op->n_stages > 0)
		op->unaccounted_ns = op__min(op->stages[0].start_ns, all);
	else
		op->unaccounted_ns = op->duration_ns;
}

/* Marks the stage it ended badly in: the one named, else the last. */
static void
op__settle_failure(struct op *op)
{
	struct op_stage *s;

	if (op->status == OP_RUNNING || op->status == OP_COMPLETED)
		return;
	for (size_t i = op->n_stages; i > 0; i--) {
		s = &op->stages[i - 1];
		if (s->late)
			continue;
		if (op->failed_stage != NULL &&
		    (s->name == NULL || strcmp(s->name, op->failed_stage) != 0))
			continue;
		s->failed = true;
		break;
	}
}

/* A call belongs to the stage in which its middle lies. */
static void
op__settle_calls(struct op *op)
{
	for (size_t i = 0; i < op->n_calls; i++) {
		struct op_call *c = &op->calls[i];
		int64_t lasted = c->duration_ns > 0 ? c->duration_ns : 0;

		c->start_ns = c->end_ns == 0
		    ? 0
		    : op__since(op, clock_diff(c->end_ns, lasted));
	}
	op__sort_calls(op);
	for (size_t i = 0; i < op->n_calls; i++) {
		struct op_call *c = &op->calls[i];
		int64_t lasted = c->duration_ns > 0 ? c->duration_ns : 0;

		c->stage = OP_NO_STAGE;
		for (size_t k = 0; k < op->n_stages; k++)
			if (op->stages[k].start_ns <= c->start_ns + lasted / 2)
				c->stage = k;
	}
}

void
op_settle(struct op *op, bool superseded, bool expired)
{
	struct op_work *w = op->work;

	if (!w->dirty && w->superseded == superseded && w->expired == expired)
		return;
	w->dirty = false;
	w->superseded = superseded;
	w->expired = expired;
	op__settle_start(op);
	op__settle_end(op, superseded, expired);
	op__settle_stages(op);
	op__settle_failure(op);
	op__settle_calls(op);
	op->name = w->operation != NULL ? w->operation : w->method;
	op->saw_start = w->has_start_line;
	op->saw_end = w->end.seen;
	op->conflict = op->ends > 1;
	op->rpc_only = w->rpc.seen && !w->own_lines;
	op->reads = op->rpc_only && w->quiet && op->n_calls == 0;
}
