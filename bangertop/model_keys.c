/* SPDX-License-Identifier: ISC */
/* What keys do to the picture: selection, scrolling, pausing, opening. */
#include "model.h"

#include <string.h>

#include "base/map.h"
#include "model_int.h"

/* ---- the selection
 * -----------------------------------------------------------------
 */

void
model_touch(struct model *m, int64_t now_ns)
{
	m->key_ns = now_ns;
}

static void
model__select(struct model *m, size_t row)
{
	if (m->n_rows == 0)
		return;
	m->cursor = row < m->n_rows ? row : m->n_rows - 1;
	m->selected = m->rows[m->cursor].id;
}

/* Where the selected operation is now; what came in its place if it went. */
void
model_find_selected(struct model *m)
{
	if (!opid_is_set(&m->selected))
		return;
	for (size_t i = 0; i < m->n_rows; i++) {
		if (opid_eq(&m->rows[i].id, &m->selected)) {
			m->cursor = i;
			return;
		}
	}
	if (m->n_rows == 0) {
		model_select_none(m);
		return;
	}
	model__select(m, m->cursor);
}

void
model_select(struct model *m, const struct opid *id)
{
	for (size_t i = 0; i < m->n_rows; i++)
		if (opid_eq(&m->rows[i].id, id))
			model__select(m, i);
}

void
model_move(struct model *m, int by)
{
	size_t back = by < 0 ? (size_t)-by : 0;

	if (!opid_is_set(&m->selected))
		model__select(m, by > 0 ? 0 : SIZE_MAX);
	else if (by > 0)
		model__select(m, m->cursor + (size_t)by);
	else
		model__select(m, m->cursor > back ? m->cursor - back : 0);
}

void
model_move_first(struct model *m)
{
	model__select(m, 0);
}

void
model_move_last(struct model *m)
{
	model__select(m, SIZE_MAX);
}

void
model_select_none(struct model *m)
{
	m->selected.text[0] = '\0';
	m->cursor = 0;
}

const struct model_row *
model_selected(const struct model *m)
{
	return opid_is_set(&m->selected) ? &m->rows[m->cursor] : NULL;
}

void
model_hide(struct model *m, unsigned column)
{
	m->hidden ^= column;
}

void
model_tree(struct model *m)
{
	m->tree = !m->tree;
	m->anew = true;
	model_sort_rows(m); /* a paused picture, too */
	model_head_rows(m);
	model_find_selected(m);
}

void
model_pause(struct model *m, bool paused)
{
	m->paused = paused;
	m->waiting = 0;
	m->key_ns = 0;
}

static void
model__ack(struct model *m, struct model_row *row)
{
	if (!row->pinned)
		return;
	map_put(m->acked, row->id.text, m);
	row->pinned = false;
}

void
model_ack(struct model *m)
{
	if (opid_is_set(&m->selected))
		model__ack(m, &m->rows[m->cursor]);
}

void
model_ack_all(struct model *m)
{
	for (size_t i = 0; i < m->n_rows; i++)
		model__ack(m, &m->rows[i]);
}

/* ---- scrolling --------------------------------------------------------
 */

void
model_fit_section(struct model *m, enum model_section section, size_t h)
{
	size_t first = section == MODEL_FLIGHT ? 0 : m->n_flight;
	size_t n = section == MODEL_FLIGHT ? m->n_flight
					   : m->n_rows - m->n_flight;
	size_t *top = &m->top[section], at;

	if (opid_is_set(&m->selected) && m->cursor >= first &&
	    m->cursor < first + n && h > 0) {
		at = m->cursor - first;
		if (at < *top)
			*top = at;
		else if (at >= *top + h)
			*top = at - h + 1;
	}
	if (n <= h)
		*top = 0;
	else if (*top > n - h)
		*top = n - h;
}

/* ---- a table --------------------------------------------------------------
 */

void
model_move_table(struct model *m, int by, size_t n)
{
	size_t back = by < 0 ? (size_t) - (int64_t)by : 0;

	if (by > 0)
		m->table_cursor += (size_t)by;
	else
		m->table_cursor -= back < m->table_cursor ? back
							  : m->table_cursor;
	if (m->table_cursor >= n)
		m->table_cursor = n > 0 ? n - 1 : 0;
}

void
model_fit_table(struct model *m, size_t n, size_t h)
{
	model_move_table(m, 0, n);
	if (m->table_cursor < m->table_top)
		m->table_top = m->table_cursor;
	if (h > 0 && m->table_cursor >= m->table_top + h)
		m->table_top = m->table_cursor - h + 1;
	if (n <= h)
		m->table_top = 0;
	else if (m->table_top > n - h)
		m->table_top = n - h;
}

void
model_sort_table(struct model *m, enum stats_kind kind, enum figures_sort by)
{
	m->table_invert[kind] = m->table_by[kind] == by &&
	    !m->table_invert[kind];
	m->table_by[kind] = by;
	figures_sort(&m->figures, kind, by, m->table_invert[kind]);
}
