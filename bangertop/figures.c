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

static int (*const figures_usual[])(const void *, const void *) = {
	[STATS_STAGE] = figures__by_stage,
	[STATS_ERROR] = figures__by_newest,
	[STATS_CALL] = figures__by_count,
};

/* ---- by any column --------------------------------------------------------
 */

static const char *
figures__text_of(const struct figures_row *r, enum figures_sort by)
{
	switch (by) {
	case FIGURES_BY_NAME:
		return r->name;
	case FIGURES_BY_STAGE:
		return r->stage;
	case FIGURES_BY_ERROR:
		return r->error;
	case FIGURES_BY_CODE:
		return r->code;
	default:
		return r->example;
	}
}

static int64_t
figures__number_of(const struct figures_row *r, enum figures_sort by)
{
	switch (by) {
	case FIGURES_BY_NOW:
		return r->now;
	case FIGURES_BY_COUNT:
		return (int64_t)r->count;
	case FIGURES_BY_FAILED:
		return (int64_t)r->failed;
	case FIGURES_BY_RATE:
		return r->a_minute;
	case FIGURES_BY_P50:
		return r->p50_ns;
	case FIGURES_BY_P90:
		return r->p90_ns;
	case FIGURES_BY_P99:
		return r->p99_ns;
	case FIGURES_BY_LONGEST:
		return r->longest_ns;
	case FIGURES_BY_N:
		return (int64_t)r->n;
	default:
		return -r->ago_ns;
	}
}

struct figures_order {
	enum stats_kind kind;
	enum figures_sort by;
	bool invert;
};

static int
figures__compare(const void *a, const void *b, void *arg)
{
	const struct figures_row *x = a, *y = b;
	const struct figures_order *o = arg;
	int64_t m, n;
	int r;

	if (o->by == FIGURES_USUAL) {
		r = figures_usual[o->kind](x, y);
	} else if (o->by <= FIGURES_BY_EXAMPLE) {
		r = figures__text(figures__text_of(x, o->by),
		    figures__text_of(y, o->by));
	} else {
		m = figures__number_of(x, o->by);
		n = figures__number_of(y, o->by);
		r = m > n ? -1 : m < n;
	}
	if (o->invert)
		r = -r;
	return r != 0 ? r : figures_usual[o->kind](x, y);
}

void
figures_sort(struct figures *f, enum stats_kind kind, enum figures_sort by,
    bool invert)
{
	struct figures_order order = { kind, by, invert };

	if (f->n[kind] > 0)
		qsort_r(f->rows[kind], f->n[kind], sizeof(*f->rows[kind]),
		    figures__compare, &order);
}

void
figures_take(struct figures *f, const struct stats *st, int64_t now_ns)
{
	struct stats_series *const *all;

	figures_done(f);
	for (int kind = 0; kind < STATS_KIND_MAX; kind++) {
		f->n[kind] = stats_all(st, (enum stats_kind)kind, &all);
		f->rows[kind] = xcalloc(f->n[kind] + 1, sizeof(*f->rows[kind]));
		for (size_t i = 0; i < f->n[kind]; i++)
			figures__row(f, &f->rows[kind][i], all[i], now_ns);
		figures_sort(f, (enum stats_kind)kind, FIGURES_USUAL, false);
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
