/* SPDX-License-Identifier: ISC */
/* The rows of a trace: stages, helper calls under them, and their bars. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include "render_page.h"

#define LABEL_MIN 14
#define LABEL_MAX 36
#define BAR_MIN 8

/* A time of a row, as it stands in its column. */
static const char *
page__time(int64_t ns, char out[CLOCK_DURATION_MAX])
{
	return ns < 0 ? "?" : clock_format_duration(ns, out);
}

static const char *const page_shares[PAGE_SHARES] = { "daemon", "helper",
	"unacc." };

static int64_t
page__share(const struct split *s, size_t which)
{
	return which == 0 ? s->daemon_ns
	    : which == 1  ? s->helper_ns
			  : s->unaccounted_ns;
}

/* A share as it stands in its column: none is not worth a number. */
static const char *
page__share_text(const struct row *row, size_t which,
    char out[CLOCK_DURATION_MAX])
{
	int64_t ns = page__share(&row->split, which);

	if (row->kind == ROW_CALL)
		return "";
	return ns == 0 ? "-" : page__time(ns, out);
}

/* ---- rows -------------------------------------------------------------- */

/* A label of its own escaped text; NULL is shown as "?". */
static struct row *
page__row(struct page *p, enum row_kind kind, const char *text)
{
	struct buf safe = BUF_INIT;
	struct row *row;

	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 32 : 2 * p->cap;
		p->rows = xreallocarray(p->rows, p->cap, sizeof(*p->rows));
	}
	if (text == NULL)
		text = "?";
	text_escape(&safe, text, strlen(text), false);
	row = &p->rows[p->n++];
	memset(row, 0, sizeof(*row));
	row->kind = kind;
	row->split = (struct split){ -1, -1, -1 };
	row->label = buf_steal(&safe);
	return row;
}

/* The helper calls of a stage, or those before the first one. */
static void
page__calls(struct page *p, size_t stage)
{
	const struct op_call *c;
	size_t pos = 0, before = p->n;

	while ((c = op_stage_call(p->t->op, stage, &pos)) != NULL) {
		struct row *row = page__row(p, ROW_CALL, c->method);

		row->start_ns = c->start_ns;
		row->duration_ns = c->duration_ns;
		row->failed = c->failed;
		row->error = c->failed && c->error != NULL ? c->error : c->code;
	}
	if (p->n > before)
		p->rows[p->n - 1].last = true;
}

/*
 * The columns of the split.  What no line accounts for has one where a stage
 * has such time; before the first stage it has a row of its own.
 */
static size_t
page__layout_shares(struct page *p)
{
	char text[CLOCK_DURATION_MAX];
	size_t sum = 0;
	bool wanted[PAGE_SHARES] = { p->t->op->n_stages > 0,
		p->t->op->n_stages > 0, false };

	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i].kind == ROW_STAGE &&
		    p->rows[i].split.unaccounted_ns > 0)
			wanted[2] = true;
	for (size_t k = 0; k < PAGE_SHARES; k++) {
		p->share[k] = wanted[k] ? strlen(page_shares[k]) : 0;
		for (size_t i = 0; wanted[k] && i < p->n; i++) {
			size_t w = strlen(
			    page__share_text(&p->rows[i], k, text));

			p->share[k] = w > p->share[k] ? w : p->share[k];
		}
		sum += wanted[k] ? p->share[k] + 2 : 0;
	}
	return sum;
}

/*
 * Numbers are as wide as needed, the bar takes what is left.  In a narrow place
 * the label gives way first, then there is no bar, then no split.
 */
