/* SPDX-License-Identifier: ISC */
/* What line.c and line_read.c share. */
#ifndef WIRE_LINE_INT_H
#define WIRE_LINE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* True for bytes that stand in a JSON string as they are. */
static inline bool
line__is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Some bit is set when a byte of w is not plain; eight bytes at a time. */
static inline uint64_t
line__odd_bytes(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101ULL, high = ones * 0x80;
	uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';

	/* x - 1 & ~x has the high bit where x is zero (and carries past it). */
	return (w | (w - ones * 0x20) | ((quote - ones) & ~quote) |
		   ((slash - ones) & ~slash)) &
	    high;
}

/* How many of the first len bytes at s are plain. */
static inline size_t
line__plain_run(const char *s, size_t len)
{
	size_t n = 0;
	uint64_t w;

	for (; len - n >= sizeof(w); n += sizeof(w)) {
		memcpy(&w, s + n, sizeof(w));
		if (line__odd_bytes(w) != 0)
			break;
	}
	while (n < len && line__is_plain((unsigned char)s[n]))
		n++;
	return n;
}

#endif
