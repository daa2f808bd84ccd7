/* SPDX-License-Identifier: ISC */
#include "trace/summary_hist.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/quantile.h"

#define HIST_BITS 5 /* 32 buckets to a power of two */
#define HIST_SUB (1u << HIST_BITS)
#define HIST_BUCKETS ((47 - HIST_BITS + 2) * HIST_SUB)
/* Buckets come into memory in runs of so many. */
#define HIST_STEP 32

/* ---- buckets ----------------------------------------------------------- */

static size_t
hist__bucket(int64_t us)
{
	unsigned e;

	if (us < (int64_t)HIST_SUB)
		return us < 0 ? 0 : (size_t)us;
	if (us > HIST_US_MAX)
		us = HIST_US_MAX;
	e = 63 - (unsigned)__builtin_clzll((unsigned long long)us);
	return (e - HIST_BITS + 1) * HIST_SUB +
	    ((size_t)(us >> (e - HIST_BITS)) & (HIST_SUB - 1));
}

/* The bucket's smallest value, and how many it has. */
static int64_t
hist__floor(size_t bucket, int64_t *ret_width)
{
	unsigned e;

	*ret_width = 1;
	if (bucket < 2 * HIST_SUB)
		return (int64_t)bucket;
	e = (unsigned)(bucket / HIST_SUB) - 1;
	*ret_width = 1LL << e;
	return (int64_t)(HIST_SUB + bucket % HIST_SUB) << e;
}

/* What stands for all in it. */
static int64_t
hist__middle(const struct hist *h, size_t bucket)
{
	int64_t width, us = hist__floor(bucket, &width);

	us += width / 2;
	return us > h->max_us ? h->max_us : us;
}

/* Makes room for that bucket. */
static void
hist__reach(struct hist *h, size_t bucket)
{
	size_t from = bucket / HIST_STEP * HIST_STEP, to = from + HIST_STEP;
	int64_t *counts;

	if (h->len > 0 && bucket >= h->first && bucket < h->first + h->len)
		return;
	if (h->len > 0 && h->first < from)
		from = h->first;
	if (h->len > 0 && h->first + h->len > to)
		to = h->first + h->len;
	counts = xcalloc(to - from, sizeof(*counts));
	if (h->len > 0)
		memcpy(counts + (h->first - from), h->counts,
		    h->len * sizeof(*counts));
	free(h->counts);
	h->counts = counts;
	h->first = from;
	h->len = to - from;
}

void
hist_add(struct hist *h, int64_t us, bool failed, int64_t by)
{
	size_t bucket = hist__bucket(us);

	if (us < 0)
		us = 0;
	if (us > HIST_US_MAX)
		us = HIST_US_MAX;
	hist__reach(h, bucket);
	h->counts[bucket - h->first] += by;
	h->n += by;
	h->failed += failed ? by : 0;
	h->sum_us += (uint64_t)us * (uint64_t)by;
	if (by > 0 && us > h->max_us)
		h->max_us = us;
}

void
hist_merge(struct hist *to, const struct hist *from)
{
	for (size_t i = 0; i < from->len; i++) {
		if (from->counts[i] == 0)
			continue;
		hist__reach(to, from->first + i);
		to->counts[from->first + i - to->first] += from->counts[i];
	}
	to->n += from->n;
	to->failed += from->failed;
	to->sum_us += from->sum_us;
	if (from->max_us > to->max_us)
		to->max_us = from->max_us;
}

void
hist_reset(struct hist *h)
{
	if (h->len > 0)
		memset(h->counts, 0, h->len * sizeof(*h->counts));
	h->n = h->failed = h->max_us = 0;
	h->sum_us = 0;
}

void
hist_done(struct hist *h)
{
	free(h->counts);
	*h = (struct hist){ 0 };
}

