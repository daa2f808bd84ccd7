/* SPDX-License-Identifier: ISC */
/* The statistics as tables: stages, families of errors, calls to the helper. */
#include "view.h"

#include <stdio.h>

#include "table.h"

#define TABLE_MARK 2
#define TABLE_PAGE 10
#define TABLE_GAP 1

/* ---- as views -------------------------------------------------------------
 */

static int
table__lines(const struct model *m, const struct table *t)
{
	size_t n = m->figures.n[t->kind];

	return 1 + (n > 0 ? (int)n : 1);
}

/* Rows below the titles; one is kept for saying that there are more. */
static size_t
table__room(const struct model *m, const struct table *t, struct rect area)
{
	int h = area.h - 1;

	if ((int)m->figures.n[t->kind] > h && h > 1)
		h--;
	return h > 0 ? (size_t)h : 0;
}

static void
table__draw(const struct model *m, const struct table *t, struct screen *s,
    struct rect area)
{
	const struct figures_row *rows = m->figures.rows[t->kind];
	size_t n = m->figures.n[t->kind], room = table__room(m, t, area);
	int widths[TABLE_COLUMNS], gap = TABLE_GAP, y = area.y + 1;
	size_t end = m->table_top + room;
	char more[96];

	column_layout(t->columns, t->n, 0, area.w - TABLE_MARK - 1, gap,
	    widths);
	column_titles(t->columns, t->n, widths, gap, (int)m->table_by[t->kind],
	    s, area.x + TABLE_MARK, area.y);
	if (n == 0)
		draw_text(s, area.x + TABLE_MARK, y, area.w - TABLE_MARK,
		    t->none, DRAW_LEFT, THEME_DIM);
	end = end < n ? end : n;
	for (size_t i = m->table_top; i < end; i++, y++) {
		unsigned selected = i == m->table_cursor ? THEME_SELECTED : 0;

		draw_text(s, area.x, y, area.w, selected != 0 ? ">" : "",
		    DRAW_LEFT, selected);
		column_cells(t->columns, t->n, widths, gap, &rows[i], s,
		    area.x + TABLE_MARK, y, selected);
	}
	if (end - m->table_top == n || y >= area.y + area.h)
		return;
	snprintf(more, sizeof(more), "%zu to %zu of %zu", m->table_top + 1, end,
	    n);
	draw_text(s, area.x + TABLE_MARK, y, area.w - TABLE_MARK, more,
	    DRAW_LEFT, THEME_DIM);
}

/* The next of its columns to sort by, around the end: the usual order. */
static enum figures_sort
table__next_sort(const struct table *t, enum figures_sort now, int dir)
{
	int n = 1, at = 0, by[TABLE_COLUMNS + 1] = { FIGURES_USUAL };

	for (size_t i = 0; i < t->n; i++) {
		if (t->columns[i].sort == 0)
			continue;
		by[n] = t->columns[i].sort;
		at = by[n] == (int)now ? n : at;
		n++;
	}
	return (enum figures_sort)by[(at + dir + n) % n];
}

static unsigned
table__key(struct model *m, const struct table *t, enum keys_id key)
{
	static const struct {
		enum keys_id key;
		int by;
	} moves[] = {
		{ KEYS_DOWN, 1 },
		{ KEYS_UP, -1 },
		{ KEYS_PAGE_DOWN, TABLE_PAGE },
		{ KEYS_PAGE_UP, -TABLE_PAGE },
		{ KEYS_FIRST, -INT32_MAX },
		{ KEYS_LAST, INT32_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		if (moves[i].key != key)
			continue;
		model_move_table(m, moves[i].by, m->figures.n[t->kind]);
		return VIEW_REDRAW;
	}
	if (key == KEYS_SORT_NEXT || key == KEYS_SORT_BACK)
		model_sort_table(m, t->kind,
		    table__next_sort(t, m->table_by[t->kind],
			key == KEYS_SORT_NEXT ? 1 : -1));
	else if (key == KEYS_INVERT)
		model_sort_table(m, t->kind, m->table_by[t->kind]);
	else
		return VIEW_NOTHING;
	return VIEW_REDRAW;
}

/* A title sorts by its column, or the other way round; a row is selected. */
static unsigned
table__click(struct model *m, const struct table *t, struct rect area, int x,
    int y)
{
	int widths[TABLE_COLUMNS], column;
	size_t row = m->table_top + (size_t)(y - area.y - 1);

	if (y > area.y) {
		if (row < m->figures.n[t->kind])
			model_move_table(m, (int)row - (int)m->table_cursor,
			    m->figures.n[t->kind]);
		return VIEW_REDRAW;
	}
	column_layout(t->columns, t->n, 0, area.w - TABLE_MARK - 1, TABLE_GAP,
	    widths);
	column = column_at(t->columns, t->n, widths, TABLE_GAP,
	    x - area.x - TABLE_MARK);
	if (column < 0 || t->columns[column].sort == 0)
		return VIEW_NOTHING;
	model_sort_table(m, t->kind,
	    (enum figures_sort)t->columns[column].sort);
	return VIEW_REDRAW;
}

/* The three differ in their table alone. */
#define TABLE_VIEW(which, title)                                           \
	static int which##__lines(const struct model *m,                   \
	    const struct screen *s, int width)                             \
	{                                                                  \
		(void)s;                                                   \
		(void)width;                                               \
		return table__lines(m, &table_##which);                    \
	}                                                                  \
	static void which##__fit(struct model *m, const struct screen *s,  \
	    struct rect area)                                              \
	{                                                                  \
		(void)s;                                                   \
		model_fit_table(m, m->figures.n[table_##which.kind],       \
		    table__room(m, &table_##which, area));                 \
	}                                                                  \
	static void which##__draw(const struct model *m, struct screen *s, \
	    struct rect area)                                              \
	{                                                                  \
		table__draw(m, &table_##which, s, area);                   \
	}                                                                  \
	static unsigned which##__key(struct model *m, enum keys_id key)    \
	{                                                                  \
		return table__key(m, &table_##which, key);                 \
	}                                                                  \
	static unsigned which##__click(struct model *m,                    \
	    const struct screen *s, struct rect area, int x, int y)        \
	{                                                                  \
		(void)s;                                                   \
		return table__click(m, &table_##which, area, x, y);        \
	}                                                                  \
	const struct view_ops view_##which = {                             \
		.name = (title),                                           \
		.figures = true,                                           \
		.lines = which##__lines,                                   \
		.fit = which##__fit,                                       \
		.draw = which##__draw,                                     \
		.key = which##__key,                                       \
		.click = which##__click,                                   \
	}

TABLE_VIEW(stages, "Stages");
TABLE_VIEW(errors, "Errors");
TABLE_VIEW(helper, "Helper");
