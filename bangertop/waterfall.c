/* SPDX-License-Identifier: ISC */
#include "waterfall.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define WATERFALL_LEAST_BAR 8 /* cells; below, the names have them */

void
waterfall_done(struct waterfall *l)
{
	free(l->at);
}

static void
waterfall__put_calls(struct waterfall *l, const struct op *op, size_t stage)
{
	const struct op_call *call;
	size_t pos = 0;

	while ((call = op_stage_call(op, stage, &pos)) != NULL)
		l->at[l->n++] = (struct waterfall_line){ WATERFALL_CALL, NULL,
			call };
}

/* The lines below the titles: stages in order, each with its calls. */
void
waterfall_lines(const struct op *op, struct waterfall *l)
{
	l->at = xcalloc(op->n_stages + op->n_calls + 1, sizeof(*l->at));
	l->n = 0;
	if (op->n_stages > 0 && op->stages[0].start_ns > 0)
		l->at[l->n++] = (struct waterfall_line){ WATERFALL_BEFORE, NULL,
			NULL };
	waterfall__put_calls(l, op, OP_NO_STAGE);
	for (size_t i = 0; i < op->n_stages; i++) {
		l->at[l->n++] = (struct waterfall_line){ WATERFALL_STAGE,
			&op->stages[i], NULL };
		waterfall__put_calls(l, op, i);
	}
}

/* "?" for what is unknown. */
const char *
waterfall_duration(int64_t ns, char out[CLOCK_DURATION_MAX])
{
	return ns < 0 ? strcpy(out, "?") : clock_format_duration(ns, out);
}

/* ---- the waterfall --------------------------------------------------------
 */

struct waterfall_layout
waterfall_layout(int w, int64_t total_ns)
{
	struct waterfall_layout l;
	int name = w / 3;

	name = name < 16 ? 16 : name > 36 ? 36 : name;
	l.name = name;
	l.start = 3 + name + 1;
	l.took = l.start + 8;
	l.bar = l.took + 9;
	l.bar_w = w - l.bar - 1;
	if (l.bar_w < WATERFALL_LEAST_BAR) {
		l.name += l.bar_w + 1;
		l.start += l.bar_w + 1;
		l.took += l.bar_w + 1;
		l.bar_w = 0;
	}
	l.total_ns = total_ns > 0 ? total_ns : 1;
	return l;
}

/* The cells from start to end of the time axis; at least one. */
static void
waterfall__bar(const struct waterfall_layout *l, struct screen *s, int x, int y,
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
waterfall__figures(const struct waterfall_layout *l, struct screen *s, int x,
    int y, int64_t start, int64_t took, bool ticks)
{
	char text[CLOCK_DURATION_MAX];

	draw_text(s, x + l->start, y, 7, waterfall_duration(start, text),
	    DRAW_RIGHT, THEME_DIM);
	if (ticks && took >= 0)
		draw_elapsed(took, text);
	else
		waterfall_duration(took, text);
	draw_text(s, x + l->took, y, 8, text, DRAW_RIGHT, THEME_PLAIN);
}

static int64_t
waterfall__least_zero(int64_t ns)
{
	return ns > 0 ? ns : 0;
}

static void
waterfall__draw_stage(const struct waterfall_layout *l,
    const struct op_stage *st, size_t index, struct screen *s, int x, int y)
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
		took = waterfall__least_zero(clock_diff(l->total_ns, start));
	draw_text(s, x + 1, y, 1,
	    st->failed     ? "!"
		: st->open ? ">"
			   : " ",
	    DRAW_LEFT, st->failed ? THEME_BAD : THEME_STRONG);
	draw_log(s, x + 3, y, l->name, st->name, DRAW_LEFT,
	    st->failed     ? THEME_BAD
		: st->open ? THEME_STRONG
			   : THEME_PLAIN);
	waterfall__figures(l, s, x, y, start, took, st->open);
	if (start >= 0)
		waterfall__bar(l, s, x, y, start, waterfall__least_zero(took),
		    glyph, role);
}

/* The call's error stands where its bar would be, when it has one. */
static void
waterfall__draw_call(const struct waterfall_layout *l, const struct op_call *c,
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
	waterfall__figures(l, s, x, y, start, c->duration_ns, false);
	if (c->failed && c->error != NULL)
		draw_log(s, x + l->bar, y, l->bar_w, c->error, DRAW_LEFT,
		    THEME_BAD);
	else if (start >= 0)
		waterfall__bar(l, s, x, y, start,
		    waterfall__least_zero(c->duration_ns), DRAW_CALL,
		    c->failed ? THEME_BAD : THEME_BAR_CALL);
}

void
waterfall_draw(const struct waterfall_layout *l, const struct op *op,
    const struct waterfall_line *line, struct screen *s, int x, int y)
{
	if (line->kind == WATERFALL_STAGE) {
		waterfall__draw_stage(l, line->stage,
		    (size_t)(line->stage - op->stages), s, x, y);
	} else if (line->kind == WATERFALL_CALL) {
		waterfall__draw_call(l, line->call, s, x, y);
	} else {
		draw_text(s, x + 3, y, l->name, "before the first stage",
		    DRAW_LEFT, THEME_DIM);
		waterfall__figures(l, s, x, y, 0, op->stages[0].start_ns,
		    false);
	}
}

void
waterfall_titles(const struct waterfall_layout *l, struct screen *s, int x,
    int y)
{
	draw_text(s, x + 3, y, l->name, "STAGE, HELPER CALLS", DRAW_LEFT,
	    THEME_HEADING);
	draw_text(s, x + l->start, y, 7, "AT", DRAW_RIGHT, THEME_HEADING);
	draw_text(s, x + l->took, y, 8, "TOOK", DRAW_RIGHT, THEME_HEADING);
	draw_text(s, x + l->bar, y, l->bar_w, "TIME", DRAW_LEFT, THEME_HEADING);
}
