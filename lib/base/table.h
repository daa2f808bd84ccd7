/* SPDX-License-Identifier: ISC */
/*
 * Rows of text in aligned columns, for every listing.  Cells are copied, and
 * escaped when printed, so a name from outside is harmless.  The width of a
 * column is that of its widest cell; when the table is wider than the screen,
 * columns that may shrink give way.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"

enum table_flags {
	TABLE_RIGHT = 1,  /* numbers */
	TABLE_SHRINK = 2, /* may be cut to fit the screen */
};

struct table_column {
	const char *title;
	unsigned flags;
};

struct table;

/* columns are borrowed for the table's life. */
struct table *table_new(const struct table_column *columns, size_t n);
struct table *table_free(struct table *t);
/* The next cell, row after row; NULL is shown as "-". */
void table_cell(struct table *t, const char *text);
void table_cellf(struct table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
size_t table_rows(const struct table *t);
/* Appends title line and rows; width 0: as wide as it gets. */
void table_print(const struct table *t, size_t width, struct buf *out);

DEFINE_FREEP(struct table *, table_free);

#endif
