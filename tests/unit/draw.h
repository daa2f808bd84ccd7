/* SPDX-License-Identifier: ISC */
/* Numbers by chance, the same in every run of a test. */
#ifndef TESTS_UNIT_DRAW_H
#define TESTS_UNIT_DRAW_H

#include <stdint.h>

#include "base/cleanup.h" /* ARRAY_LEN */

static uint64_t rng = 0x9e3779b97f4a7c15ULL;

/* One below n: xorshift64* (Vigna, 2016). */
static inline unsigned
draw(unsigned n)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return (unsigned)((rng * 0x2545f4914f6cdd1dULL >> 33) % n);
}

#define PICK(words) (words)[draw(ARRAY_LEN(words))]

#endif
