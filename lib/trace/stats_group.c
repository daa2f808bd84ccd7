/* SPDX-License-Identifier: ISC */
#include "trace/stats_group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/quantile.h"

#define GROUPS_FIRST 64 /* places; a power of two */

struct group {
	uint64_t hash;
	char *operation, *name;
	size_t operation_len, name_len;
	struct hist hist; /* of an exact group without its buckets */
	int64_t *us;      /* the values themselves, of an exact one */
	size_t cap;
};

struct stats_groups {
	bool exact;
	uint64_t seed;
	struct group **table; /* at most half full; NULL: a free place */
	size_t places, n;
};

struct stats_groups *
stats_groups_new(bool exact)
{
	struct stats_groups *groups = xcalloc(1, sizeof(*groups));

	groups->exact = exact;
	groups->seed = hash_seed();
	groups->places = GROUPS_FIRST;
	groups->table = xcalloc(groups->places, sizeof(*groups->table));
	return groups;
}

struct stats_groups *
stats_groups_free(struct stats_groups *groups)
{
	struct group *g;

	if (groups == NULL)
		return NULL;
	for (size_t i = 0; i < groups->places; i++) {
		g = groups->table[i];
		if (g == NULL)
			continue;
		free(g->operation);
		free(g->name);
		free(g->us);
		hist_done(&g->hist);
		free(g);
	}
	free(groups->table);
	free(groups);
	return NULL;
}

/* ---- counting ---------------------------------------------------------- */

static bool
group__is(const struct group *g, uint64_t hash, struct stats_text operation,
    struct stats_text name)
{
	return g->hash == hash && g->name_len == name.len &&
	    g->operation_len == operation.len &&
	    memcmp(g->name, name.text, name.len) == 0 &&
	    memcmp(g->operation, operation.text, operation.len) == 0;
}

/* Twice as many places. */
static void
group__grow(struct stats_groups *groups)
{
	_cleanup_free_ struct group **was = groups->table;
	size_t n = groups->places, at;

	groups->places *= 2;
	groups->table = xcalloc(groups->places, sizeof(*groups->table));
	for (size_t i = 0; i < n; i++) {
		if (was[i] == NULL)
			continue;
		at = was[i]->hash & (groups->places - 1);
		while (groups->table[at] != NULL)
			at = (at + 1) & (groups->places - 1);
		groups->table[at] = was[i];
	}
}

static struct group *
group__find(struct stats_groups *groups, struct stats_text operation,
    struct stats_text name)
{
	uint64_t hash;
	struct group *g;
	size_t at;

	if (operation.text == NULL)
		operation = (struct stats_text){ "", 0 };
	if (name.text == NULL)
		name = (struct stats_text){ "", 0 };
	hash = hash_bytes(groups->seed, operation.text, operation.len);
	hash = hash_bytes(hash, name.text, name.len);
	if (groups->n >= groups->places / 2)
		group__grow(groups);
	for (at = hash & (groups->places - 1); (g = groups->table[at]) != NULL;
	     at = (at + 1) & (groups->places - 1))
		if (group__is(g, hash, operation, name))
			return g;
	g = groups->table[at] = xcalloc(1, sizeof(*g));
	groups->n++;
	g->hash = hash;
	g->operation = xmemdup(operation.text, operation.len);
	g->operation_len = operation.len;
	g->name = xmemdup(name.text, name.len);
	g->name_len = name.len;
	return g;
}

void
stats_groups_add(struct stats_groups *groups, struct stats_text operation,
    struct stats_text name, int64_t us, bool failed)
{
	struct group *g = group__find(groups, operation, name);
	struct hist *h = &g->hist;

	if (us > HIST_US_MAX)
		us = HIST_US_MAX;
	if (!groups->exact) {
		hist_add(h, us, failed, 1);
		return;
	}
	if ((size_t)h->n == g->cap) {
		g->cap = g->cap == 0 ? 8 : 2 * g->cap;
		g->us = xreallocarray(g->us, g->cap, sizeof(*g->us));
	}
	g->us[h->n++] = us;
	h->failed += failed;
	h->sum_us += (uint64_t)us;
	if (us > h->max_us)
		h->max_us = us;
}

void
stats_groups_merge(struct stats_groups *groups, struct stats_text operation,
    struct stats_text name, const struct hist *hist)
{
	assert(!groups->exact);
	hist_merge(&group__find(groups, operation, name)->hist, hist);
}

/* ---- to figures -------------------------------------------------------- */

static int64_t
group__ns(int64_t us)
{
	return us < 0 ? -1 : us * NSEC_PER_USEC;
}

static void
group__exact(const struct group *g, struct stats_row *row)
{
	size_t n = (size_t)g->hist.n;

	quantile_sort(g->us, n);
	row->p50_ns = group__ns(hist_quantile_of(g->us, n, 50));
	row->p90_ns = group__ns(hist_quantile_of(g->us, n, 90));
	row->p99_ns = group__ns(hist_quantile_of(g->us, n, 99));
	row->spread_ns = group__ns(hist_spread_of(g->us, n));
}

static void
group__near(const struct group *g, struct stats_row *row)
{
	row->p50_ns = group__ns(hist_quantile(&g->hist, 50));
	row->p90_ns = group__ns(hist_quantile(&g->hist, 90));
	row->p99_ns = group__ns(hist_quantile(&g->hist, 99));
	row->spread_ns = group__ns(hist_spread(&g->hist));
}

static void
group__figures(struct group *g, bool exact, struct stats_row *row)
{
	const struct hist *h = &g->hist;

	row->n = h->n;
	row->failed = h->failed;
	row->total_ns = h->sum_us > (uint64_t)(INT64_MAX / NSEC_PER_USEC)
	    ? INT64_MAX
	    : (int64_t)h->sum_us * NSEC_PER_USEC;
	row->max_ns = group__ns(h->max_us);
	if (exact)
		group__exact(g, row);
	else
		group__near(g, row);
	/* What is unknown has no name. */
	row->operation = g->operation[0] != '\0' ? steal(&g->operation) : NULL;
	row->name = g->name[0] != '\0' ? steal(&g->name) : NULL;
}

static int
group__order_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int
group__by_total(const void *a, const void *b)
{
	const struct stats_row *x = a, *y = b;
	int order = group__order_text(x->operation, y->operation);

	if (order != 0)
		return order;
	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return group__order_text(x->name, y->name);
}

void
stats_groups_rows(struct stats_groups *groups, struct stats_rows *ret)
{
	ret->rows = xcalloc(groups->n + 1, sizeof(*ret->rows));
	ret->n = 0;
	for (size_t i = 0; i < groups->places; i++)
		if (groups->table[i] != NULL)
			group__figures(groups->table[i], groups->exact,
			    &ret->rows[ret->n++]);
	qsort(ret->rows, ret->n, sizeof(*ret->rows), group__by_total);
}
