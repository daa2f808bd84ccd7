/* SPDX-License-Identifier: ISC */
#include "waterfall.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "trace/split.h"

#include "markup.h"
#include "render.h"

#define FALL_WIDTH 960
#define FALL_LABEL 210
#define FALL_TOOK 80
#define FALL_PAD 12
#define FALL_ROW 24
#define FALL_HEAD 30
#define FALL_CELLS 26 /* of a label */
/* Where the bars lie. */
#define FALL_LEFT (FALL_PAD + FALL_LABEL)
#define FALL_RIGHT (FALL_WIDTH - FALL_PAD - FALL_TOOK)

const char waterfall_css[] =
    ".wf{--ink:#1c2430;--dim:#5d6b7c;--line:#dde3ea;--paper:#fff;"
    "--daemon:#3b76c4;--helper:#d9862b;--none:#b4bec9;--bad:#c23b3b;"
    "--open:#7d56b8;color-scheme:light dark}\n"
    "@media(prefers-color-scheme:dark){.wf{--ink:#e4e9ef;--dim:#96a3b3;"
    "--line:#2f3945;--paper:#171c23;--daemon:#6aa2ea;--helper:#eba45a;"
    "--none:#566270;--bad:#f07474;--open:#ab8ae0}}\n"
    ".wf svg,svg.wf{font:13px/1.4 system-ui,sans-serif;max-width:100%;"
    "height:auto}\n"
    ".wf text{fill:var(--ink)}.wf .dim{fill:var(--dim)}"
    ".wf .num{text-anchor:end;font-variant-numeric:tabular-nums}"
    ".wf .tick{text-anchor:middle;font-size:11px;fill:var(--dim)}"
    ".wf line{stroke:var(--line)}.wf .paper{fill:var(--paper)}\n"
    ".wf .row:hover .band{fill:var(--line);fill-opacity:.6}"
    ".wf .band{fill:none;pointer-events:all}"
    ".wf .stage{fill:var(--daemon)}.wf .call{fill:var(--helper)}"
    ".wf .none{fill:var(--none)}.wf .bad{fill:var(--bad)}"
    ".wf .open{fill:var(--open)}\n";

struct fall_row {
	const char *name;
	const char *class;             /* of the bar */
	int64_t start_ns, duration_ns; /* -1 unknown */
	int64_t drawn_ns;              /* how long the bar is */
	const char *why;               /* or NULL */
	bool call, failed;
	const struct split *split; /* or NULL */
};

struct fall {
	struct buf *out;
	int64_t extent_ns;
	unsigned row;
};

static double
fall__x(const struct fall *f, int64_t ns)
{
	double part = f->extent_ns > 0 ? (double)ns / (double)f->extent_ns : 0;

	part = part < 0 ? 0 : part > 1 ? 1 : part;
	return FALL_LEFT + part * (FALL_RIGHT - FALL_LEFT);
}

/* A round number of nanoseconds, of which five to ten fit. */
static int64_t
fall__step(int64_t extent_ns)
{
	static const int64_t round[] = { 1, 2, 5 };
	int64_t scale = 1;

	for (;;) {
		for (size_t i = 0; i < ARRAY_LEN(round); i++)
			if (extent_ns / (round[i] * scale) < 10)
				return round[i] * scale;
		scale *= 10;
	}
}

static void
fall__axis(struct fall *f, unsigned height)
{
	int64_t step = fall__step(f->extent_ns);
	char text[CLOCK_DURATION_MAX];

	for (int64_t ns = 0; ns <= f->extent_ns - step / 3 || ns == 0;
	     ns += step) {
		double x = fall__x(f, ns);

		buf_printf(f->out,
		    "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%u\"/>"
		    "<text class=\"tick\" x=\"%.1f\" y=\"18\">%s</text>\n",
		    x, x, FALL_HEAD - 6, height - FALL_PAD, x,
		    ns == 0 ? "0" : clock_format_duration(ns, text));
	}
	buf_printf(f->out,
	    "<text class=\"num dim\" x=\"%d\" y=\"18\">took</text>\n",
	    FALL_WIDTH - FALL_PAD);
}

static const char *
fall__time(int64_t ns, char out[CLOCK_DURATION_MAX])
{
	return ns < 0 ? "?" : clock_format_duration(ns, out);
}

/* What is shown while the mouse rests on the row. */
static void
fall__title(struct fall *f, const struct fall_row *row)
{
	char text[CLOCK_DURATION_MAX];

	buf_puts(f->out, "<title>");
	markup_text(f->out, row->name);
	buf_printf(f->out, ": starts %s", fall__time(row->start_ns, text));
	buf_printf(f->out, ", took %s", fall__time(row->duration_ns, text));
	if (row->split != NULL && row->split->daemon_ns >= 0) {
		buf_printf(f->out, " (daemon %s",
		    fall__time(row->split->daemon_ns, text));
		buf_printf(f->out, ", helper %s",
		    fall__time(row->split->helper_ns, text));
		buf_printf(f->out, ", unaccounted %s)",
		    fall__time(row->split->unaccounted_ns, text));
	}
	if (row->why != NULL) {
		buf_puts(f->out, "; ");
		markup_text(f->out, row->why);
	}
	buf_puts(f->out, "</title>");
}

