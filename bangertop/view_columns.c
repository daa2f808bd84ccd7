/* SPDX-License-Identifier: ISC */
/* Which columns the lists of operations have. */
#include "view.h"

#include <stdio.h>

#include "flight_columns.h"

static int
columns__lines(const struct model *m, const struct screen *s, int width)
{
	(void)m;
	(void)s;
	(void)width;
	return 1 + FLIGHT_CHOICES;
}

static void
columns__fit(struct model *m, const struct screen *s, struct rect area)
{
	(void)s;
	model_fit_table(m, FLIGHT_CHOICES, area.h > 1 ? (size_t)area.h - 1 : 0);
}

static void
columns__draw(const struct model *m, struct screen *s, struct rect area)
{
	char text[96];
	int y = area.y;

	draw_text(s, area.x + 1, y++, area.w - 2,
	    "COLUMNS (Enter: in or out, Esc: back, S: save)", DRAW_LEFT,
	    THEME_HEADING);
	for (size_t i = m->table_top; i < FLIGHT_CHOICES && y < area.y + area.h;
	     i++) {
		const struct flight_choice *c = &flight_choices[i];
		bool is_selected = i == m->table_cursor;

		snprintf(text, sizeof(text), "%c [%c] %-9s %s",
		    is_selected ? '>' : ' ', (m->hidden & c->id) ? ' ' : 'x',
		    c->name, c->about);
		draw_text(s, area.x, y++, area.w, text, DRAW_LEFT,
		    is_selected ? THEME_PLAIN | THEME_SELECTED : THEME_PLAIN);
	}
}

static unsigned
columns__key(struct model *m, enum keys_id key)
{
	switch (key) {
	case KEYS_DOWN:
		model_move_table(m, 1, FLIGHT_CHOICES);
		break;
	case KEYS_UP:
		model_move_table(m, -1, FLIGHT_CHOICES);
		break;
	case KEYS_PAGE_DOWN:
	case KEYS_LAST:
		model_move_table(m, FLIGHT_CHOICES, FLIGHT_CHOICES);
		break;
	case KEYS_PAGE_UP:
	case KEYS_FIRST:
		model_move_table(m, -FLIGHT_CHOICES, FLIGHT_CHOICES);
		break;
	case KEYS_OPEN:
	case KEYS_PAUSE:
		model_hide(m, flight_choices[m->table_cursor].id);
		break;
	case KEYS_BACK:
	case KEYS_COLUMNS:
		return VIEW_BACK;
	default:
		return VIEW_NOTHING;
	}
	return VIEW_REDRAW;
}

static unsigned
columns__click(struct model *m, const struct screen *s, struct rect area, int x,
    int y)
{
	size_t at = m->table_top + (size_t)(y - area.y - 1);

	(void)s;
	(void)x;
	if (y == area.y || at >= FLIGHT_CHOICES)
		return VIEW_NOTHING;
	model_move_table(m, (int)at - (int)m->table_cursor, FLIGHT_CHOICES);
	return columns__key(m, KEYS_OPEN);
}

const struct view_ops view_columns = {
	.lines = columns__lines,
	.fit = columns__fit,
	.draw = columns__draw,
	.key = columns__key,
	.click = columns__click,
};
