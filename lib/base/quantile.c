/* SPDX-License-Identifier: ISC */
#include "base/quantile.h"

#include <stdlib.h>

/* Up to so many, putting each into its place is quicker than qsort(). */
#define QUANTILE_FEW 24

static int
quantile__order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

void
quantile_sort(int64_t *v, size_t n)
{
	int64_t value;
	size_t at;

	if (n > QUANTILE_FEW) {
		qsort(v, n, sizeof(*v), quantile__order);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		value = v[i];
		for (at = i; at > 0 && v[at - 1] > value; at--)
			v[at] = v[at - 1];
		v[at] = value;
	}
}

size_t
quantile_rank(size_t n, unsigned percent)
{
	/* Not n * percent, which could overflow. */
	return n / 100 * percent + (n % 100 * percent + 99) / 100;
}

int64_t
quantile_of(const int64_t *v, size_t n, unsigned percent)
{
	size_t rank = quantile_rank(n, percent);

	return v[rank > 0 ? rank - 1 : 0];
}

int64_t
quantile_spread(const int64_t *v, size_t n)
{
	size_t rank = quantile_rank(n, 50), below = rank - 1, above = rank;
	int64_t median = v[rank - 1], off = 0;

	/* The median is nearest to itself; then the nearer of its neighbours
	 * on both sides, until there are as many as the rank says. */
	for (size_t seen = 1; seen < rank; seen++) {
		if (above == n ||
		    (below > 0 && median - v[below - 1] <= v[above] - median))
			off = median - v[--below];
		else
			off = v[above++] - median;
	}
	return off;
}