static void
page__fit(struct page *p)
{
	size_t fixed = 2 + 2 + p->start + 2 + p->took + 2;
	size_t shares = page__layout_shares(p);

	if (fixed - 2 + shares + LABEL_MIN > p->style->width) {
		memset(p->share, 0, sizeof(p->share));
		shares = 0;
	}
	fixed += shares;
	if (fixed + p->label + BAR_MIN > p->style->width)
		p->label = p->style->width > fixed + BAR_MIN + LABEL_MIN
		    ? p->style->width - fixed - BAR_MIN
		    : LABEL_MIN;
	p->bar = p->style->width >= fixed + p->label + BAR_MIN
	    ? p->style->width - fixed - p->label
	    : 0;
	if (p->bar == 0 && fixed - 2 + p->label > p->style->width)
		p->label = p->style->width > fixed - 2 + 4
		    ? p->style->width - (fixed - 2)
		    : 4;
}

static void
page__layout(struct page *p)
{
	char text[CLOCK_DURATION_MAX];
	size_t w;

	p->label = LABEL_MIN;
	p->start = strlen("start");
	p->took = strlen("took");
	for (size_t i = 0; i < p->n; i++) {
		const struct row *row = &p->rows[i];

		w = text_width(row->label) + (row->kind == ROW_CALL ? 3 : 0);
		p->label = w > p->label ? w : p->label;
		w = strlen(page__time(row->start_ns, text));
		p->start = w > p->start ? w : p->start;
		w = strlen(page__time(row->duration_ns, text));
		p->took = w > p->took ? w : p->took;
	}
	if (p->label > LABEL_MAX)
		p->label = LABEL_MAX;
	page__fit(p);
}

void
page_collect(struct page *p)
{
	const struct op *op = p->t->op;
	struct row *row;

	p->total_ns = render_extent(op);
	if (op->unaccounted_ns >= 0) {
		row = page__row(p, ROW_REST, "(unaccounted)");
		row->duration_ns = op->unaccounted_ns;
		split_stage(op, OP_NO_STAGE, &row->split);
	}
	page__calls(p, OP_NO_STAGE);
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *s = &op->stages[i];

		row = page__row(p, ROW_STAGE, s->name);
		row->start_ns = s->start_ns;
		row->duration_ns = s->duration_ns;
		split_stage(op, i, &row->split);
		row->failed = s->failed;
		row->open = s->open ||
		    (s->duration_ns < 0 && i + 1 == op->n_stages);
		page__calls(p, i);
	}
	page__layout(p);
}

/* Appends the bar of a row: where it lies on the axis, to an eighth cell. */
static void
page__bar(const struct page *p, const struct row *row, struct buf *out)
{
	static const char *const part[] = { "", "▏", "▎", "▍", "▌", "▋", "▊",
		"▉" };
	static const char *const full[] = { "░", "█", "▒" };
	static const char *const plain[] = { ".", "#", "=" };
	double scale = p->total_ns > 0 ? (double)p->bar / (double)p->total_ns
				       : 0;
	int64_t end_ns = row->open ? p->total_ns
				   : row->start_ns + row->duration_ns;
	size_t from = (size_t)((double)row->start_ns * scale), eighths, cells;

	if (from >= p->bar)
		from = p->bar - 1;
	eighths = (size_t)((double)end_ns * scale * 8 + 0.5);
	eighths = eighths > from * 8 ? eighths - from * 8 : 1;
	if (eighths > (p->bar - from) * 8)
		eighths = (p->bar - from) * 8;
	cells = (eighths + 7) / 8;
	page_repeat(out, " ", from);
	if (p->style->ascii) {
		page_repeat(out, row->open ? ">" : plain[row->kind], cells);
	} else if (row->kind == ROW_STAGE && !row->open) {
		page_repeat(out, full[ROW_STAGE], eighths / 8);
		buf_puts(out, part[eighths % 8]);
	} else {
		page_repeat(out, full[row->kind], cells);
	}
}

static const char *
page__row_color(const struct row *row)
{
	if (row->failed)
		return PAINT_BAD;
	if (row->open)
		return PAINT_BUSY;
	return row->kind == ROW_STAGE ? PAINT_STAGE
	    : row->kind == ROW_CALL   ? PAINT_CALL
				      : PAINT_DIM;
}