static void
fall__label(struct fall *f, const struct fall_row *row, unsigned y)
{
	_cleanup_buf_ struct buf safe = BUF_INIT, fit = BUF_INIT;
	size_t cells = FALL_CELLS - (row->call ? 2 : 0);

	text_escape(&safe, row->name, strlen(row->name), false);
	if (text_width(buf_str(&safe)) > cells)
		text_fit(&fit, buf_str(&safe), cells, false, false);
	else
		buf_puts(&fit, buf_str(&safe));
	buf_printf(f->out, "<text%s x=\"%d\" y=\"%u\">",
	    row->failed     ? " class=\"bad\""
		: row->call ? " class=\"dim\""
			    : "",
	    FALL_PAD + (row->call ? 16 : 0), y + 16);
	buf_puts(f->out, row->failed ? "✗ " : row->call ? "└ " : "");
	markup_text(f->out, buf_str(&fit));
	buf_puts(f->out, "</text>");
}

static void
fall__row(struct fall *f, const struct fall_row *row)
{
	unsigned y = FALL_HEAD + f->row++ * FALL_ROW;
	char text[CLOCK_DURATION_MAX];
	double from, to;

	buf_printf(f->out,
	    "<g class=\"row\"><rect class=\"band\" x=\"0\" y=\"%u\" "
	    "width=\"%d\" height=\"%d\"/>",
	    y, FALL_WIDTH, FALL_ROW);
	fall__title(f, row);
	fall__label(f, row, y);
	if (row->start_ns >= 0 && row->drawn_ns >= 0) {
		from = fall__x(f, row->start_ns);
		to = fall__x(f, row->start_ns + row->drawn_ns);
		/* However short, it can be seen and pointed at. */
		if (to < from + 1.5)
			to = from + 1.5;
		buf_printf(f->out,
		    "<rect class=\"%s\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" "
		    "height=\"%d\" rx=\"1.5\"/>",
		    row->failed ? "bad" : row->class, from,
		    y + (row->call ? 7 : 4), to - from,
		    FALL_ROW - (row->call ? 14 : 8));
	}
	buf_printf(f->out,
	    "<text class=\"num%s\" x=\"%d\" y=\"%u\">%s</text></g>\n",
	    row->call ? " dim" : "", FALL_WIDTH - FALL_PAD, y + 16,
	    fall__time(row->duration_ns, text));
}

static void
fall__calls(struct fall *f, const struct op *op, size_t stage)
{
	const struct op_call *c;
	size_t pos = 0;

	while ((c = op_stage_call(op, stage, &pos)) != NULL) {
		const struct fall_row row = {
			.name = c->method != NULL ? c->method : "?",
			.class = "call",
			.start_ns = c->start_ns,
			.duration_ns = c->duration_ns,
			.drawn_ns = c->duration_ns,
			.why = c->failed ? c->error : NULL,
			.call = true,
			.failed = c->failed,
		};

		fall__row(f, &row);
	}
}

static void
fall__rows(struct fall *f, const struct op *op)
{
	struct split split;

	if (op->unaccounted_ns >= 0) {
		const struct fall_row row = {
			.name = "(unaccounted)",
			.class = "none",
			.duration_ns = op->unaccounted_ns,
			.drawn_ns = op->unaccounted_ns,
		};

		fall__row(f, &row);
	}
	fall__calls(f, op, OP_NO_STAGE);
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *s = &op->stages[i];
		bool open = s->duration_ns < 0 && i + 1 == op->n_stages;
		const struct fall_row row = {
			.name = s->name != NULL ? s->name : "?",
			.class = open ? "open" : "stage",
			.start_ns = s->start_ns,
			.duration_ns = s->duration_ns,
			.drawn_ns = open ? render_stage_ns(op, i)
					 : s->duration_ns,
			.why = s->failed ? op->error : NULL,
			.failed = s->failed,
			.split = &split,
		};

		split_stage(op, i, &split);
		fall__row(f, &row);
		fall__calls(f, op, i);
	}
}

void
waterfall_draw(const struct op *op, bool with_css, struct buf *out)
{
	struct fall f = { out, render_extent(op), 0 };
	size_t rows = op->n_stages + op->n_calls + (op->unaccounted_ns >= 0);
	unsigned height = FALL_HEAD + (unsigned)rows * FALL_ROW + FALL_PAD;

	buf_printf(out,
	    "<svg class=\"wf\" xmlns=\"http://www.w3.org/2000/svg\" "
	    "viewBox=\"0 0 %d %u\" width=\"%d\" height=\"%u\" role=\"img\"",
	    FALL_WIDTH, height, FALL_WIDTH, height);
	markup_attr(out, "aria-label", op->id.text);
	buf_puts(out, ">\n");
	if (with_css)
		buf_printf(out,
		    "<style>\n%s</style>\n<rect class=\"paper\" width=\"%d\" "
		    "height=\"%u\"/>\n",
		    waterfall_css, FALL_WIDTH, height);
	fall__axis(&f, height);
	fall__rows(&f, op);
	buf_puts(out, "</svg>\n");
}
