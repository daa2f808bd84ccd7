/* SPDX-License-Identifier: ISC */
/* The operation that is looked at: its stages, its lines, where it stands. */
#include "model.h"

#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "model_int.h"

#define MODEL_LINES_MAX (1 << 20) /* bytes of an operation's lines */

/* Lets the older half go, in whole lines. */
static void
model__forget_lines(struct buf *lines)
{
	size_t cut = lines->len - MODEL_LINES_MAX / 2;
	const char *end = memchr(lines->data + cut, '\0', lines->len - cut);

	buf_consume(lines, (size_t)(end - lines->data) + 1);
}

bool
model_open(struct model *m, struct opset *set)
{
	const struct op *op;

	if (!opid_is_set(&m->selected))
		model_move_first(m);
	op = opset_find(set, &m->selected);
	if (op == NULL)
		return false;
	op_free(m->open);
	m->open = op_copy(op);
	m->open_seen = 0;
	m->pane = MODEL_LINES;
	model_show(m, MODEL_LINES); /* from whatever it was: the stages */
	return true;
}

/* The newest lines of it that are not here yet. */
static void
model__take_lines(struct model *m)
{
	if (m->open_seen == 0)
		buf_reset(&m->open_lines);
	if (m->feed.kept == NULL)
		return;
	m->open_seen = lines_of(m->feed.kept, &m->open->id, m->open_seen,
	    &m->open_lines);
	if (m->open_lines.len > MODEL_LINES_MAX)
		model__forget_lines(&m->open_lines);
}

/* What its like take in the stage that it is in. */
static void
model__usual(struct model *m, struct stats *stats)
{
	const struct op_stage *stage = op_last_stage(m->open);
	struct stats_series *s = NULL;

	m->usual_low_ns = m->usual_high_ns = -1;
	m->usual_n = 0;
	if (stats != NULL && stage != NULL && stage->name != NULL)
		s = stats_stage(stats, m->open->name, stage->name);
	if (s == NULL)
		return;
	m->usual_low_ns = stats_percentile(&s->took, 50, STATS_LEAST_P50);
	m->usual_high_ns = stats_percentile(&s->took, 90, STATS_LEAST_P50);
	m->usual_n = s->took.n;
}

void
model_refresh_open(struct model *m, struct opset *set, struct stats *stats)
{
	const struct op *op = m->open != NULL ? opset_find(set, &m->open->id)
					      : NULL;

	if (op != NULL) {
		op_free(m->open);
		m->open = op_copy(op);
	}
	if (m->open == NULL)
		return;
	model__take_lines(m);
	model__usual(m, stats);
}

void
model_show(struct model *m, enum model_pane pane)
{
	m->pane = m->pane == pane ? MODEL_STAGES : pane;
	m->open_top = 0;
	m->open_end = true;
}

void
model_console(struct model *m, struct buf *lines, const char *note)
{
	buf_done(&m->console);
	m->console = *lines;
	*lines = (struct buf)BUF_INIT;
	snprintf(m->console_note, sizeof(m->console_note), "%s", note);
}

void
model_peek(struct model *m, struct opset *set)
{
	const struct op *op = NULL;

	if (m->tree && opid_is_set(&m->selected))
		op = opset_find(set, &m->selected);
	/* One that the set let go is shown as it was. */
	if (op == NULL && m->peek != NULL && m->tree &&
	    opid_eq(&m->peek->id, &m->selected))
		return;
	op_free(m->peek);
	m->peek = op != NULL ? op_copy(op) : NULL;
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
