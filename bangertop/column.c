/* SPDX-License-Identifier: ISC */
#include "column.h"

#include "base/buf.h"

#include "draw.h"

/* The width of all that are shown, and the gaps between them. */
static int
column__sum(size_t n, int gap, const int *widths)
{
	int sum = 0, shown = 0;

	for (size_t i = 0; i < n; i++) {
		sum += widths[i];
		shown += widths[i] > 0;
	}
	return shown > 0 ? sum + (shown - 1) * gap : 0;
}

/* Hides the one of the highest rank; false when none may go. */
static bool
column__drop(const struct column *columns, size_t n, bool rich, int *widths)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++)
		if (widths[i] > 0 && columns[i].rank > 0 &&
		    (!rich || columns[i].rich) &&
		    (best == n || columns[i].rank > columns[best].rank))
			best = i;
	if (best == n)
		return false;
	widths[best] = 0;
	return true;
}

/* Makes the widest that may be narrower narrower; false when none may. */
static bool
column__shrink(const struct column *columns, size_t n, int *widths)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++)
		if (widths[i] > columns[i].min &&
		    (best == n || widths[i] > widths[best]))
			best = i;
	if (best == n)
		return false;
	widths[best]--;
	return true;
}

/* As column__shrink, the other way round. */
static bool
column__grow(const struct column *columns, size_t n, int *widths)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++)
		if (widths[i] > 0 && widths[i] < columns[i].max &&
		    (best == n || widths[i] < widths[best]))
			best = i;
	if (best == n)
		return false;
	widths[best]++;
	return true;
}

void
column_layout(const struct column *columns, size_t n, unsigned hidden,
    int width, int gap, int *widths)
{
	for (size_t i = 0; i < n; i++)
		widths[i] = (columns[i].id & hidden) != 0 ? 0 : columns[i].want;
	while (column__sum(n, gap, widths) > width &&
	    column__drop(columns, n, true, widths))
		;
	while (column__sum(n, gap, widths) > width)
		if (!column__shrink(columns, n, widths) &&
		    !column__drop(columns, n, false, widths))
			break;
	while (column__sum(n, gap, widths) < width &&
	    column__grow(columns, n, widths))
		;
}

int
column_at(const struct column *columns, size_t n, const int *widths, int gap,
    int x)
{
	(void)columns;
	for (size_t i = 0; i < n; i++) {
		if (widths[i] == 0)
			continue;
		if (x >= 0 && x < widths[i])
			return (int)i;
		x -= widths[i] + gap;
	}
	return -1;
}

void
column_titles(const struct column *columns, size_t n, const int *widths,
    int gap, int sort, struct screen *s, int x, int y)
{
	for (size_t i = 0; i < n; i++) {
		if (widths[i] == 0)
			continue;
		draw_text(s, x, y, widths[i], columns[i].title,
		    columns[i].right ? DRAW_RIGHT : DRAW_LEFT,
		    sort != 0 && columns[i].sort == sort ? THEME_SORTED
							 : THEME_HEADING);
		x += widths[i] + gap;
	}
}

static void
column__cell(const struct column *c, const void *row, struct screen *s, int x,
    int y, int w, unsigned selected)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	unsigned role = c->role != NULL ? c->role(row) : THEME_PLAIN;

	if (c->draw != NULL)
		c->draw(row, s, x, y, w, selected);
	else
		draw_log(s, x, y, w, c->text(row, &out),
		    c->right ? DRAW_RIGHT : DRAW_LEFT, role | selected);
}

void
column_cells(const struct column *columns, size_t n, const int *widths, int gap,
    const void *row, struct screen *s, int x, int y, unsigned selected)
{
	for (size_t i = 0; i < n; i++) {
		if (widths[i] == 0)
			continue;
		column__cell(&columns[i], row, s, x, y, widths[i], selected);
		x += widths[i] + gap;
	}
}
