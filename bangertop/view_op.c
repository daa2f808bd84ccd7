/* SPDX-License-Identifier: ISC */
/* One operation: its stages on a time axis, helper calls below theirs. */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define OP_ERROR_ROWS 4 /* of the error text */
#define OP_PAGE 10
#define OP_LEAST_BAR 8  /* cells; below, the names have them */
#define OP_HEAD 4       /* identity, subject, times, titles */
#define OP_HEAD_SMALL 2 /* identity, titles */
#define OP_SMALL 10     /* lines; below, the stages have what there is */

enum op_line_kind { OP_LINE_BEFORE, OP_LINE_STAGE, OP_LINE_CALL };

struct op_line {
	enum op_line_kind kind;
	const struct op_stage *stage;
	const struct op_call *call;
};

struct op_lines {
	struct op_line *at;
	size_t n;
};

static void
op__lines_done(struct op_lines *l)
{
	free(l->at);
}

static void
op__put_calls(struct op_lines *l, const struct op *op, size_t stage)
{
	const struct op_call *call;
	size_t pos = 0;

	while ((call = op_stage_call(op, stage, &pos)) != NULL)
		l->at[l->n++] = (struct op_line){ OP_LINE_CALL, NULL, call };
}

/* The lines below the titles: stages in order, each with its calls. */
static void
op__lines(const struct op *op, struct op_lines *l)
{
	l->at = xcalloc(op->n_stages + op->n_calls + 1, sizeof(*l->at));
	l->n = 0;
	if (op->n_stages > 0 && op->stages[0].start_ns > 0)
		l->at[l->n++] = (struct op_line){ OP_LINE_BEFORE, NULL, NULL };
	op__put_calls(l, op, OP_NO_STAGE);
	for (size_t i = 0; i < op->n_stages; i++) {
		l->at[l->n++] = (struct op_line){ OP_LINE_STAGE, &op->stages[i],
			NULL };
		op__put_calls(l, op, i);
	}
}

/* "?" for what is unknown. */
static const char *
op__duration(int64_t ns, char out[CLOCK_DURATION_MAX])
{
	return ns < 0 ? strcpy(out, "?") : clock_format_duration(ns, out);
}

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
		op__duration(op_elapsed(op, m->now_ns), took);
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

static int
op__head_rows(int h)
{
	return h < OP_SMALL ? OP_HEAD_SMALL : OP_HEAD;
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

/* ---- the waterfall --------------------------------------------------------
 */

/* Where things stand across; name 1, start, took, bar. */
struct op_layout {
	int name, start, took, bar, bar_w;
	int64_t total_ns;
};

static struct op_layout
op__layout(const struct model *m, int w)
{
	struct op_layout l;
	int name = w / 3;

	name = name < 16 ? 16 : name > 36 ? 36 : name;
	l.name = name;
	l.start = 3 + name + 1;
	l.took = l.start + 8;
	l.bar = l.took + 9;
	l.bar_w = w - l.bar - 1;
	if (l.bar_w < OP_LEAST_BAR) {
		l.name += l.bar_w + 1;
		l.start += l.bar_w + 1;
		l.took += l.bar_w + 1;
		l.bar_w = 0;
	}
	l.total_ns = op_elapsed(m->open, m->now_ns);
	l.total_ns = l.total_ns > 0 ? l.total_ns : 1;
	return l;
}

/* The cells from start to end of the time axis; at least one. */
static void
op__bar(const struct op_layout *l, struct screen *s, int x, int y,
    int64_t start, int64_t took, enum draw_glyph glyph, unsigned role)
{
	double scale = (double)l->bar_w / (double)l->total_ns;
	int from = (int)((double)start * scale);
	int to = (int)(((double)start + (double)took) * scale + 0.5);

	from = from < 0 ? 0 : from >= l->bar_w ? l->bar_w - 1 : from;
	to = to > l->bar_w ? l->bar_w : to;
	if (l->bar_w > 0)
		draw_run(s, x + l->bar + from, y, to > from ? to - from : 1,
		    glyph, role);
}

static void
op__figures(const struct op_layout *l, struct screen *s, int x, int y,
    int64_t start, int64_t took, bool ticks)
{
	char text[CLOCK_DURATION_MAX];

	draw_text(s, x + l->start, y, 7, op__duration(start, text), DRAW_RIGHT,
	    THEME_DIM);
	if (ticks && took >= 0)
		draw_elapsed(took, text);
	else
		op__duration(took, text);
	draw_text(s, x + l->took, y, 8, text, DRAW_RIGHT, THEME_PLAIN);
}

static int64_t
op__least_zero(int64_t ns)
{
	return ns > 0 ? ns : 0;
}

static void
op__draw_stage(const struct op_layout *l, const struct op_stage *st,
    size_t index, struct screen *s, int x, int y)
{
	int64_t start = st->start_ns, took = st->duration_ns;
	enum draw_glyph glyph = st->open ? DRAW_NOW
	    : index % 2 == 0             ? DRAW_ODD
					 : DRAW_EVEN;
	unsigned role = st->failed ? THEME_BAD
	    : st->open             ? THEME_BAR_NOW
	    : index % 2 == 0       ? THEME_BAR_ODD
				   : THEME_BAR_EVEN;

	if (st->open && start >= 0)
		took = op__least_zero(clock_diff(l->total_ns, start));
	draw_text(s, x + 1, y, 1,
	    st->failed     ? "!"
		: st->open ? ">"
			   : " ",
	    DRAW_LEFT, st->failed ? THEME_BAD : THEME_STRONG);
	draw_log(s, x + 3, y, l->name, st->name, DRAW_LEFT,
	    st->failed     ? THEME_BAD
		: st->open ? THEME_STRONG
			   : THEME_PLAIN);
	op__figures(l, s, x, y, start, took, st->open);
	if (start >= 0)
		op__bar(l, s, x, y, start, op__least_zero(took), glyph, role);
}

/* The call's error stands where its bar would be, when it has one. */
static void
op__draw_call(const struct op_layout *l, const struct op_call *c,
    struct screen *s, int x, int y)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int64_t start = c->start_ns;

	if (c->number >= 0)
		buf_printf(&text, "%d ", (int)c->number);
	buf_puts(&text, c->method != NULL ? c->method : "-");
	draw_text(s, x + 1, y, 1, c->failed ? "!" : " ", DRAW_LEFT, THEME_BAD);
	draw_log(s, x + 5, y, l->name - 2, buf_str(&text), DRAW_LEFT,
	    c->failed ? THEME_BAD : THEME_DIM);
	op__figures(l, s, x, y, start, c->duration_ns, false);
	if (c->failed && c->error != NULL)
		draw_log(s, x + l->bar, y, l->bar_w, c->error, DRAW_LEFT,
		    THEME_BAD);
	else if (start >= 0)
		op__bar(l, s, x, y, start, op__least_zero(c->duration_ns),
		    DRAW_CALL, c->failed ? THEME_BAD : THEME_BAR_CALL);
}

