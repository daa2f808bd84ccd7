/* SPDX-License-Identifier: ISC */
#include "model.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "model_int.h"

struct model *
model_new(void)
{
	struct model *m = xcalloc(1, sizeof(*m));

	m->acked = map_new(NULL);
	return m;
}

static void
model__drop_rows(struct model *m)
{
	for (size_t i = 0; i < m->n_rows; i++)
		row_done(&m->rows[i]);
	free(m->rows);
	m->rows = NULL;
	m->n_rows = m->n_flight = 0;
}

struct model *
model_free(struct model *m)
{
	if (m == NULL)
		return NULL;
	model__drop_rows(m);
	op_free(m->open);
	map_free(m->acked);
	free(m);
	return NULL;
}

bool
model_is_failure(enum op_status status)
{
	return status == OP_FAILED || status == OP_INTERRUPTED ||
	    status == OP_LOST;
}

/* ---- the picture ----------------------------------------------------------
 */

static void
model__row(struct model *m, struct model_row *row, const struct op *op,
    enum model_section section)
{
	row_init(row, op, m->now_ns);
	row->section = section;
	row->pinned = model_is_failure(op->status) &&
	    map_find(m->acked, op->id.text) == NULL;
}

static bool
model__is_shown(const struct model *m, const struct op *op)
{
	if (op->reads)
		return false;
	if (model_is_failure(op->status) &&
	    map_find(m->acked, op->id.text) == NULL)
		return true;
	return clock_diff(m->now_ns, row_end(op)) < MODEL_LINGER_NS;
}

static void
model__count_ended(struct model_counts *c, const struct op *op)
{
	if (op->reads)
		return;
	if (op->status == OP_COMPLETED)
		c->completed++;
	else if (op->status == OP_CANCELED)
		c->canceled++;
	else
		c->failed++;
}

/* Counts all, and lays the rows out anew unless they are to hold still. */
static void
model__lay_out(struct model *m, struct opset *set, bool held)
{
	const struct op *const *ops;
	size_t n;

	n = opset_in_flight(set, &ops);
	m->counts = (struct model_counts){ .in_flight = n };
	if (!held) {
		model__drop_rows(m);
		m->rows = xcalloc(opset_len(set) + 1, sizeof(*m->rows));
		for (size_t i = 0; i < n; i++)
			model__row(m, &m->rows[m->n_rows++], ops[i],
			    MODEL_FLIGHT);
		m->n_flight = n;
	}
	n = opset_ended(set, &ops);
	for (size_t i = 0; i < n; i++) {
		model__count_ended(&m->counts, ops[i]);
		if (!held && model__is_shown(m, ops[i]))
			model__row(m, &m->rows[m->n_rows++], ops[i],
			    MODEL_ENDED);
	}
	m->counts.evicted = opset_evicted(set);
}

/* Says anew what the rows say, each in its place. */
static void
model__refresh(struct model *m, struct opset *set)
{
	for (size_t i = 0; i < m->n_rows; i++) {
		struct model_row *row = &m->rows[i];
		const struct op *op = opset_find(set, &row->id);
		enum model_section section = row->section;

		if (op == NULL)
			continue;
		row_done(row);
		model__row(m, row, op, section);
	}
}

/* Where the selected operation is now; what came in its place if it went. */
static void
model__find_selected(struct model *m)
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
	m->cursor = m->cursor < m->n_rows ? m->cursor : m->n_rows - 1;
	m->selected = m->rows[m->cursor].id;
}

void
model_update(struct model *m, struct opset *set, const struct model_feed *feed,
    int64_t now_ns)
{
	const struct op *op;
	bool held;

	if (m->paused)
		return;
	m->now_ns = now_ns;
	m->feed = *feed;
	held = m->n_rows > 0 && m->key_ns != 0 && now_ns >= m->key_ns &&
	    clock_diff(now_ns, m->key_ns) < MODEL_HOLD_NS;
	model__lay_out(m, set, held);
	if (held)
		model__refresh(m, set);
	model__find_selected(m);
	op = m->open != NULL ? opset_find(set, &m->open->id) : NULL;
	if (op != NULL) {
		op_free(m->open);
		m->open = op_copy(op);
	}
}

void
model_changed(struct model *m)
{
	if (m->paused)
		m->waiting++;
}

/* ---- keys -----------------------------------------------------------------
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

/* ---- looking at one -------------------------------------------------------
 */

bool
model_open(struct model *m, struct opset *set)
{
	const struct op *op;

	if (!opid_is_set(&m->selected))
		model__select(m, 0);
	op = opset_find(set, &m->selected);
	if (op == NULL)
		return false;
	op_free(m->open);
	m->open = op_copy(op);
	m->open_top = 0;
	m->open_end = true;
	return true;
}

void
model_close(struct model *m)
{
	op_free(m->open);
	m->open = NULL;
}

void
model_fit_open(struct model *m, size_t n, size_t h)
{
	size_t last = n > h ? n - h : 0;

	if (m->open_end || m->open_top > last)
		m->open_top = last;
	m->open_end = m->open_top == last;
}

void
model_scroll_open(struct model *m, int by)
{
	size_t back = by < 0 ? (size_t)-by : 0;

	/* Too far down is put right by the next fit. */
	if (by > 0)
		m->open_top += (size_t)by;
	else
		m->open_top = m->open_top > back ? m->open_top - back : 0;
	m->open_end = false;
}

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
