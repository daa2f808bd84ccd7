/* SPDX-License-Identifier: ISC */
/*
 * Why an operation ended as it did, or takes as long as it does: worked out
 * from its trace and from those before it.  cmd_why.c says it.
 */
#ifndef BANGERLOG_WHY_H
#define BANGERLOG_WHY_H

#include "base/error.h"
#include "trace/baseline.h"
#include "trace/query.h"

struct why {
	const struct op *op;
	struct baseline *base;
	int64_t elapsed_ns; /* -1 unknown; of one that runs: until now */
	struct baseline_stat whole;

	/* The stage that failed, or took the time; NULL: no stage did. */
	const char *stage;
	bool failed;      /* it did; else it took the time */
	int64_t stage_ns; /* -1 unknown */
	struct baseline_stat stage_stat;

	const struct op_call *call; /* the same of the helper's, or NULL */
	struct baseline_stat call_stat;

	/* The first error in causal order, or NULL; where it was said. */
	const char *error, *code, *error_from;
	struct baseline_same same; /* looked 0: it has no error */
};

/* t->op is not NULL, and outlives ret. */
int why_find(struct store *s, const struct query_trace *t, int64_t now_ns,
    struct why *ret, struct error *err);
void why_done(struct why *w);
/* Verb and options of the command to ask next; the op_id goes behind it. */
const char *why_next(const struct why *w);

#endif
