/* SPDX-License-Identifier: ISC */
#include "base/table.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"

#define TABLE_GAP 2   /* blanks between columns */
#define TABLE_LEAST 4 /* cells that a shrunk column keeps */

struct table {
	const struct table_column *columns;
	size_t n;
	const char **cells; /* escaped already, in `text` */
	size_t len, cap;
	size_t *widths; /* what each column wants */
	struct arena text;
	struct buf scratch;
};

struct table *
table_new(const struct table_column *columns, size_t n)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->columns = columns;
	t->n = n;
	t->widths = xcalloc(n, sizeof(*t->widths));
	for (size_t c = 0; c < n; c++)
		t->widths[c] = text_width(columns[c].title);
	return t;
}

struct table *
table_free(struct table *t)
{
	if (t == NULL)
		return NULL;
	free(t->cells);
	free(t->widths);
	arena_done(&t->text);
	buf_done(&t->scratch);
	free(t);
	return NULL;
}

void
table_cell(struct table *t, const char *text)
{
	size_t width, *most = &t->widths[t->len % t->n];

	if (text == NULL)
		text = "-";
	if (t->len == t->cap) {
		t->cap = t->cap == 0 ? 64 : t->cap * 2;
		t->cells = xreallocarray(t->cells, t->cap, sizeof(*t->cells));
	}
	buf_reset(&t->scratch);
	text_escape(&t->scratch, text, strlen(text), false);
	t->cells[t->len++] = arena_put(&t->text, buf_str(&t->scratch),
	    t->scratch.len);
	width = text_width(buf_str(&t->scratch));
	*most = width > *most ? width : *most;
}

void
table_cellf(struct table *t, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	table_cell(t, text);
}

size_t
table_rows(const struct table *t)
{
	return (t->len + t->n - 1) / t->n;
}

/* Takes cells from the widest column that may shrink until it fits. */
static void
table__shrink(const struct table *t, size_t *widths, size_t total, size_t width)
{
	while (total > width) {
		size_t best = t->n;

		for (size_t c = 0; c < t->n; c++) {
			if ((t->columns[c].flags & TABLE_SHRINK) == 0 ||
			    widths[c] <= TABLE_LEAST)
				continue;
			if (best == t->n || widths[c] > widths[best])
				best = c;
		}
		if (best == t->n)
			return;
		widths[best]--;
		total--;
	}
}

/* One cell and the gap before it; no blanks stand at the end of a line. */
static void
table__put(const struct table *t, size_t column, const char *text,
    const size_t *widths, bool ascii, struct buf *out)
{
	bool right = (t->columns[column].flags & TABLE_RIGHT) != 0;

	if (column > 0)
		text_fit(out, "", TABLE_GAP, false, ascii);
	text_fit(out, text, widths[column], right, ascii);
	if (column < t->n - 1)
		return;
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	buf_putc(out, '\n');
}

void
table_print(const struct table *t, size_t width, struct buf *out)
{
	_cleanup_free_ size_t *widths = xcalloc(t->n, sizeof(*widths));
	bool ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	size_t total = (t->n - 1) * TABLE_GAP, rows = table_rows(t);

	for (size_t c = 0; c < t->n; c++)
		total += widths[c] = t->widths[c];
	if (width > 0)
		table__shrink(t, widths, total, width);
	for (size_t c = 0; c < t->n; c++)
		table__put(t, c, t->columns[c].title, widths, ascii, out);
	for (size_t i = 0; i < rows * t->n; i++)
		table__put(t, i % t->n, i < t->len ? t->cells[i] : "", widths,
		    ascii, out);
}
