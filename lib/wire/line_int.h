/* SPDX-License-Identifier: ISC */
/* What line.c and line_read.c share. */
#ifndef WIRE_LINE_INT_H
#define WIRE_LINE_INT_H

#include <stdbool.h>

/* True for bytes that stand in a JSON string as they are. */
static inline bool
line__is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#endif
