/* SPDX-License-Identifier: ISC */
/* The list: operations in flight, and below them those that just ended. */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "flight_columns.h"
#include "waterfall.h"

#define FLIGHT_MARK 2 /* cells before the first column: selected, pinned */
#define FLIGHT_WIDE 100
#define FLIGHT_PAGE 10

/* ---- panes ----------------------------------------------------------------
 */

/* What is drawn, and where each column stands. */
struct flight_pane {
	const struct model_row *rows;
	size_t n, top;
	const struct column *columns;
	size_t n_columns;
	int widths[FLIGHT_COLUMNS], gap;
	const char *none; /* said when it is empty */
};

_Static_assert(FLIGHT_ENDED_COLUMNS <= FLIGHT_COLUMNS, "widths fit both");

/*
 * Gives the first columns of the ended the widths that they have above, where
 * the others fit beside that.
 */
static void
flight__align(struct flight_pane *p, unsigned hidden, int room)
{
	int above[FLIGHT_COLUMNS], sum = 0;

	column_layout(flight_columns, FLIGHT_COLUMNS, hidden, room, p->gap,
	    above);
	for (size_t i = 0; i < p->n_columns; i++) {
		if (i < FLIGHT_SHARED && (above[i] == 0) != (p->widths[i] == 0))
			return;
		if (p->widths[i] > 0)
			sum += p->gap +
			    (i < FLIGHT_SHARED ? above[i] : p->widths[i]);
	}
	if (sum - p->gap > room)
		return;
	memcpy(p->widths, above, FLIGHT_SHARED * sizeof(above[0]));
}

static struct flight_pane
flight__pane(const struct model *m, enum model_section section, int w)
{
	struct flight_pane p = { 0 };
	/* A tree names the VM above its rows. */
	unsigned hidden = m->hidden | (m->tree ? MODEL_COLUMN_VM : 0);
	int room = w - FLIGHT_MARK - 1;

	p.top = m->top[section];
	p.gap = w >= FLIGHT_WIDE ? 2 : 1;
	if (section == MODEL_FLIGHT) {
		p.rows = m->rows;
		p.n = m->n_flight;
		p.columns = flight_columns;
		p.n_columns = FLIGHT_COLUMNS;
		p.none = m->filter != NULL
		    ? "nothing in flight matches the filter"
		    : "nothing is in flight";
	} else {
		p.rows = m->n_rows > 0 ? m->rows + m->n_flight : NULL;
		p.n = m->n_rows - m->n_flight;
		p.columns = flight_ended_columns;
		p.n_columns = FLIGHT_ENDED_COLUMNS;
	}
	column_layout(p.columns, p.n_columns, hidden, room, p.gap, p.widths);
	if (section == MODEL_ENDED)
		flight__align(&p, hidden, room);
	return p;
}

/* The row's operation where its stages stand below it, or NULL. */
static const struct op *
flight__unfolded(const struct model *m, const struct model_row *row)
{
	return m->tree && m->peek != NULL && row == model_selected(m) &&
		opid_eq(&m->peek->id, &row->id)
	    ? m->peek
	    : NULL;
}

/* The row's own: a failure has one for its text. */
static int
flight__own_lines(const struct model_row *row)
{
	return row->section == MODEL_ENDED && row->error != NULL ? 2 : 1;
}

/* All lines of the row: its VM's, its own, its stages'. */
static int
flight__row_lines(const struct model *m, const struct model_row *row)
{
	const struct op *op = flight__unfolded(m, row);
	_cleanup_waterfall_ struct waterfall below = { 0 };

	if (op != NULL)
		waterfall_lines(op, &below);
	return row->heads + flight__own_lines(row) + (int)below.n;
}

/* Lines of all rows of a pane, and its titles. */
static int
flight__pane_lines(const struct model *m, enum model_section section)
{
	struct flight_pane p = flight__pane(m, section, FLIGHT_WIDE);
	int lines = 1;

	for (size_t i = 0; i < p.n; i++)
		lines += flight__row_lines(m, &p.rows[i]);
	if (section == MODEL_FLIGHT)
		return p.n == 0 ? 2 : lines;
	return p.n == 0 ? 0 : lines;
}

/*
 * Shares the lines out: each pane has what it needs while that fits with a
 * line between them, else the ended have at least a third.
 */
