/* SPDX-License-Identifier: ISC */
#include "why.h"

#include <string.h>

void
why_done(struct why *w)
{
	w->base = baseline_free(w->base);
}

/* How long that stage has lasted; the one that is open: until now. */
static int64_t
why__stage_ns(const struct why *w, const struct op_stage *st)
{
	if (st->duration_ns >= 0 || !st->open)
		return st->duration_ns;
	return st->start_ns >= 0 && w->elapsed_ns > st->start_ns
	    ? w->elapsed_ns - st->start_ns
	    : -1;
}

/* How much longer than normal, where that is slow; else 0. */
static int64_t
why__excess(const struct why *w, const struct op_stage *st)
{
	struct baseline_stat stat;

	baseline_stat(w->base, BASELINE_STAGE, st->name, &stat);
	return baseline_is_slow(&stat, st->duration_ns)
	    ? st->duration_ns - stat.median_ns
	    : 0;
}

/* Of the slow ones that lost most; where none is slow, the longest. */
static const struct op_stage *
why__longest(const struct why *w)
{
	const struct op_stage *most = NULL;
	int64_t excess, max = 0;

	for (size_t i = 0; i < w->op->n_stages; i++) {
		const struct op_stage *st = &w->op->stages[i];

		if (st->name == NULL || st->duration_ns < 0)
			continue;
		excess = why__excess(w, st);
		if (most == NULL || excess > max ||
		    (max == 0 && st->duration_ns > most->duration_ns)) {
			max = excess;
			most = st;
		}
	}
	return most;
}

/* The stage that it ended badly in, else that it is in, else the longest. */
static const struct op_stage *
why__stage(const struct why *w)
{
	for (size_t i = 0; i < w->op->n_stages; i++)
		if (w->op->stages[i].failed)
			return &w->op->stages[i];
	if (w->op->status != OP_COMPLETED)
		return op_last_stage(w->op);
	return why__longest(w);
}

/*
 * The call that failed: in the stage that failed, else the first of all.  A
 * call that failed in an operation that went well hurt nobody.
 */
static const struct op_call *
why__failed_call(const struct op *op, size_t stage)
{
	const struct op_call *first = NULL;

	if (op->status == OP_COMPLETED)
		return NULL;
	for (size_t i = 0; i < op->n_calls; i++) {
		if (!op->calls[i].failed)
			continue;
		if (op->calls[i].stage == stage)
			return &op->calls[i];
		if (first == NULL)
			first = &op->calls[i];
	}
	return first;
}

/* The call that took most of the stage: a third of it at least. */
static const struct op_call *
why__long_call(const struct why *w, size_t stage)
{
	const struct op_call *most = NULL, *c;
	size_t pos = 0;

	while ((c = op_stage_call(w->op, stage, &pos)) != NULL)
		if (c->duration_ns >= 0 && 3 * c->duration_ns >= w->stage_ns &&
		    (most == NULL || c->duration_ns > most->duration_ns))
			most = c;
	return most;
}

static void
why__parts(struct why *w)
{
	const struct op_stage *st = why__stage(w);
	size_t at = st != NULL ? (size_t)(st - w->op->stages) : OP_NO_STAGE;

	w->stage = st != NULL ? st->name : NULL;
	w->stage_ns = st != NULL ? why__stage_ns(w, st) : -1;
	w->failed = st != NULL && st->failed;
	if (w->op->failed_stage != NULL && !w->failed) {
		/* Its end names a stage whose line is missing. */
		w->stage = w->op->failed_stage;
		w->stage_ns = -1;
		w->failed = true;
		at = OP_NO_STAGE;
	}
	w->call = why__failed_call(w->op, at);
	if (w->call == NULL && at != OP_NO_STAGE && w->stage_ns > 0)
		w->call = why__long_call(w, at);
	baseline_stat(w->base, BASELINE_STAGE, w->stage, &w->stage_stat);
	if (w->call != NULL)
		baseline_stat(w->base, BASELINE_CALL, w->call->method,
		    &w->call_stat);
}

/* The helper's before the operation's, which has it from there. */
static void
why__error(struct why *w)
{
	if (w->op->status == OP_COMPLETED)
		return;
	if (w->call != NULL && w->call->failed &&
	    (w->call->error != NULL || w->call->code != NULL)) {
		w->error = w->call->error;
		w->code = w->call->code;
		w->error_from = "helper";
	} else if (w->op->error != NULL || w->op->code != NULL) {
		w->error = w->op->error;
		w->code = w->op->code;
		w->error_from = w->op->rpc_only ? "rpc" : "operation";
	}
}

int
why_find(struct store *s, const struct query_trace *t, int64_t now_ns,
    struct why *ret, struct error *err)
{
	_cleanup_(why_done) struct why w = { .op = t->op };
	const char *name = t->op->name != NULL ? t->op->name : "";

	w.elapsed_ns = op_elapsed(t->op,
	    op_in_flight(t->op) ? now_ns : t->op->last_ns);
	if (baseline_load(s, name, t->op->start_ns, &w.base, err) < 0)
		return -1;
	baseline_stat(w.base, BASELINE_WHOLE, NULL, &w.whole);
	why__parts(&w);
	why__error(&w);
	if (t->op->error != NULL &&
	    baseline_same(s, name, t->op->error, t->op->start_ns, &w.same,
		err) < 0)
		return -1;
	*ret = w;
	w.base = NULL;
	return 0;
}

const char *
why_next(const struct why *w)
{
	switch (w->op->status) {
	case OP_RUNNING:
		return "trace --follow";
	case OP_COMPLETED:
		return "diff --baseline";
	case OP_INTERRUPTED:
	case OP_LOST:
		return "raw";
	default:
		return "trace";
	}
}
