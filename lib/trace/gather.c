/* SPDX-License-Identifier: ISC */
#include "trace/gather.h"

#include <stdlib.h>

#include "base/mem.h"

void
gather_take(void *arg, const struct record *r)
{
	struct gather *g = arg;

	if ((r->kind != RECORD_EVENT && r->kind != RECORD_OTHER) ||
	    r->raw.len == 0 || r->raw.len > UINT32_MAX)
		return;
	if (g->n == g->cap) {
		g->cap = g->cap == 0 ? 1024 : 2 * g->cap;
		g->lines = xreallocarray(g->lines, g->cap, sizeof(*g->lines));
	}
	g->lines[g->n++] = (struct gather_line){ r->time_ns, g->text.len,
		(uint32_t)r->raw.len, r->time_from != RECORD_TIME_NONE };
	buf_put(&g->text, r->raw.data, r->raw.len);
}

static int
gather__compare(const void *a, const void *b)
{
	const struct gather_line *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void
gather_sort(struct gather *g)
{
	if (g->n > 0)
		qsort(g->lines, g->n, sizeof(*g->lines), gather__compare);
}

void
gather_reset(struct gather *g)
{
	buf_reset(&g->text);
	g->n = 0;
}

void
gather_done(struct gather *g)
{
	buf_done(&g->text);
	free(g->lines);
	*g = (struct gather)GATHER_INIT;
}
