/* SPDX-License-Identifier: ISC */
/*
 * A histogram of durations in microseconds whose buckets grow with what they
 * hold: 32 to each power of two, so a value that is read back is off by at
 * most HIST_ERROR_PERMILLE of itself.  How many there are, their sum, and the
 * largest are exact.
 *
 * A hist of zeros is empty; hist_done() frees what it owns.
 */
#ifndef TRACE_SUMMARY_HIST_H
#define TRACE_SUMMARY_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Half a bucket: 1/64. */
#define HIST_ERROR_PERMILLE 16
/* More than four years; what is longer counts as that. */
#define HIST_US_MAX (1LL << 47)

struct hist {
	int64_t n, failed, max_us;
	uint64_t sum_us; /* wraps, so that what was added can be taken off */
	int64_t *counts; /* of the buckets from first on */
	size_t first, len;
};

/* `by` is 1, or -1 for one that was added before; the largest stays. */
void hist_add(struct hist *h, int64_t us, bool failed, int64_t by);
void hist_merge(struct hist *to, const struct hist *from);
/* Forgets what it holds, and keeps its memory. */
void hist_reset(struct hist *h);
void hist_done(struct hist *h);
/*
 * The largest of what is left, as far as it can be found: where that is not of
 * the topmost bucket, the end of that bucket (or the largest so far) stands in.
 */
void hist_find_max(struct hist *h, int64_t us);

/*
 * What so many samples carry: the median needs 2, any other quantile at least
 * one sample beyond it (p90: 10, p99: 100), the spread 3.  Where there are too
 * few, the functions below give -1.
 */
bool hist_carries(int64_t n, unsigned percent);
#define HIST_SPREAD_MIN 3

/* The smallest that so many percent do not exceed (nearest rank). */
int64_t hist_quantile(const struct hist *h, unsigned percent);
/* Half of them lie within so much of the median (MAD). */
int64_t hist_spread(const struct hist *h);

/* The buckets as bytes, in one way only. */
void hist_encode(const struct hist *h, struct buf *out);
/* Adds such buckets; false: they are damaged. */
bool hist_decode(struct hist *h, const void *data, size_t len);

/* The same of the values themselves, in order (base/quantile.h). */
int64_t hist_quantile_of(const int64_t *us, size_t n, unsigned percent);
int64_t hist_spread_of(const int64_t *us, size_t n);

#define _cleanup_hist_ __attribute__((cleanup(hist_done)))

#endif