static void
op__draw_line(const struct op_layout *l, const struct op *op,
    const struct op_line *line, struct screen *s, int x, int y)
{
	if (line->kind == OP_LINE_STAGE) {
		op__draw_stage(l, line->stage,
		    (size_t)(line->stage - op->stages), s, x, y);
	} else if (line->kind == OP_LINE_CALL) {
		op__draw_call(l, line->call, s, x, y);
	} else {
		draw_text(s, x + 3, y, l->name, "before the first stage",
		    DRAW_LEFT, THEME_DIM);
		op__figures(l, s, x, y, 0, op->stages[0].start_ns, false);
	}
}

static void
op__titles(const struct op_layout *l, struct screen *s, int x, int y)
{
	draw_text(s, x + 3, y, l->name, "STAGE, HELPER CALLS", DRAW_LEFT,
	    THEME_HEADING);
	draw_text(s, x + l->start, y, 7, "AT", DRAW_RIGHT, THEME_HEADING);
	draw_text(s, x + l->took, y, 8, "TOOK", DRAW_RIGHT, THEME_HEADING);
	draw_text(s, x + l->bar, y, l->bar_w, "TIME", DRAW_LEFT, THEME_HEADING);
}

/* ---- as a view ------------------------------------------------------------
 */

/* Lines that the waterfall has for itself. */
static int
op__room(const struct model *m, const struct screen *s, struct rect area)
{
	int h = area.h - op__head_rows(area.h) -
	    op__error_rows(m->open, s, area.w, area.h);

	return h > 0 ? h : 0;
}

static int
op__all_lines(const struct model *m, const struct screen *s, int width)
{
	_cleanup_(op__lines_done) struct op_lines lines = { 0 };

	op__lines(m->open, &lines);
	return OP_HEAD + (int)lines.n +
	    op__error_rows(m->open, s, width, OP_SMALL);
}

static void
op__fit(struct model *m, const struct screen *s, struct rect area)
{
	_cleanup_(op__lines_done) struct op_lines lines = { 0 };

	op__lines(m->open, &lines);
	model_fit_open(m, lines.n, (size_t)op__room(m, s, area));
}

static void
op__draw(const struct model *m, struct screen *s, struct rect area)
{
	_cleanup_(op__lines_done) struct op_lines lines = { 0 };
	struct op_layout l = op__layout(m, area.w);
	int head = op__head_rows(area.h), room = op__room(m, s, area);
	int error = op__error_rows(m->open, s, area.w, area.h);
	int y = area.y + head;

	op__lines(m->open, &lines);
	op__identity(m, s, area);
	if (head == OP_HEAD) {
		op__subject(m->open, s, area);
		op__times(m, s, area);
	}
	op__titles(&l, s, area.x, y - 1);
	if (lines.n == 0 && room > 0)
		draw_text(s, area.x + 3, y, area.w - 4, "no stage yet",
		    DRAW_LEFT, THEME_DIM);
	for (size_t i = m->open_top; i < lines.n && room > 0; i++, room--)
		op__draw_line(&l, m->open, &lines.at[i], s, area.x, y++);
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
