/* SPDX-License-Identifier: ISC */
/* A trace as a picture: its title, its facts, what is missing from it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

#include "render_page.h"

/* ---- small things ------------------------------------------------------ */

void
page_paint(struct page *p, const char *color, const char *text)
{
	if (p->style->color && color != NULL)
		buf_printf(p->out, "\x1b[%sm%s\x1b[0m", color, text);
	else
		buf_puts(p->out, text);
}

void
page_repeat(struct buf *out, const char *s, size_t n)
{
	while (n-- > 0)
		buf_puts(out, s);
}

/* A mark of ours, in ASCII where that is wanted. */
const char *
page_mark(const struct page *p, const char *fine, const char *plain)
{
	return p->style->ascii ? plain : fine;
}

void
page_trim(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
}

/* How many bytes of safe text fill at most `cells`, broken at a blank. */
static size_t
page__break(const char *s, size_t cells)
{
	size_t used = 0, at = 0, blank = 0, n;
	char one[8];
	uint32_t cp;

	while (s[at] != '\0') {
		n = text_utf8_next(s + at, strlen(s + at), &cp);
		n = n == 0 ? 1 : n;
		memcpy(one, s + at, n);
		one[n] = '\0';
		used += text_width(one);
		if (used > cells)
			return blank > 0 ? blank : at > 0 ? at : n;
		if (s[at] == ' ')
			blank = at;
		at += n;
	}
	return at;
}

/* Prints text from a log under a lead, over as many lines as it takes. */
void
page_wrap(struct page *p, const char *color, const char *lead, const char *raw)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;
	size_t indent = text_width(lead), cells, n;
	const char *s;

	cells = p->style->width > indent + 8 ? p->style->width - indent : 8;
	text_escape(&safe, raw, strlen(raw), false);
	s = buf_str(&safe);
	page_paint(p, color, lead);
	for (;;) {
		_cleanup_free_ char *part = NULL;

		n = page__break(s, cells);
		part = xmemdup(s, n);
		for (size_t end = n; end > 0 && part[end - 1] == ' '; end--)
			part[end - 1] = '\0';
		page_paint(p, color, part);
		buf_putc(p->out, '\n');
		s += n + strspn(s + n, " ");
		if (*s == '\0')
			break;
		page_repeat(p->out, " ", indent);
	}
}

/* ---- what stands around them ------------------------------------------- */

static const char *
page__status_color(enum op_status status)
{
	if (status == OP_COMPLETED)
		return PAINT_GOOD;
	return status == OP_RUNNING ? PAINT_BUSY : PAINT_BAD;
}

static const char *
page__status_mark(const struct page *p, enum op_status status)
{
	if (status == OP_COMPLETED)
		return page_mark(p, "✓", "+");
	if (status == OP_RUNNING)
		return page_mark(p, "▶", ">");
	return page_mark(p, "✗", "!");
}

/* "failed after 2.4s in boot_guest". */
static void
page__verdict(const struct page *p, struct buf *out)
{
	const struct op *op = p->t->op;
	const struct op_stage *last = op_last_stage(op);
	const char *stage = last != NULL ? last->name : NULL;
	char text[CLOCK_DURATION_MAX];
	int64_t ns = op_elapsed(op, op->last_ns);

	if (ns < 0 && op->status != OP_RUNNING)
		strcpy(text, "?");
	else
		clock_format_duration(ns > 0 ? ns : 0, text);
	buf_puts(out, op_status_name(op->status));
	if (op->status == OP_COMPLETED)
		buf_printf(out, " in %s", text);
	else if (op->status == OP_RUNNING)
		buf_printf(out, ", last heard after %s", text);
	else
		buf_printf(out, " after %s", text);
	if (op->failed_stage != NULL)
		stage = op->failed_stage;
	if (op->status != OP_COMPLETED && stage != NULL) {
		buf_puts(out, " in ");
		text_escape(out, stage, strlen(stage), false);
	}
}

void
page_title(struct page *p)
{
	const struct op *op = p->t->op;
	_cleanup_buf_ struct buf what = BUF_INIT, line = BUF_INIT,
				 verdict = BUF_INIT;
	const char *name = op->name != NULL ? op->name : "unknown operation";
	const char *subject = op_subject(op, FIELD_VM_NAME);
	size_t room = p->style->width - 2, need;

	if (subject == NULL)
		subject = op_subject(op, FIELD_IMAGE_NAME);
	if (subject == NULL)
		subject = op_subject(op, FIELD_VM_ID);
	text_escape(&what, name, strlen(name), false);
	if (subject != NULL) {
		buf_putc(&what, ' ');
		text_escape(&what, subject, strlen(subject), false);
	}
	page__verdict(p, &verdict);
	/* How it ended stays readable, however long the names are. */
	need = text_width(buf_str(&verdict)) + 2;
	if (need > room / 2)
		need = room / 2;
	if (text_width(buf_str(&what)) + need > room)
		text_fit(&line, buf_str(&what), room - need, false,
		    p->style->ascii);
	else
		buf_puts(&line, buf_str(&what));
	page_paint(p, page__status_color(op->status),
	    page__status_mark(p, op->status));
	buf_putc(p->out, ' ');
	page_paint(p, PAINT_BOLD, buf_str(&line));
	buf_puts(p->out, "  ");
	room -= text_width(buf_str(&line)) + 2;
	buf_reset(&line);
	text_fit(&line, buf_str(&verdict), room, false, p->style->ascii);
	page_trim(&line);
	page_paint(p, page__status_color(op->status), buf_str(&line));
	buf_putc(p->out, '\n');
}

