/* SPDX-License-Identifier: ISC */
/*
 * How long things took: figures of many operations, and of their parts.
 *
 * Without a filter they come from the summaries of whole hours (summary.h),
 * and from the operations of the hours that the window cuts: percentiles are
 * then off by at most 1.6 %, all else is exact.  With a filter, and by VM, all
 * is worked out from the operations themselves, of which those that were
 * pruned are gone.
 */
#ifndef TRACE_QUERY_STATS_H
#define TRACE_QUERY_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/filter.h"
#include "trace/store.h"

enum stats_by {
	STATS_OPERATION,
	STATS_STAGE,  /* operation and stage */
	STATS_HELPER, /* method of the call, of all operations */
	STATS_VM,     /* operation and VM */
	STATS_IMAGE,  /* operation and image */
	STATS_REST,   /* time of an operation before its first stage */
	STATS_LENT,   /* of a stage, within calls to the helper */
	STATS_BY_MAX
};

/* Figures of one group; -1: so few samples do not carry it (summary_hist.h). */
struct stats_row {
	char *operation, *name; /* owned; NULL where there is none */
	int64_t n, failed;
	int64_t total_ns, max_ns;
	int64_t p50_ns, p90_ns, p99_ns;
	int64_t spread_ns; /* median absolute deviation */
};

struct stats_rows {
	struct stats_row *rows; /* by operation, then the largest total first */
	size_t n;
};

struct stats_want {
	unsigned by; /* 1 << enum stats_by each */
	int64_t since_ns, until_ns;
	struct filter *filter; /* borrowed, or NULL */
	int64_t now_ns;
};

struct stats {
	struct stats_rows by[STATS_BY_MAX]; /* those that were asked for */
	bool exact;                         /* percentiles too */
	/* Operations of the window were pruned before that; INT64_MIN: none. */
	int64_t pruned_ns;
};

void stats_done(struct stats *st);
#define _cleanup_stats_ __attribute__((cleanup(stats_done)))

int query_stats(struct store *s, const struct stats_want *want,
    struct stats *ret, struct error *err);

#endif
