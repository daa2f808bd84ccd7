/* SPDX-License-Identifier: ISC */
/*
 * One operation: its stages on a time axis, helper calls below theirs, and
 * beside them, or in their place, its lines or its VM's console log.
 */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "waterfall.h"
#include "wrap.h"

#define OP_ERROR_ROWS 4 /* of the error text */
#define OP_PAGE 10
#define OP_HEAD 5       /* identity, subject, times, the usual, titles */
#define OP_HEAD_SMALL 2 /* identity, titles */
#define OP_SMALL 10     /* lines; below, the stages have what there is */
#define OP_BESIDE 120   /* cells from which on lines stand beside the stages */

/* ---- head and foot --------------------------------------------------------
 */

static void
op__identity(const struct model *m, struct screen *s, struct rect area)
{
	const struct op *op = m->open;
	char took[CLOCK_DURATION_MAX];
	int x = area.x + 1, w;

	if (op_in_flight(op))
		draw_elapsed(op_elapsed(op, m->now_ns), took);
	else
		waterfall_duration(op_elapsed(op, m->now_ns), took);
	draw_log(s, x, area.y, 18, op->name, DRAW_LEFT, THEME_STRONG);
	draw_text(s, x + 19, area.y, 11, op_status_name(op->status), DRAW_LEFT,
	    view_status_role(op->status));
	draw_text(s, x + 31, area.y, 7, took, DRAW_RIGHT, THEME_STRONG);
	w = area.w - (x + 40) - 1;
	if (w > 0)
		draw_log(s, x + 40, area.y, w, op->id.text, DRAW_LEFT,
		    THEME_DIM);
}

static void
op__subject(const struct op *op, struct screen *s, struct rect area)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	for (size_t i = 0; i < op->n_subject; i++)
		buf_printf(&text, "%s%s=%s", i > 0 ? "  " : "",
		    field_key(op->subject[i].field), op->subject[i].value);
	draw_log(s, area.x + 1, area.y + 1, area.w - 2, buf_str(&text),
	    DRAW_LEFT, THEME_PLAIN);
}

static void
op__times(const struct model *m, struct screen *s, struct rect area)
{
	const struct op *op = m->open;
	char start[CLOCK_RFC3339_MAX];
	_cleanup_buf_ struct buf text = BUF_INIT;

	clock_format_rfc3339(op->start_ns - op->start_ns % NSEC_PER_MSEC,
	    start);
	buf_printf(&text, "%s %s   %zu stage%s   %zu helper call%s",
	    op->start_known ? "since" : "seen from", start, op->n_stages,
	    op->n_stages == 1 ? "" : "s", op->n_calls,
	    op->n_calls == 1 ? "" : "s");
	if (op->bad > 0)
		buf_printf(&text, "   %zu bad lines", (size_t)op->bad);
	if (op->conflict)
		buf_puts(&text, "   its ends do not agree");
	draw_text(s, area.x + 1, area.y + 2, area.w - 2, buf_str(&text),
	    DRAW_LEFT, THEME_DIM);
}

/* "in network 14.0s, usually 0.9s to 1.4s (n 20), x10" of one that runs. */
static void
op__usual(const struct model *m, struct screen *s, struct rect area)
{
	const struct op_stage *stage = op_last_stage(m->open);
	char is[CLOCK_DURATION_MAX], low[CLOCK_DURATION_MAX];
	_cleanup_buf_ struct buf text = BUF_INIT;
	char high[CLOCK_DURATION_MAX];
	int64_t ns;

	if (!op_in_flight(m->open) || stage == NULL || stage->start_ns < 0)
		return;
	ns = clock_diff(op_elapsed(m->open, m->now_ns), stage->start_ns);
	buf_printf(&text, "in %s %s, ", stage->name != NULL ? stage->name : "-",
	    draw_elapsed(ns > 0 ? ns : 0, is));
	if (m->usual_high_ns < 0)
		buf_printf(&text, "no history (n %zu)", m->usual_n);
	else
		buf_printf(&text, "usually %s to %s (n %zu)",
		    clock_format_duration(m->usual_low_ns, low),
		    clock_format_duration(m->usual_high_ns, high), m->usual_n);
	/* Only what is beyond nine in ten is worth a word. */
	if (m->usual_low_ns > 0 && ns > m->usual_high_ns)
		buf_printf(&text, ", x%.1f",
		    (double)ns / (double)m->usual_low_ns);
	draw_log(s, area.x + 1, area.y + 3, area.w - 2, buf_str(&text),
	    DRAW_LEFT,
	    m->usual_low_ns > 0 && ns > m->usual_high_ns ? THEME_WARN
							 : THEME_DIM);
}

static int
op__head_rows(const struct op *op, int h)
{
	return h < OP_SMALL ? OP_HEAD_SMALL : OP_HEAD - !op_in_flight(op);
}

/* Lines of the error at the bottom, with the free one before it. */
static int
op__error_rows(const struct op *op, const struct screen *s, int w, int h)
{
	int n;

	if (op->error == NULL)
		return 0;
	if (h < OP_SMALL)
		return h > OP_HEAD_SMALL;
	n = draw_wrapped_lines(s, w - 4, op->error);
	return 1 + (n < OP_ERROR_ROWS ? n : OP_ERROR_ROWS);
}

static void
op__error(const struct op *op, struct screen *s, struct rect area, int rows)
{
	int free_row = rows > 1;
	struct rect at = { area.x + 3, area.y + area.h - rows + free_row,
		area.w - 4, rows - free_row };

	draw_text(s, area.x + 1, at.y, 1, "!", DRAW_LEFT, THEME_BAD);
	draw_wrapped(s, at, op->error, THEME_BAD);
}

/* ---- as a view ------------------------------------------------------------
 */

