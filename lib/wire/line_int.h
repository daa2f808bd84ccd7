/* SPDX-License-Identifier: ISC */
/* What the files of line.h share. */
#ifndef WIRE_LINE_INT_H
#define WIRE_LINE_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/line.h"

/* Room for one attribute more, which is not counted yet. */
struct line_attr *line__attr(struct line *ln);
/*
 * Reads a line of the usual form: one object without blanks, all of plain
 * ASCII strings (no escapes), plain numbers and the three words.  false says
 * only that it is of another form, and leaves ln empty; what is true is what
 * the reader says of the same line.
 */
bool line__scan(const char *text, size_t len, struct line *ln);
/* The reader for all that JSON allows; as line_read(). */
int line__read_any(const char *text, size_t len, struct line *ln,
    struct error *err);

#endif
