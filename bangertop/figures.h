/* SPDX-License-Identifier: ISC */
/*
 * The statistics as rows of figures: a copy, so that a paused picture stands
 * still.  All durations are -1 where there are too few to tell.
 */
#ifndef TOP_FIGURES_H
#define TOP_FIGURES_H

#include "base/arena.h"
#include "stats.h"

struct figures_row {
	const char *name, *stage, *error, *code, *example; /* NULL: none */
	uint64_t count, failed;
	uint32_t a_minute;
	size_t n; /* durations that the figures come from */
	int64_t p50_ns, p90_ns, p99_ns, longest_ns;
	int64_t first_ns, ago_ns; /* wall clock; since the newest */
	uint32_t now;             /* operations that are in it */
	uint32_t bins[STATS_BINS], recent[STATS_BUCKETS];
};

/* What rows are put in order by; texts from A on, figures from the largest. */
enum figures_sort {
	FIGURES_USUAL, /* by operation; newest first; most calls first */
	FIGURES_BY_NAME,
	FIGURES_BY_STAGE,
	FIGURES_BY_ERROR,
	FIGURES_BY_CODE,
	FIGURES_BY_EXAMPLE,
	FIGURES_BY_NOW,
	FIGURES_BY_COUNT,
	FIGURES_BY_FAILED,
	FIGURES_BY_RATE,
	FIGURES_BY_P50,
	FIGURES_BY_P90,
	FIGURES_BY_P99,
	FIGURES_BY_LONGEST,
	FIGURES_BY_N,
	FIGURES_BY_AGO, /* the newest first */
	FIGURES_SORT_MAX
};

struct figures {
	struct figures_row *rows[STATS_KIND_MAX];
	size_t n[STATS_KIND_MAX];
	uint64_t overflow;
	struct arena text;
};

/* What the statistics say now, in place of what f holds. */
void figures_take(struct figures *f, const struct stats *st, int64_t now_ns);
void figures_sort(struct figures *f, enum stats_kind kind, enum figures_sort by,
    bool invert);
void figures_done(struct figures *f);
/* The row of that operation's stage (NULL: none), or NULL. */
struct figures_row *figures_stage(const struct figures *f,
    const char *operation, const char *stage);

#endif