static void
flight__split(const struct model *m, struct rect area, struct rect ret[2])
{
	int want[] = { flight__pane_lines(m, MODEL_FLIGHT),
		flight__pane_lines(m, MODEL_ENDED) };
	int gap = want[1] > 0 && want[0] + want[1] < area.h;
	int room = area.h - gap, ended = want[1];

	if (want[0] + ended > room) {
		ended = room - want[0];
		if (ended < room / 3)
			ended = want[1] < room / 3 ? want[1] : room / 3;
	}
	ret[MODEL_FLIGHT] = ret[MODEL_ENDED] = area;
	ret[MODEL_FLIGHT].h = want[0] < room - ended ? want[0] : room - ended;
	ret[MODEL_ENDED].y += ret[MODEL_FLIGHT].h + gap;
	ret[MODEL_ENDED].h = ended;
}

/*
 * How many rows from the pane's top on fit below its titles; the last line is
 * kept for saying that there are more when they do not all fit.
 */
static size_t
flight__fitting(const struct model *m, const struct flight_pane *p, int h)
{
	int lines = 0, room = h - 1;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		lines += flight__row_lines(m, &p->rows[i]);
	if (lines > room && room > 1)
		room--;
	for (lines = 0; p->top + n < p->n; n++) {
		lines += flight__row_lines(m, &p->rows[p->top + n]);
		if (lines > room)
			break;
	}
	/* One that is too high for the pane is shown in part. */
	return n == 0 && p->top < p->n && room > 0 ? 1 : n;
}

/* Its stages and their calls, down to bottom. */
static void
flight__draw_below(const struct model *m, const struct op *op, struct screen *s,
    struct rect area, int y, int bottom)
{
	_cleanup_waterfall_ struct waterfall below = { 0 };
	struct waterfall_layout l = waterfall_layout(area.w - 2 * FLIGHT_MARK,
	    op_elapsed(op, m->now_ns));

	waterfall_lines(op, &below);
	for (size_t i = 0; i < below.n && y < bottom; i++)
		waterfall_draw(&l, op, &below.at[i], s,
		    area.x + 2 * FLIGHT_MARK, y++);
}

/* Draws one row from y on; bottom is the first line that is not its pane's. */
static void
flight__draw_row(const struct model *m, const struct flight_pane *p,
    const struct model_row *row, struct screen *s, struct rect area, int y,
    int bottom)
{
	bool is_selected = row == model_selected(m);
	unsigned selected = is_selected ? THEME_SELECTED : 0;
	const struct op *op = flight__unfolded(m, row);
	int x = area.x + FLIGHT_MARK;

	if (row->heads)
		draw_log(s, area.x + 1, y++, area.w - 2, model_row_vm(row),
		    DRAW_LEFT, THEME_NAME);
	if (y >= bottom)
		return;
	draw_text(s, area.x, y, area.w, "", DRAW_LEFT, selected);
	if (is_selected)
		draw_text(s, area.x, y, 1, ">", DRAW_LEFT, selected);
	if (row->pinned)
		draw_text(s, area.x + 1, y, 1, "!", DRAW_LEFT,
		    THEME_BAD | selected);
	column_cells(p->columns, p->n_columns, p->widths, p->gap, row, s, x, y,
	    selected);
	if (flight__own_lines(row) > 1 && y + 1 < bottom)
		draw_log(s, area.x + FLIGHT_MARK + 2, y + 1,
		    area.w - FLIGHT_MARK - 3, row->error, DRAW_LEFT,
		    row->pinned ? THEME_BAD : THEME_DIM);
	if (op != NULL)
		flight__draw_below(m, op, s, area, y + flight__own_lines(row),
		    bottom);
}

static void
flight__draw_pane(const struct model *m, const struct flight_pane *p,
    struct screen *s, struct rect area)
{
	int y = area.y + 1, bottom = area.y + area.h;
	size_t n = flight__fitting(m, p, area.h);
	char more[96];

	if (area.h < 1)
		return;
	column_titles(p->columns, p->n_columns, p->widths, p->gap, m->sort, s,
	    area.x + FLIGHT_MARK, area.y);
	if (p->n == 0 && p->none != NULL && y < bottom)
		draw_text(s, area.x + FLIGHT_MARK, y, area.w - FLIGHT_MARK,
		    p->none, DRAW_LEFT, THEME_DIM);
	for (size_t i = p->top; i < p->top + n && y < bottom; i++) {
		const struct model_row *row = &p->rows[i];

		flight__draw_row(m, p, row, s, area, y, bottom);
		y += flight__row_lines(m, row);
	}
	if (n == p->n || y >= bottom)
		return;
	snprintf(more, sizeof(more), "%zu to %zu of %zu", p->top + 1,
	    p->top + n, p->n);
	draw_text(s, area.x + FLIGHT_MARK, bottom - 1, area.w - FLIGHT_MARK,
	    more, DRAW_LEFT, THEME_DIM);
}

