/* SPDX-License-Identifier: ISC */
/*
 * Quantiles of numbers by nearest rank: what comes back is one of them.
 * Whether so few numbers tell anything is the caller's to judge.
 */
#ifndef BASE_QUANTILE_H
#define BASE_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/* Puts them in order, the smallest first. */
void quantile_sort(int64_t *v, size_t n);
/* Which of n in order that quantile is, from 1; percent is at most 100. */
size_t quantile_rank(size_t n, unsigned percent);
/* The smallest that so many percent do not exceed; in order, and n > 0. */
int64_t quantile_of(const int64_t *v, size_t n, unsigned percent);
/*
 * Half of them lie within so much of their median (median absolute deviation);
 * in order, none negative, and n > 0.
 */
int64_t quantile_spread(const int64_t *v, size_t n);

#endif
