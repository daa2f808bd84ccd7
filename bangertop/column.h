/* SPDX-License-Identifier: ISC */
/*
 * Columns of a list.  Their widths come from the width of the screen alone,
 * so that nothing jumps when a longer name comes by.
 */
#ifndef TOP_COLUMN_H
#define TOP_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

struct screen;
struct buf;

struct column {
	const char *title;
	int min, want, max;
	int rank;  /* those of the highest rank go first; 0 never goes */
	bool rich; /* goes before any other is made narrower than it wants */
	bool right;
	/* The cell's text as the log has it, NULL for none; or appends to out
	 * and returns what is in there. */
	const char *(*text)(const void *row, struct buf *out);
	/* Its look, NULL: plain. */
	unsigned (*role)(const void *row);
	/* Draws the cell itself instead of text. */
	void (*draw)(const void *row, struct screen *s, int x, int y, int w,
	    unsigned selected);
	int sort;    /* enum model_sort, where the list can be sorted by it */
	unsigned id; /* a bit, where it can be left out; 0: it cannot */
};

/* Draws the titles, or a row's cells; the one to sort by has a mark. */
void column_titles(const struct column *columns, size_t n, const int *widths,
    int gap, int sort, struct screen *s, int x, int y);
void column_cells(const struct column *columns, size_t n, const int *widths,
    int gap, const void *row, struct screen *s, int x, int y,
    unsigned selected);

/*
 * Fills widths[n] so that all fits in width with gaps; 0: it is not shown, as
 * those whose bit is in hidden.
 */
void column_layout(const struct column *columns, size_t n, unsigned hidden,
    int width, int gap, int *widths);
/* The one that has the cell x of what column_layout() laid out; -1: none. */
int column_at(const struct column *columns, size_t n, const int *widths,
    int gap, int x);

#endif
