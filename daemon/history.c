/* SPDX-License-Identifier: ISC */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

/* A ring of the last ones. */
struct durations {
	int64_t ns[HISTORY_MAX];
	unsigned n, next;
};

struct history {
	struct map *kinds; /* operation: struct durations */
};

struct history *
history_new(void)
{
	struct history *h = xcalloc(1, sizeof(*h));

	h->kinds = map_new(free);
	return h;
}

struct history *
history_free(struct history *h)
{
	if (h == NULL)
		return NULL;
	map_free(h->kinds);
	free(h);
	return NULL;
}

void
history_add(struct history *h, const char *operation, int64_t ns)
{
	struct durations *d = map_find(h->kinds, operation);

	if (d == NULL) {
		d = xcalloc(1, sizeof(*d));
		map_put(h->kinds, operation, d);
	}
	d->ns[d->next] = ns;
	d->next = (d->next + 1) % HISTORY_MAX;
	if (d->n < HISTORY_MAX)
		d->n++;
}

static int
history__by_length(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

struct history_span
history_of(const struct history *h, const char *operation)
{
	const struct durations *d = map_find(h->kinds, operation);
	struct history_span span = { 0, 0, 0 };
	int64_t sorted[HISTORY_MAX];

	if (d == NULL || d->n < HISTORY_MIN)
		return span;
	memcpy(sorted, d->ns, d->n * sizeof(*sorted));
	qsort(sorted, d->n, sizeof(*sorted), history__by_length);
	/* Nearest rank. */
	span.p50_ns = sorted[(d->n * 50 + 99) / 100 - 1];
	span.p90_ns = sorted[(d->n * 90 + 99) / 100 - 1];
	span.n = d->n;
	return span;
}