/* What is shown below the head: the text of a pane, or NULL for the stages. */
static const struct buf *
op__text(const struct model *m)
{
	return m->pane == MODEL_LINES  ? &m->open_lines
	    : m->pane == MODEL_CONSOLE ? &m->console
				       : NULL;
}

/* Lines that the pane has for itself. */
static struct rect
op__pane(const struct model *m, const struct screen *s, struct rect area)
{
	int head = op__head_rows(m->open, area.h);
	int h = area.h - head - op__error_rows(m->open, s, area.w, area.h);

	return (struct rect){ area.x, area.y + head, area.w, h > 0 ? h : 0 };
}

static int
op__all_lines(const struct model *m, const struct screen *s, int width)
{
	_cleanup_waterfall_ struct waterfall lines = { 0 };

	waterfall_lines(m->open, &lines);
	return op__head_rows(m->open, OP_SMALL) + (int)lines.n +
	    op__error_rows(m->open, s, width, OP_SMALL);
}

static void
op__fit(struct model *m, const struct screen *s, struct rect area)
{
	_cleanup_waterfall_ struct waterfall lines = { 0 };
	const struct buf *text = op__text(m);
	struct rect pane = op__pane(m, s, area);
	size_t n;

	if (text != NULL) {
		n = wrap_rows(s, text, pane.w - 2);
	} else {
		waterfall_lines(m->open, &lines);
		n = lines.n;
	}
	model_fit_open(m, n, (size_t)pane.h);
}

static void
op__stages(const struct model *m, struct screen *s, struct rect pane)
{
	_cleanup_waterfall_ struct waterfall lines = { 0 };
	struct rect beside = pane;
	struct waterfall_layout l;
	size_t rows;
	int y = pane.y;

	if (pane.w >= OP_BESIDE) {
		pane.w /= 2;
		beside.x += pane.w + 1;
		beside.w -= pane.w + 2;
		draw_text(s, beside.x, beside.y - 1, beside.w,
		    "ITS LINES (r: all of them)", DRAW_LEFT, THEME_HEADING);
		rows = wrap_rows(s, &m->open_lines, beside.w);
		wrap_draw(s, beside, &m->open_lines,
		    rows > (size_t)beside.h ? rows - (size_t)beside.h : 0,
		    THEME_DIM);
	}
	l = waterfall_layout(pane.w, op_elapsed(m->open, m->now_ns));
	waterfall_lines(m->open, &lines);
	waterfall_titles(&l, s, pane.x, y - 1);
	if (lines.n == 0 && pane.h > 0)
		draw_text(s, pane.x + 3, y, pane.w - 4, "no stage yet",
		    DRAW_LEFT, THEME_DIM);
	for (size_t i = m->open_top; i < lines.n && y < pane.y + pane.h; i++)
		waterfall_draw(&l, m->open, &lines.at[i], s, pane.x, y++);
}

static void
op__texts(const struct model *m, struct screen *s, struct rect pane)
{
	const struct buf *text = op__text(m);
	_cleanup_buf_ struct buf title = BUF_INIT;
	struct rect inner = { pane.x + 1, pane.y, pane.w - 2, pane.h };

	if (m->pane == MODEL_CONSOLE)
		buf_puts(&title, m->console_note);
	else
		buf_printf(&title, "%s", "LINES OF THE OPERATION");
	draw_log(s, pane.x + 1, pane.y - 1, pane.w - 2, buf_str(&title),
	    DRAW_LEFT, THEME_HEADING);
	if (text->len == 0 && pane.h > 0)
		draw_text(s, pane.x + 1, pane.y, pane.w - 2,
		    m->pane == MODEL_CONSOLE
			? "nothing to show"
			: "its lines are not kept any more",
		    DRAW_LEFT, THEME_DIM);
	wrap_draw(s, inner, text, m->open_top, THEME_PLAIN);
}

static void
op__draw(const struct model *m, struct screen *s, struct rect area)
{
	int error = op__error_rows(m->open, s, area.w, area.h);
	struct rect pane = op__pane(m, s, area);

	op__identity(m, s, area);
	if (area.h >= OP_SMALL) {
		op__subject(m->open, s, area);
		op__times(m, s, area);
		op__usual(m, s, area);
	}
	if (op__text(m) != NULL)
		op__texts(m, s, pane);
	else
		op__stages(m, s, pane);
	if (error > 0)
		op__error(m->open, s, area, error);
}

static unsigned
op__key(struct model *m, enum keys_id key)
{
	switch (key) {
	case KEYS_DOWN:
		model_scroll_open(m, 1);
		break;
	case KEYS_UP:
		model_scroll_open(m, -1);
		break;
	case KEYS_PAGE_DOWN:
		model_scroll_open(m, OP_PAGE);
		break;
	case KEYS_PAGE_UP:
		model_scroll_open(m, -OP_PAGE);
		break;
	case KEYS_FIRST:
		model_scroll_open(m, -INT32_MAX);
		break;
	case KEYS_LAST:
		model_scroll_open(m, INT32_MAX);
		break;
	case KEYS_ACK:
		/* Its row may be gone, and another selected since. */
		if (opid_eq(&m->selected, &m->open->id))
			model_ack(m);
		break;
	case KEYS_RAW:
		model_show(m, MODEL_LINES);
		break;
	case KEYS_CONSOLE:
		model_show(m, MODEL_CONSOLE);
		return VIEW_REDRAW | VIEW_CONSOLE;
	case KEYS_BACK:
		return VIEW_BACK;
	default:
		return VIEW_NOTHING;
	}
	return VIEW_REDRAW;
}

const struct view_ops view_op = {
	.lines = op__all_lines,
	.fit = op__fit,
	.draw = op__draw,
	.key = op__key,
};
