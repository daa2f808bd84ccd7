/* SPDX-License-Identifier: ISC */
/* Which operations have a row, and what is counted of the others. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "model_int.h"

/* What the picture is made from. */
struct model_sources {
	struct opset *set;
	struct stats *stats;
};

static bool
model__is_pinned(const struct model *m, const struct op *op)
{
	return model_is_failure(op->status) &&
	    map_find(m->acked, op->id.text) == NULL;
}

static void
model__row(struct model *m, struct model_row *row, const struct op *op,
    enum model_section section, struct stats *stats)
{
	row_init(row, op, m->now_ns);
	row->section = section;
	row->pinned = model__is_pinned(m, op);
	judge_row(row, stats);
}

static bool
model__is_shown(const struct model *m, const struct op *op)
{
	if (op->reads)
		return false;
	if (model__is_pinned(m, op))
		return true;
	return clock_diff(m->now_ns, row_end(op)) < MODEL_LINGER_NS;
}

static void
model__count_ended(struct model_counts *c, enum op_status status, uint64_t n)
{
	if (status == OP_COMPLETED)
		c->completed += n;
	else if (status == OP_CANCELED)
		c->canceled += n;
	else
		c->failed += n;
}

/* Adds the operation's row unless the filter leaves it out. */
static void
model__add(struct model *m, const struct model_sources *from,
    const struct op *op, enum model_section section)
{
	if (m->filter != NULL && !filter_match(m->filter, op, m->now_ns)) {
		m->counts.hidden++;
		return;
	}
	model__row(m, &m->rows[m->n_rows++], op, section, from->stats);
}

/* ---- rows that stay as they are -------------------------------------------
 */

/* The rows of the picture before, of which those that ended may be kept. */
struct model_before {
	struct model_row *rows;
	size_t n, at;
};

/* Turns to the rows' other half of memory, with room for so many. */
static struct model_before
model__begin_rows(struct model *m, size_t room)
{
	struct model_before before = { m->rows, m->n_rows, m->n_rows };
	struct model_row *rows = m->spare;
	size_t rows_room = m->spare_room;

	if (rows_room < room) {
		free(rows);
		rows_room = room + room / 4;
		rows = xcalloc(rows_room, sizeof(*rows));
	}
	m->spare = m->rows;
	m->spare_room = m->rows_room;
	m->rows = rows;
	m->rows_room = rows_room;
	if (m->listed && m->filter == NULL)
		before.at = m->n_flight;
	m->n_rows = m->n_flight = 0;
	return before;
}

/* The row's place in the set's list of the ended is before the operation's. */
static bool
model__is_before(const struct model_row *row, const struct op *op)
{
	if (row->last_ns != op->last_ns)
		return row->last_ns > op->last_ns;
	return strcmp(row->id.text, op->id.text) < 0;
}

/*
 * Takes over the row that an ended operation had, where nothing is new of it.
 * Both lists have the newest first, so this goes through them but once.
 */
static bool
model__keep(struct model *m, struct model_before *before, const struct op *op)
{
	struct model_row *old, *row;

	while (before->at < before->n &&
	    model__is_before(&before->rows[before->at], op))
		before->at++;
	old = &before->rows[before->at];
	if (before->at == before->n || !opid_eq(&old->id, &op->id) ||
	    old->records != op->records || old->status != op->status)
		return false;
	row = &m->rows[m->n_rows++];
	*row = *old;
	old->mem = NULL;
	row->pinned = model__is_pinned(m, op);
	row_age(row, op, m->now_ns);
	return true;
}

void
model_drop_rows(struct model *m)
{
	for (size_t i = 0; i < m->n_rows; i++)
		row_done(&m->rows[i]);
	free(m->rows);
	free(m->spare);
	m->rows = m->spare = NULL;
	m->n_rows = m->n_flight = m->rows_room = m->spare_room = 0;
}

/* ---- the picture ----------------------------------------------------------
 */

static void
model__lay_out_ended(struct model *m, const struct model_sources *from,
    struct model_before *before, bool held)
{
	const struct op *const *ops;
	size_t n = opset_ended(from->set, &ops);

	for (size_t i = 0; i < n; i++) {
		if (!ops[i]->reads)
			model__count_ended(&m->counts, ops[i]->status, 1);
		if (!held && model__is_shown(m, ops[i]) &&
		    !model__keep(m, before, ops[i]))
			model__add(m, from, ops[i], MODEL_ENDED);
	}
}

/* Says anew what the rows say, each in its place. */
static void
model__refresh(struct model *m, const struct model_sources *from)
{
	for (size_t i = 0; i < m->n_rows; i++) {
		struct model_row *row = &m->rows[i];
		const struct op *op = opset_find(from->set, &row->id);
		enum model_section section = row->section;

		if (op == NULL)
			continue;
		row_done(row);
		model__row(m, row, op, section, from->stats);
	}
}

void
model_lay_out(struct model *m, struct opset *set, struct stats *stats,
    bool held)
{
	struct model_sources from = { set, stats };
	struct model_before before = { 0 };
	uint64_t hidden = m->counts.hidden;
	const struct op *const *ops;
	size_t n;

	n = opset_in_flight(set, &ops);
	m->counts = (struct model_counts){ .in_flight = n };
	for (int i = OP_COMPLETED; i < OP_STATUS_MAX; i++)
		model__count_ended(&m->counts, (enum op_status)i,
		    m->feed.gone[i]);
	if (held) {
		m->counts.hidden = hidden;
	} else {
		before = model__begin_rows(m, opset_len(set) + 1);
		for (size_t i = 0; i < n; i++)
			model__add(m, &from, ops[i], MODEL_FLIGHT);
		m->n_flight = m->n_rows;
	}
	model__lay_out_ended(m, &from, &before, held);
	m->counts.evicted = opset_evicted(set);
	for (size_t i = 0; i < before.n; i++)
		row_done(&before.rows[i]);
	if (held) {
		model__refresh(m, &from);
		m->listed = false; /* some have new lines in an old place */
	} else {
		model_sort_rows(m);
	}
}
