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
	op_free(m->peek);
	buf_done(&m->open_lines);
	buf_done(&m->console);
	map_free(m->acked);
	filter_free(m->filter);
	free(m->filter_text);
	free(m->search);
	figures_done(&m->figures);
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

/* What the picture is made from. */
struct model_sources {
	struct opset *set;
	struct stats *stats;
};

static void
model__row(struct model *m, struct model_row *row, const struct op *op,
    enum model_section section, struct stats *stats)
{
	row_init(row, op, m->now_ns);
	row->section = section;
	row->pinned = model_is_failure(op->status) &&
	    map_find(m->acked, op->id.text) == NULL;
	judge_row(row, stats);
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

/* Counts all, and lays the rows out anew unless they are to hold still. */
static void
model__lay_out(struct model *m, const struct model_sources *from, bool held)
{
	uint64_t hidden = m->counts.hidden;
	const struct op *const *ops;
	size_t n;

	n = opset_in_flight(from->set, &ops);
	m->counts = (struct model_counts){ .in_flight = n };
	for (int i = OP_COMPLETED; i < OP_STATUS_MAX; i++)
		model__count_ended(&m->counts, (enum op_status)i,
		    m->feed.gone[i]);
	if (held) {
		m->counts.hidden = hidden;
	} else {
		model__drop_rows(m);
		m->rows = xcalloc(opset_len(from->set) + 1, sizeof(*m->rows));
		for (size_t i = 0; i < n; i++)
			model__add(m, from, ops[i], MODEL_FLIGHT);
		m->n_flight = m->n_rows;
	}
	n = opset_ended(from->set, &ops);
	for (size_t i = 0; i < n; i++) {
		if (!ops[i]->reads)
			model__count_ended(&m->counts, ops[i]->status, 1);
		if (!held && model__is_shown(m, ops[i]))
			model__add(m, from, ops[i], MODEL_ENDED);
	}
	m->counts.evicted = opset_evicted(from->set);
	if (!held)
		model_sort_rows(m);
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

/* How many operations are in each stage at this moment. */
static void
model__count_stages(struct model *m)
{
	struct figures_row *row;

	for (size_t i = 0; i < m->n_flight; i++) {
		row = figures_stage(&m->figures, m->rows[i].operation,
		    m->rows[i].stage);
		if (row != NULL)
			row->now++;
	}
}

/* The statistics' part of the picture. */
static void
model__figures(struct model *m, struct stats *stats)
{
	if (stats == NULL)
		return;
	m->counts.finished_a_minute = stats_a_minute(stats_ends(stats, false),
	    m->now_ns);
	m->counts.failed_a_minute = stats_a_minute(stats_ends(stats, true),
	    m->now_ns);
	if (!m->want_figures)
		return;
	figures_take(&m->figures, stats, m->now_ns);
	model__count_stages(m);
}

/* Something went wrong since the last picture, of which failed had. */
static void
model__alarm(struct model *m, uint64_t failed)
{
	size_t stuck = 0;

	for (size_t i = 0; i < m->n_flight; i++)
		stuck += m->rows[i].state == MODEL_STUCK &&
		    m->rows[i].status == OP_RUNNING;
	if (failed != UINT64_MAX &&
	    (m->counts.failed > failed || stuck > m->stuck))
		m->alarms++;
	m->stuck = stuck;
}

void
model_update(struct model *m, struct opset *set, struct stats *stats,
    const struct model_feed *feed, int64_t now_ns)
{
	struct model_sources from = { set, stats };
	uint64_t failed;
	bool held;

	if (m->paused)
		return;
	failed = m->now_ns != 0 ? m->counts.failed : UINT64_MAX;
	m->now_ns = now_ns;
	m->feed = *feed;
	held = m->n_rows > 0 && m->key_ns != 0 && now_ns >= m->key_ns &&
	    clock_diff(now_ns, m->key_ns) < MODEL_HOLD_NS && !m->anew;
	model__lay_out(m, &from, held);
	if (held)
		model__refresh(m, &from);
	model_head_rows(m);
	model_find_selected(m);
	model__figures(m, stats);
	model__alarm(m, failed);
	if (m->anew)
		m->open_seen = 0; /* of another past, perhaps */
	m->anew = false;
	model_refresh_open(m, set, stats);
	model_peek(m, set);
}

void
model_changed(struct model *m)
{
	if (m->paused)
		m->waiting++;
}
