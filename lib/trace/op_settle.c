/* SPDX-License-Identifier: ISC */
/* What an operation's lines come to, worked out anew when one was added. */
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "trace/op.h"
#include "trace/op_int.h"

/* A clock that is slewed meanwhile is off by so much, and no more. */
#define OP_SLACK_NS (1000 * 1000)
/* About 250 years: with any duration of the log behind it, it fits. */
#define OP_SINCE_MAX_NS 8000000000000000000LL

/* ns after the start, to whole microseconds; -1 where that is unknown. */
static int64_t
op__since(const struct op *op, int64_t at_ns)
{
	int64_t ns = clock_diff(at_ns, op->start_ns);

	if (at_ns == 0)
		return -1;
	/* Of what was before the first line that is here, nothing is told. */
	if (ns < 0)
		return op->start_known && ns < -OP_SLACK_NS ? -1 : 0;
	if (ns > OP_SINCE_MAX_NS)
		ns = OP_SINCE_MAX_NS;
	return (ns + 500) / 1000 * 1000;
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
	const struct op_stage *s = NULL;

	op->start_known = true;
	if (w->has_start_line && w->start_line_ns != 0) {
		op->start_ns = w->start_line_ns;
		return;
	}
	/* The oldest of them: not the first, which they are sorted by below. */
	for (size_t i = 0; i < op->n_stages; i++)
		if (op->stages[i].since_start_ns >= 0 &&
		    op->stages[i].at_ns != 0 &&
		    (s == NULL || op->stages[i].at_ns < s->at_ns ||
			(op->stages[i].at_ns == s->at_ns &&
			    op->stages[i].seq < s->seq)))
			s = &op->stages[i];
	if (s != NULL) {
		op->start_ns = clock_diff(s->at_ns, s->since_start_ns);
		return;
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
op__end_line(const struct op *op)
{
	const struct op_work *w = op->work;

	if (w->end.seen)
		return &w->end;
	return w->rpc.seen && (!w->own_lines || w->rpc.failed) ? &w->rpc : NULL;
}

bool
op_has_ended(const struct op *op)
{
	return op__end_line(op) != NULL;
}

static void
op__settle_end(struct op *op, bool superseded, bool expired)
{
	const struct op_end *end = op__end_line(op);

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
}

static bool
op__stage_before(const struct op_stage *a, const struct op_stage *b,
    bool by_seq)
{
	if (by_seq)
		return a->seq >= 0 && b->seq >= 0 && a->seq < b->seq;
	return a->start_ns < b->start_ns;
}

/* Stable, for what is nearly in order already. */
static void
op__sort_stages(struct op *op, bool by_seq)
{
	for (size_t i = 1; i < op->n_stages; i++) {
		struct op_stage s = op->stages[i];
		size_t k = i;

		for (;
		     k > 0 && op__stage_before(&s, &op->stages[k - 1], by_seq);
		     k--)
			op->stages[k] = op->stages[k - 1];
		op->stages[k] = s;
	}
}

static bool
op__call_before(const struct op_call *a, const struct op_call *b,
    bool by_number)
{
	if (by_number)
		return a->number >= 0 && b->number >= 0 &&
		    a->number < b->number;
	return a->start_ns < b->start_ns;
}

static void
op__sort_calls(struct op *op, bool by_number)
{
	for (size_t i = 1; i < op->n_calls; i++) {
		struct op_call c = op->calls[i];
		size_t k = i;

		for (;
		     k > 0 && op__call_before(&c, &op->calls[k - 1], by_number);
		     k--)
			op->calls[k] = op->calls[k - 1];
		op->calls[k] = c;
	}
}

static int64_t
op__min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * When each began.  One that has only its line's time, and an earlier one than
 * a stage before it by number, was written after the clock was set back.
 * Returns whether one is unknown; they are in the order of their numbers then.
 */
static bool
op__settle_starts(struct op *op)
{
	bool unknown = false;
	int64_t newest = 0;

	for (size_t i = 0; i < op->n_stages; i++) {
		struct op_stage *s = &op->stages[i];

		s->start_ns = s->since_start_ns >= 0 ? s->since_start_ns
						     : op__since(op, s->at_ns);
	}
	op__sort_stages(op, true);
	for (size_t i = 0; i < op->n_stages; i++) {
		struct op_stage *s = &op->stages[i];

		if (s->since_start_ns < 0 && s->seq >= 0 &&
		    s->start_ns < newest)
			s->start_ns = -1;
		if (s->seq >= 0 && s->start_ns > newest)
			newest = s->start_ns;
		unknown = unknown || s->start_ns < 0;
	}
	return unknown;
}

/* From one time to another; -1 where either is unknown. */
static int64_t
op__between(int64_t from, int64_t to, int64_t all)
{
	if (from < 0 || to < 0 || op__min(to, all) < op__min(from, all))
		return -1;
	return op__min(to, all) - op__min(from, all);
}

/* Each stage lasts until the next; all are kept within the duration. */
static void
op__settle_stages(struct op *op)
{
	int64_t all = op->duration_ns >= 0 ? op->duration_ns : INT64_MAX;

	if (!op__settle_starts(op))
		op__sort_stages(op, false);
	for (size_t i = 0; i < op->n_stages; i++) {
		struct op_stage *s = &op->stages[i];
		bool last = i + 1 == op->n_stages;

		s->open = last && op->status == OP_RUNNING;
		s->late = s->start_ns > all;
		s->failed = false;
		s->duration_ns = op__between(s->start_ns,
		    last ? op->duration_ns : s[1].start_ns, all);
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

/* The last stage that had begun then. */
static size_t
op__stage_at(const struct op *op, int64_t ns)
{
	size_t stage = OP_NO_STAGE;

	for (size_t k = 0; k < op->n_stages; k++)
		if (op->stages[k].start_ns >= 0 && op->stages[k].start_ns <= ns)
			stage = k;
	return stage;
}

/*
 * A call belongs to the stage in which its middle lies; one whose start is
 * unknown to that of the call before it.
 */
static void
op__settle_calls(struct op *op)
{
	size_t stage = OP_NO_STAGE;
	bool unknown = false;

	for (size_t i = 0; i < op->n_calls; i++) {
		struct op_call *c = &op->calls[i];
		int64_t lasted = c->duration_ns > 0 ? c->duration_ns : 0;

		c->start_ns = c->end_ns == 0
		    ? -1
		    : op__since(op, clock_diff(c->end_ns, lasted));
		unknown = unknown || c->start_ns < 0;
	}
	op__sort_calls(op, unknown);
	for (size_t i = 0; i < op->n_calls; i++) {
		struct op_call *c = &op->calls[i];
		int64_t lasted = c->duration_ns > 0 ? c->duration_ns : 0;

		if (c->start_ns >= 0)
			stage = op__stage_at(op, c->start_ns + lasted / 2);
		c->stage = stage;
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
