/* SPDX-License-Identifier: ISC */
#include "align.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

void
parts_add(struct parts *p, const char *name, int64_t ns)
{
	if (p->n == ALIGN_MAX)
		return;
	p->parts = xreallocarray(p->parts, p->n + 1, sizeof(*p->parts));
	p->parts[p->n++] = (struct part){ name != NULL ? name : "?", ns };
}

void
parts_done(struct parts *p)
{
	free(p->parts);
}

/* lcs[i][j]: how many names a from i and b from j have in common. */
static uint16_t *
align__table(const struct parts *a, const struct parts *b)
{
	size_t wide = b->n + 1;
	uint16_t *lcs = xcalloc((a->n + 1) * wide, sizeof(*lcs));

	for (size_t i = a->n; i-- > 0;) {
		for (size_t j = b->n; j-- > 0;) {
			uint16_t down = lcs[(i + 1) * wide + j];
			uint16_t right = lcs[i * wide + j + 1];

			if (strcmp(a->parts[i].name, b->parts[j].name) == 0)
				lcs[i * wide + j] =
				    (uint16_t)(lcs[(i + 1) * wide + j + 1] + 1);
			else
				lcs[i * wide + j] = down >= right ? down
								  : right;
		}
	}
	return lcs;
}

size_t
align(const struct parts *a, const struct parts *b, struct pair **ret)
{
	_cleanup_free_ uint16_t *lcs = align__table(a, b);
	struct pair *pairs = xcalloc(a->n + b->n + 1, sizeof(*pairs));
	size_t i = 0, j = 0, n = 0, wide = b->n + 1;

	while (i < a->n || j < b->n) {
		bool both = i < a->n && j < b->n;

		if (both && strcmp(a->parts[i].name, b->parts[j].name) == 0) {
			pairs[n++] = (struct pair){ &a->parts[i++],
				&b->parts[j++] };
		} else if (j == b->n ||
		    (both &&
			lcs[(i + 1) * wide + j] >= lcs[i * wide + j + 1])) {
			pairs[n++] = (struct pair){ &a->parts[i++], NULL };
		} else {
			pairs[n++] = (struct pair){ NULL, &b->parts[j++] };
		}
	}
	*ret = pairs;
	return n;
}

bool
align_diff(const struct pair *p, int64_t *ret_ns)
{
	if (p->a == NULL || p->b == NULL || p->a->ns < 0 || p->b->ns < 0)
		return false;
	*ret_ns = p->b->ns - p->a->ns;
	return true;
}

bool
align_matters(int64_t a_ns, int64_t diff_ns)
{
	int64_t size = diff_ns < 0 ? -diff_ns : diff_ns;

	return size >= ALIGN_LEAST_NS && size >= a_ns / ALIGN_SHARE;
}
