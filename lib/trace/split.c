/* SPDX-License-Identifier: ISC */
#include "trace/split.h"

#include <stdbool.h>

/* A piece of the time axis. */
struct split_piece {
	int64_t from, to;
};

/* The daemon ended somewhere in it, and no line says where. */
static bool
split__broke_off(const struct op *op, size_t stage)
{
	return op->status == OP_INTERRUPTED && stage + 1 == op->n_stages;
}

static const struct split split_unknown = { -1, -1, -1 };

static int64_t
split__max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
split__min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool
split__placed(const struct op_call *c)
{
	return c->start_ns >= 0 && c->duration_ns >= 0;
}

/* False when the stage's place on the axis is unknown. */
static bool
split__piece(const struct op *op, size_t stage, struct split_piece *ret)
{
	const struct op_stage *s;

	if (stage == OP_NO_STAGE) {
		ret->from = 0;
		ret->to = op->unaccounted_ns;
		return op->unaccounted_ns >= 0;
	}
	s = &op->stages[stage];
	ret->from = s->start_ns;
	ret->to = s->start_ns + s->duration_ns;
	return s->start_ns >= 0 && s->duration_ns >= 0;
}

/* Is there a number between the two that no call has? */
static bool
split__lacks(const struct op *op, int64_t after, int64_t before)
{
	int64_t there = 0;

	for (size_t i = 0; i < op->n_calls; i++)
		if (op->calls[i].number > after && op->calls[i].number < before)
			there++;
	return there < before - after - 1;
}

/*
 * The time of a piece between two calls that follow each other (NULL: none):
 * the daemon's, or nobody's when a call in between has no line.
 */
static void
split__between(const struct op *op, const struct split_piece *p,
    const struct op_call *last, const struct op_call *next, struct split *ret)
{
	int64_t from = p->from, to = p->to;

	if (last != NULL)
		from = split__max(from, last->start_ns + last->duration_ns);
	if (next != NULL)
		to = split__min(to, next->start_ns);
	if (from >= to)
		return;
	if (next != NULL && next->number > 0 &&
	    (last == NULL || last->number >= 0) &&
	    split__lacks(op, last != NULL ? last->number : 0, next->number))
		ret->unaccounted_ns += to - from;
	else
		ret->daemon_ns += to - from;
}

void
split_stage(const struct op *op, size_t stage, struct split *ret)
{
	const struct op_call *last = NULL;
	struct split_piece p;
	struct split sum = { 0, 0, 0 };
	int64_t at, from, to;
	bool lost = stage == OP_NO_STAGE || split__broke_off(op, stage);

	*ret = split_unknown;
	if (!split__piece(op, stage, &p))
		return;
	at = p.from;
	for (size_t i = 0; i < op->n_calls; i++) {
		const struct op_call *c = &op->calls[i];

		if (!split__placed(c)) {
			lost = lost || c->stage == stage;
			continue;
		}
		split__between(op, &p, last, c, &sum);
		if (last == NULL ||
		    c->start_ns + c->duration_ns >
			last->start_ns + last->duration_ns)
			last = c;
		from = split__max(c->start_ns, at);
		to = split__min(c->start_ns + c->duration_ns, p.to);
		if (to > from) {
			sum.helper_ns += to - from;
			at = to;
		}
	}
	split__between(op, &p, last, NULL, &sum);
	if (lost) {
		sum.unaccounted_ns += sum.daemon_ns;
		sum.daemon_ns = 0;
	}
	*ret = sum;
}

static bool
split__add(struct split *sum, const struct op *op, size_t stage)
{
	struct split one;

	split_stage(op, stage, &one);
	if (one.daemon_ns < 0)
		return false;
	sum->daemon_ns += one.daemon_ns;
	sum->helper_ns += one.helper_ns;
	sum->unaccounted_ns += one.unaccounted_ns;
	return true;
}

void
split_op(const struct op *op, struct split *ret)
{
	struct split sum = { 0, 0, 0 };

	*ret = split_unknown;
	if (op->duration_ns < 0 || !split__add(&sum, op, OP_NO_STAGE))
		return;
	for (size_t i = 0; i < op->n_stages; i++)
		if (!split__add(&sum, op, i))
			return;
	*ret = sum;
}