/* When, which lines, and the rest of the subject. */
static void
page__facts(struct page *p)
{
	const struct op *op = p->t->op;
	_cleanup_buf_ struct buf line = BUF_INIT;
	char text[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(op->start_ns, text);
	buf_printf(&line, "%s  %s%s  %" PRIu64 " line%s", op->id.text,
	    op->start_known ? "" : "before ", text, op->records,
	    op->records == 1 ? "" : "s");
	page_wrap(p, PAINT_DIM, "  ", buf_str(&line));
	buf_reset(&line);
	for (size_t i = 0; i < op->n_subject; i++)
		buf_printf(&line, "%s%s=%s", i == 0 ? "" : "  ",
		    field_key(op->subject[i].field), op->subject[i].value);
	if (op->n_subject > 0)
		page_wrap(p, PAINT_DIM, "  ", buf_str(&line));
	if (op->error != NULL || op->code != NULL) {
		buf_reset(&line);
		if (op->code != NULL)
			buf_printf(&line, "%s%s", op->code,
			    op->error != NULL ? ": " : "");
		buf_puts(&line, op->error != NULL ? op->error : "");
		buf_putc(p->out, '\n');
		page_wrap(p, PAINT_BAD, "  error  ", buf_str(&line));
	}
}

/* Whose time it was, as a whole. */
static void
page__sum(struct page *p)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	static const char *const names[] = { "daemon", "helper",
		"unaccounted" };
	int64_t all = p->t->op->duration_ns;
	struct split s;

	split_op(p->t->op, &s);
	if (s.daemon_ns < 0 || all <= 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int64_t ns = i == 0 ? s.daemon_ns
		    : i == 1        ? s.helper_ns
				    : s.unaccounted_ns;
		char text[CLOCK_DURATION_MAX];

		buf_printf(&line, "%s%s %s (%.0f%%)", i == 0 ? "" : "  ",
		    names[i], clock_format_duration(ns, text),
		    (double)ns * 100 / (double)all);
	}
	page_wrap(p, NULL, "  ", buf_str(&line));
}

/* Whether the two clocks went at one pace. */
static void
page__clocks(struct page *p)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	const struct certificate *c = &p->t->certificate;
	bool agree = certificate_clocks_agree(c);
	char text[CLOCK_DURATION_MAX];
	int64_t moved = 0;

	buf_puts(&line, "clocks: ");
	if (!certificate_clocks(c, &moved)) {
		buf_puts(&line,
		    "no two lines tell both wall and monotonic time");
	} else {
		clock_format_duration(moved < 0 ? -moved : moved, text);
		if (agree)
			buf_printf(&line, "wall and monotonic agree within %s",
			    text);
		else
			buf_printf(&line,
			    "the wall clock was set %s by %s meanwhile",
			    moved < 0 ? "back" : "forward", text);
	}
	page_wrap(p, agree ? PAINT_DIM : PAINT_BUSY, "  ", buf_str(&line));
}

/* Says what is missing, or that nothing is. */
static void
page__closing(struct page *p)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	const struct query_trace *t = p->t;
	uint64_t joined = t->certificate.joined;

	buf_puts(&line,
	    t->n_missing == 0 ? "complete: no line is missing"
			      : "incomplete: ");
	for (size_t i = 0; i < t->n_missing; i++)
		buf_printf(&line, "%s%s", i == 0 ? "" : "; ", t->missing[i]);
	if (joined > 0)
		buf_printf(&line, "; %" PRIu64 " line%s rejoined of pieces",
		    joined, joined == 1 ? " was" : "s were");
	page_wrap(p, t->n_missing == 0 ? PAINT_GOOD : PAINT_BUSY, "  ",
	    buf_str(&line));
	page__clocks(p);
}

/* A failure whose stage has no row: its line is missing. */
static void
page__lost_stage(struct page *p)
{
	const struct op *op = p->t->op;
	_cleanup_buf_ struct buf line = BUF_INIT;

	if (op->failed_stage == NULL)
		return;
	for (size_t i = 0; i < op->n_stages; i++)
		if (op->stages[i].failed)
			return;
	buf_printf(&line, "in stage %s, whose line is missing",
	    op->failed_stage);
	page_wrap(p, PAINT_BAD, page_mark(p, "✗ ", "! "), buf_str(&line));
}

static void
page__op(struct render *r, const struct render_job *job)
{
	struct buf *out = r->out;
	struct page p = {
		.t = job->trace,
		.style = job->style,
		.out = out,
	};

	page_collect(&p);
	page_title(&p);
	page__facts(&p);
	buf_putc(out, '\n');
	page_print_rows(&p);
	page__lost_stage(&p);
	buf_putc(out, '\n');
	page__sum(&p);
	page__closing(&p);
	page_free_rows(&p);
}

const struct renderer render_text = {
	.name = "text",
	.about = "a timeline",
	.flags = RENDER_ONE | RENDER_PROOF,
	.op = page__op,
};