static const char *
page__row_mark(const struct page *p, const struct row *row)
{
	if (row->failed)
		return page_mark(p, "✗", "!");
	if (row->open && row->kind == ROW_STAGE &&
	    p->t->op->status == OP_RUNNING)
		return page_mark(p, "▶", ">");
	return " ";
}

/* The numbers of a row: when, how long, and whose time it was. */
static void
page__print_numbers(struct page *p, const struct row *row, struct buf *out)
{
	char text[CLOCK_DURATION_MAX];
	bool ascii = p->style->ascii;

	buf_puts(out, "  ");
	text_fit(out, page__time(row->start_ns, text), p->start, true, ascii);
	buf_puts(out, "  ");
	text_fit(out, page__time(row->duration_ns, text), p->took, true, ascii);
	for (size_t k = 0; k < PAGE_SHARES; k++) {
		if (p->share[k] == 0)
			continue;
		buf_puts(out, "  ");
		text_fit(out, page__share_text(row, k, text), p->share[k], true,
		    ascii);
	}
}

/* One line of numbers and its bar. */
static void
page__print_row(struct page *p, const struct row *row)
{
	_cleanup_buf_ struct buf cell = BUF_INIT, bar = BUF_INIT;
	const char *color = page__row_color(row), *note = NULL;
	bool ascii = p->style->ascii;

	if (row->kind == ROW_CALL)
		buf_puts(&cell,
		    row->last ? page_mark(p, "└ ", "` ")
			      : page_mark(p, "├ ", "| "));
	buf_puts(&cell, row->label);
	page_paint(p, row->failed ? PAINT_BAD : PAINT_BUSY,
	    page__row_mark(p, row));
	buf_putc(p->out, ' ');
	text_fit(&bar, buf_str(&cell), p->label, false, ascii);
	page_paint(p,
	    row->failed                  ? PAINT_BAD
		: row->kind == ROW_STAGE ? PAINT_BOLD
					 : PAINT_DIM,
	    buf_str(&bar));
	buf_reset(&cell);
	page__print_numbers(p, row, &cell);
	buf_reset(&bar);
	if (p->bar > 0 && row->start_ns >= 0 &&
	    (row->duration_ns >= 0 || row->open)) {
		page__bar(p, row, &bar);
		buf_printf(p->out, "%s  ", buf_str(&cell));
		page_paint(p, color, buf_str(&bar));
	} else {
		page_trim(&cell);
		buf_puts(p->out, buf_str(&cell));
	}
	buf_putc(p->out, '\n');
	if (row->failed)
		note = row->error;
	if (note != NULL)
		page_wrap(p, PAINT_BAD, "      ", note);
}

/* Titles, and the ends of the axis over the bars. */
static void
page__print_head(struct page *p)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	char text[CLOCK_DURATION_MAX];
	bool ascii = p->style->ascii;

	buf_puts(&line, "  ");
	text_fit(&line, "stage", p->label, false, ascii);
	buf_puts(&line, "  ");
	text_fit(&line, "start", p->start, true, ascii);
	buf_puts(&line, "  ");
	text_fit(&line, "took", p->took, true, ascii);
	for (size_t k = 0; k < PAGE_SHARES; k++) {
		if (p->share[k] == 0)
			continue;
		buf_puts(&line, "  ");
		text_fit(&line, page_shares[k], p->share[k], true, ascii);
	}
	if (p->bar > 0) {
		clock_format_duration(p->total_ns, text);
		buf_puts(&line, "  0");
		if (p->bar > strlen(text) + 1)
			text_fit(&line, text, p->bar - 1, true, ascii);
	}
	page_trim(&line);
	page_paint(p, PAINT_DIM, buf_str(&line));
	buf_putc(p->out, '\n');
}

void
page_print_rows(struct page *p)
{
	page__print_head(p);
	for (size_t i = 0; i < p->n; i++)
		page__print_row(p, &p->rows[i]);
}

void
page_free_rows(struct page *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->rows[i].label);
	free(p->rows);
}
