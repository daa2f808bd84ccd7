/* SPDX-License-Identifier: ISC */
#include "figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
figures_done(struct figures *f)
{
	for (int i = 0; i < STATS_KIND_MAX; i++)
		free(f->rows[i]);
	arena_done(&f->text);
	memset(f, 0, sizeof(*f));
}

static void
figures__row(struct figures *f, struct figures_row *row, struct stats_series *s,
    int64_t now_ns)
{
	*row = (struct figures_row){
		.name = arena_str(&f->text, s->name),
		.stage = arena_str(&f->text, s->stage),
		.error = arena_str(&f->text, s->error),
		.code = arena_str(&f->text, s->code),
		.example = arena_str(&f->text, s->example.text),
		.count = s->count,
		.failed = s->failed,
		.a_minute = stats_a_minute(&s->recent, now_ns),
		.n = s->took.n,
		.p50_ns = stats_percentile(&s->took, 50, STATS_LEAST_P50),
		.p90_ns = stats_percentile(&s->took, 90, STATS_LEAST_P90),
		.p99_ns = stats_percentile(&s->took, 99, STATS_LEAST_P99),
		.longest_ns = stats_percentile(&s->took, 100, 1),
		.first_ns = s->first_ns,
		.ago_ns = clock_diff(now_ns, s->last_ns),
	};
	if (row->ago_ns < 0)
		row->ago_ns = 0;
	stats_histogram(&s->took, row->bins);
	stats_recent(&s->recent, now_ns, STATS_BUCKETS, row->recent);
}

static int
figures__text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

/* By operation; the whole one first, then where most of the time goes. */
static int
figures__by_stage(const void *a, const void *b)
{
	const struct figures_row *x = a, *y = b;
	int r = figures__text(x->name, y->name);

	if (r != 0)
		return r;
	if ((x->stage == NULL) != (y->stage == NULL))
		return x->stage == NULL ? -1 : 1;
	if (x->p50_ns != y->p50_ns)
		return x->p50_ns > y->p50_ns ? -1 : 1;
	return figures__text(x->stage, y->stage);
}

static int
figures__by_newest(const void *a, const void *b)
{
	const struct figures_row *x = a, *y = b;

	if (x->ago_ns != y->ago_ns)
		return x->ago_ns < y->ago_ns ? -1 : 1;
	return figures__text(x->error, y->error);
}

static int
figures__by_count(const void *a, const void *b)
{
	const struct figures_row *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return figures__text(x->name, y->name);
}

void
figures_take(struct figures *f, const struct stats *st, int64_t now_ns)
{
	static int (*const order[])(const void *, const void *) = {
		[STATS_STAGE] = figures__by_stage,
		[STATS_ERROR] = figures__by_newest,
		[STATS_CALL] = figures__by_count,
	};
	struct stats_series *const *all;

	figures_done(f);
	for (int kind = 0; kind < STATS_KIND_MAX; kind++) {
		f->n[kind] = stats_all(st, (enum stats_kind)kind, &all);
		f->rows[kind] = xcalloc(f->n[kind] + 1, sizeof(*f->rows[kind]));
		for (size_t i = 0; i < f->n[kind]; i++)
			figures__row(f, &f->rows[kind][i], all[i], now_ns);
		qsort(f->rows[kind], f->n[kind], sizeof(*f->rows[kind]),
		    order[kind]);
	}
	f->overflow = stats_overflow(st);
}

struct figures_row *
figures_stage(const struct figures *f, const char *operation, const char *stage)
{
	for (size_t i = 0; i < f->n[STATS_STAGE]; i++) {
		struct figures_row *row = &f->rows[STATS_STAGE][i];

		if (figures__text(row->name, operation) == 0 &&
		    figures__text(row->stage, stage) == 0)
			return row;
	}
	return NULL;
}