void
hist_find_max(struct hist *h, int64_t us)
{
	int64_t width, end;
	size_t i = h->len;

	while (i > 0 && h->counts[i - 1] == 0)
		i--;
	if (i == 0) {
		h->max_us = 0;
		return;
	}
	end = hist__floor(h->first + i - 1, &width) + width - 1;
	if (hist__bucket(us) == h->first + i - 1)
		h->max_us = us;
	else if (end < h->max_us)
		h->max_us = end;
}

/* ---- what they tell ---------------------------------------------------- */

bool
hist_carries(int64_t n, unsigned percent)
{
	return n >= 2 && percent < 100 && n * (100 - (int64_t)percent) >= 100;
}

int64_t
hist_quantile(const struct hist *h, unsigned percent)
{
	int64_t rank, seen = 0;

	if (!hist_carries(h->n, percent))
		return -1;
	rank = (int64_t)quantile_rank((size_t)h->n, percent);
	for (size_t i = 0; i < h->len; i++) {
		seen += h->counts[i];
		if (seen >= rank)
			return hist__middle(h, h->first + i);
	}
	return -1;
}

/* A distance, and how many lie so far off. */
struct hist_off {
	int64_t us, n;
};

static int
hist__by_off(const void *a, const void *b)
{
	const struct hist_off *x = a, *y = b;

	return x->us < y->us ? -1 : x->us > y->us;
}

int64_t
hist_spread(const struct hist *h)
{
	_cleanup_free_ struct hist_off *off = NULL;
	int64_t median = hist_quantile(h, 50), seen = 0;
	size_t n = 0;

	if (h->n < HIST_SPREAD_MIN || median < 0)
		return -1;
	off = xcalloc(h->len + 1, sizeof(*off));
	for (size_t i = 0; i < h->len; i++) {
		if (h->counts[i] == 0)
			continue;
		off[n].us = llabs(hist__middle(h, h->first + i) - median);
		off[n++].n = h->counts[i];
	}
	qsort(off, n, sizeof(*off), hist__by_off);
	for (size_t i = 0; i < n; i++) {
		seen += off[i].n;
		if (seen >= (int64_t)quantile_rank((size_t)h->n, 50))
			return off[i].us;
	}
	return -1;
}

int64_t
hist_quantile_of(const int64_t *us, size_t n, unsigned percent)
{
	return hist_carries((int64_t)n, percent) ? quantile_of(us, n, percent)
						 : -1;
}

int64_t
hist_spread_of(const int64_t *us, size_t n)
{
	return n < HIST_SPREAD_MIN ? -1 : quantile_spread(us, n);
}

/* ---- as bytes ---------------------------------------------------------- */

/* Seven bits a byte, the lowest first; the last has its top bit clear. */
static void
hist__put(struct buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_putc(out, (char)(v | 0x80));
	buf_putc(out, (char)v);
}

static bool
hist__get(const unsigned char **p, const unsigned char *end, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 63; shift += 7) {
		if (*p == end)
			return false;
		v |= (uint64_t)(**p & 0x7f) << shift;
		if ((*(*p)++ & 0x80) == 0) {
			*ret = v;
			return true;
		}
	}
	return false;
}

void
hist_encode(const struct hist *h, struct buf *out)
{
	size_t next = 0;

	for (size_t i = 0; i < h->len; i++) {
		if (h->counts[i] == 0)
			continue;
		hist__put(out, h->first + i - next);
		hist__put(out, (uint64_t)h->counts[i]);
		next = h->first + i + 1;
	}
}

bool
hist_decode(struct hist *h, const void *data, size_t len)
{
	const unsigned char *p = data, *end = p + len;
	uint64_t skip, n;
	size_t next = 0;

	while (p < end) {
		if (!hist__get(&p, end, &skip) || !hist__get(&p, end, &n) ||
		    skip >= HIST_BUCKETS - next)
			return false;
		next += skip;
		hist__reach(h, next);
		h->counts[next++ - h->first] += (int64_t)n;
	}
	return true;
}
