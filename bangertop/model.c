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

struct model *
model_free(struct model *m)
{
	if (m == NULL)
		return NULL;
	model_drop_rows(m);
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
	for (int i = 0; i < STATS_KIND_MAX; i++)
		if (m->table_by[i] != FIGURES_USUAL || m->table_invert[i])
			figures_sort(&m->figures, (enum stats_kind)i,
			    m->table_by[i], m->table_invert[i]);
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
	uint64_t failed;
	bool held;

	if (m->paused)
		return;
	failed = m->now_ns != 0 ? m->counts.failed : UINT64_MAX;
	m->now_ns = now_ns;
	m->feed = *feed;
	held = m->n_rows > 0 && m->key_ns != 0 && now_ns >= m->key_ns &&
	    clock_diff(now_ns, m->key_ns) < MODEL_HOLD_NS && !m->anew;
	model_lay_out(m, set, stats, held);
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
