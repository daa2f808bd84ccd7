/* SPDX-License-Identifier: ISC */
/*
 * The bytes of a JSON string that stand for themselves and are ASCII: most of
 * every log line.  Everything that reads or writes JSON strings steps over
 * them with plain_run(), where it pays to look at many bytes at a time; so it
 * does to compare texts with plain_same().
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* No quote, no backslash, no control character, not beyond ASCII. */
static inline bool
plain_is(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Some bit is set when a byte of w is not plain. */
static inline uint64_t
plain__odd_bytes(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101ULL, high = ones * 0x80;
	uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';

	/* x - 1 & ~x has the high bit where x is zero (and carries past it). */
	return (w | (w - ones * 0x20) | ((quote - ones) & ~quote) |
		   ((slash - ones) & ~slash)) &
	    high;
}

#ifdef __SSE2__
/* A bit for each of the 16 bytes at s that is not plain. */
static inline unsigned
plain__odd_16(const char *s)
{
	__m128i v, odd;

	memcpy(&v, s, sizeof(v));
	/* As signed numbers those beyond ASCII are small as well. */
	odd = _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
	    _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
		_mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))));
	return (unsigned)_mm_movemask_epi8(odd);
}
#endif

/* How many of the first len bytes at s are plain; reads no byte beyond. */
static inline size_t
plain_run(const char *s, size_t len)
{
	size_t n = 0;
	uint64_t w;

#ifdef __SSE2__
	unsigned odd;

	for (; len - n >= 16; n += 16) {
		odd = plain__odd_16(s + n);
		if (odd != 0)
			return n + (size_t)__builtin_ctz(odd);
	}
#endif
	for (; len - n >= sizeof(w); n += sizeof(w)) {
		memcpy(&w, s + n, sizeof(w));
		if (plain__odd_bytes(w) != 0)
			break;
	}
	while (n < len && plain_is((unsigned char)s[n]))
		n++;
	return n;
}

#ifdef __SSE2__
/* Not all zero when one of the 16 bytes differs that the mask selects. */
static inline __m128i
plain__other_16(const char *a, const char *b, const unsigned char *mask)
{
	__m128i x, y, m;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	memcpy(&m, mask, sizeof(m));
	return _mm_and_si128(_mm_xor_si128(x, y), m);
}

static inline __m128i
plain__other_32(const char *a, const char *b, const unsigned char *mask)
{
	return _mm_or_si128(plain__other_16(a, b, mask),
	    plain__other_16(a + 16, b + 16, mask + 16));
}
#endif

/*
 * True when the first len bytes of both are the same.  Of both as many bytes
 * are read as make a multiple of PLAIN_BLOCK, so that it takes no branch on
 * the lengths of short texts.
 */
#define PLAIN_BLOCK 64
static inline bool
plain_same(const char *a, const char *b, size_t len)
{
#ifdef __SSE2__
	static const unsigned char masks[2 * PLAIN_BLOCK] = {
#define PLAIN_8 255, 255, 255, 255, 255, 255, 255, 255
		PLAIN_8, PLAIN_8, PLAIN_8, PLAIN_8, PLAIN_8, PLAIN_8, PLAIN_8,
		PLAIN_8
#undef PLAIN_8
	};
	const unsigned char *mask;
	__m128i odd;

	for (size_t at = 0; at < len; at += PLAIN_BLOCK) {
		mask = masks + PLAIN_BLOCK;
		mask -= len - at < PLAIN_BLOCK ? len - at : PLAIN_BLOCK;
		odd = _mm_or_si128(plain__other_32(a + at, b + at, mask),
		    plain__other_32(a + at + 32, b + at + 32, mask + 32));
		if (_mm_movemask_epi8(
			_mm_cmpeq_epi8(odd, _mm_setzero_si128())) != 0xffff)
			return false;
	}
	return true;
#else
	return memcmp(a, b, len) == 0;
#endif
}

/* The same, without a byte read beyond: for texts that are mostly short. */
static inline bool
plain_equal(const char *a, const char *b, size_t len)
{
	uint64_t x, y;

	if (len < sizeof(x)) {
		while (len > 0 && a[len - 1] == b[len - 1])
			len--;
		return len == 0;
	}
	/* The last word may overlap the one before it. */
	for (size_t at = 0;;
	     at = at + 2 * sizeof(x) < len ? at + sizeof(x) : len - sizeof(x)) {
		memcpy(&x, a + at, sizeof(x));
		memcpy(&y, b + at, sizeof(y));
		if (x != y)
			return false;
		if (at == len - sizeof(x))
			return true;
	}
}

#endif
