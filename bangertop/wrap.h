/* SPDX-License-Identifier: ISC */
/*
 * Many lines of anybody's text, each ended by a NUL, wrapped into a rectangle
 * where they do not fit, and made safe (draw.h).
 */
#ifndef TOP_WRAP_H
#define TOP_WRAP_H

#include "draw.h"

struct buf;

/* Rows that they take when they are w cells wide. */
size_t wrap_rows(const struct screen *s, const struct buf *lines, int w);
/* Draws them from that row on. */
void wrap_draw(struct screen *s, struct rect area, const struct buf *lines,
    size_t top, unsigned role);

#endif