/* ---- as a view ------------------------------------------------------------
 */

static int
flight__lines(const struct model *m, const struct screen *s, int width)
{
	int ended = flight__pane_lines(m, MODEL_ENDED);

	(void)s;
	(void)width;
	return flight__pane_lines(m, MODEL_FLIGHT) +
	    (ended > 0 ? ended + 1 : 0);
}

static void
flight__fit(struct model *m, const struct screen *s, struct rect area)
{
	struct flight_pane p;
	struct rect panes[2];

	(void)s;
	flight__split(m, area, panes);
	for (int i = 0; i < MODEL_SECTION_MAX; i++) {
		/* Rows differ in height: the last in view may need a step. */
		for (size_t turn = 0; turn < 8; turn++) {
			size_t top = m->top[i];

			p = flight__pane(m, (enum model_section)i, area.w);
			model_fit_section(m, (enum model_section)i,
			    flight__fitting(m, &p, panes[i].h));
			if (m->top[i] == top)
				break;
		}
	}
}

static void
flight__draw(const struct model *m, struct screen *s, struct rect area)
{
	struct flight_pane p;
	struct rect panes[2];

	flight__split(m, area, panes);
	for (int i = 0; i < MODEL_SECTION_MAX; i++) {
		p = flight__pane(m, (enum model_section)i, area.w);
		flight__draw_pane(m, &p, s, panes[i]);
	}
}

static unsigned
flight__key(struct model *m, enum keys_id key)
{
	switch (key) {
	case KEYS_DOWN:
		model_move(m, 1);
		break;
	case KEYS_UP:
		model_move(m, -1);
		break;
	case KEYS_PAGE_DOWN:
		model_move(m, FLIGHT_PAGE);
		break;
	case KEYS_PAGE_UP:
		model_move(m, -FLIGHT_PAGE);
		break;
	case KEYS_FIRST:
		model_move_first(m);
		break;
	case KEYS_LAST:
		model_move_last(m);
		break;
	case KEYS_BACK:
		model_select_none(m);
		break;
	case KEYS_ACK:
		model_ack(m);
		break;
	case KEYS_ACK_ALL:
		model_ack_all(m);
		break;
	case KEYS_SORT_NEXT:
		model_sort_next(m, 1);
		return VIEW_ANEW;
	case KEYS_SORT_BACK:
		model_sort_next(m, -1);
		return VIEW_ANEW;
	case KEYS_INVERT:
		model_sort_invert(m);
		return VIEW_ANEW;
	case KEYS_TREE:
		model_tree(m);
		return VIEW_ANEW;
	case KEYS_OPEN:
		return VIEW_OPEN;
	default:
		return VIEW_NOTHING;
	}
	return VIEW_REDRAW;
}

/* A title sorts by its column, or the other way round; a row is selected. */
static unsigned
flight__click(struct model *m, const struct screen *s, struct rect area, int x,
    int y)
{
	struct rect panes[2];
	struct flight_pane p;
	int i = 0, at, column;

	(void)s;
	flight__split(m, area, panes);
	if (panes[1].h > 0 && y >= panes[1].y)
		i = 1;
	p = flight__pane(m, (enum model_section)i, area.w);
	at = panes[i].y;
	if (y == at) {
		column = column_at(p.columns, p.n_columns, p.widths, p.gap,
		    x - area.x - FLIGHT_MARK);
		if (column < 0)
			return VIEW_NOTHING;
		model_sort_by(m, (enum model_sort)p.columns[column].sort);
		return VIEW_ANEW;
	}
	at++;
	for (size_t r = p.top; r < p.n && at < panes[i].y + panes[i].h; r++) {
		at += flight__row_lines(m, &p.rows[r]);
		if (y >= at)
			continue;
		if (&p.rows[r] == model_selected(m))
			return VIEW_OPEN;
		model_select(m, &p.rows[r].id);
		return VIEW_REDRAW;
	}
	return VIEW_NOTHING;
}

const struct view_ops view_flight = {
	.name = "Operations",
	.lines = flight__lines,
	.fit = flight__fit,
	.draw = flight__draw,
	.key = flight__key,
	.click = flight__click,
};
