/* SPDX-License-Identifier: ISC */
/*
 * The page that a trace is drawn on: what render_text.c (what stands around
 * the rows) and render_rows.c (the rows and their bars) share.
 */
#ifndef BANGERLOG_RENDER_PAGE_H
#define BANGERLOG_RENDER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "trace/split.h"

#include "render.h"

/* What a colour says; the words and marks say it too. */
#define PAINT_BOLD "1"
#define PAINT_DIM "2"
#define PAINT_BAD "1;31"
#define PAINT_GOOD "32"
#define PAINT_BUSY "33"
#define PAINT_STAGE "36"
#define PAINT_CALL "34"

enum row_kind { ROW_REST, ROW_STAGE, ROW_CALL };

struct row {
	enum row_kind kind;
	char *label; /* escaped */
	int64_t start_ns, duration_ns;
	struct split split; /* of a stage, and of what was before them */
	bool failed, open, last;
	const char *error; /* not escaped; or NULL */
};

/* Daemon, helper, unaccounted: what a stage's time is made of. */
#define PAGE_SHARES 3

struct page {
	const struct query_trace *t;
	const struct render_style *style;
	struct buf *out;
	struct row *rows;
	size_t n, cap;
	int64_t total_ns;               /* length of the time axis */
	size_t label, start, took, bar; /* columns in cells */
	size_t share[PAGE_SHARES];      /* those of the split; 0: left out */
};

/* Prints our own or already safe text in a colour (NULL: none). */
void page_paint(struct page *p, const char *color, const char *text);
/* A mark of ours, in ASCII where that is wanted. */
const char *page_mark(const struct page *p, const char *fine,
    const char *plain);
/* Takes blanks off the end. */
void page_trim(struct buf *b);
void page_repeat(struct buf *out, const char *s, size_t n);
/* Prints text from a log under a lead, over as many lines as it takes. */
void page_wrap(struct page *p, const char *color, const char *lead,
    const char *raw);

/* What it was, of what, how it ended, and how long it took: one line. */
void page_title(struct page *p);
/* Makes the rows of the operation, and the columns they fit in. */
void page_collect(struct page *p);
/* Prints the titles and the rows. */
void page_print_rows(struct page *p);
void page_free_rows(struct page *p);

#endif
