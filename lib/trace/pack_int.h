/* SPDX-License-Identifier: ISC */
/* What packing (pack.c) and reading (pack_read.c) share: the form's numbers,
 * and what both remember of the lines before, in the same way. */
#ifndef TRACE_PACK_INT_H
#define TRACE_PACK_INT_H

#include <stdint.h>

#include "trace/pack.h"

/* How a slot is told: the low bits of its first number. */
enum pack_how {
	PACK_SAME,   /* as the key's last value; of a run: as the origin's */
	PACK_TEXT,   /* a string of so many bytes, which follow */
	PACK_WORD,   /* a string: the word of that number */
	PACK_DIGITS, /* a decimal: (digits as one number) * 10 + decimals */
	PACK_OTHER,  /* so many bytes of JSON, which follow */
	PACK_DELTA,  /* a time or number: difference from the last one */
	PACK_HOW_BITS = 3,
};

/* Flags below the number of the form. */
#define PACK_HAS_REAL 1
#define PACK_HAS_MONO 2
#define PACK_FORM_BITS 2

/* a + b, or a - b, as wraps around: hostile numbers are told all the same. */
static inline int64_t
pack__add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline int64_t
pack__sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* The last number of that origin; moved to the front, 0 when it is new. */
int64_t *pack__seq(struct pack *p, uint32_t origin);
/* The key's last value is this one now. */
void pack__remember(struct pack *p, uint8_t key, const char *value, size_t len);

#endif
