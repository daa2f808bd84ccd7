/* SPDX-License-Identifier: ISC */
#include "page_html.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "trace/split.h"

#include "markup.h"
#include "waterfall.h"

static const char page_css[] =
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 system-ui,sans-serif}"
    "main{max-width:1010px;margin:0 auto;padding:24px}"
    "h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:28px 0 8px}"
    "h1 small{font-weight:400;color:var(--dim);font-size:16px}"
    ".good{color:var(--good)}.ill{color:var(--bad)}.busy{color:var(--open)}"
    ".sub,.note{color:var(--dim);overflow-wrap:anywhere}"
    ".sub code{margin-right:14px}"
    "code,pre,td.mono{font-family:ui-monospace,monospace;font-size:13px}"
    ".box{border:1px solid var(--line);border-left:4px solid var(--dim);"
    "border-radius:4px;padding:8px 12px;margin:14px 0;"
    "overflow-wrap:anywhere}"
    ".box.ill{border-left-color:var(--bad);color:inherit}"
    ".box.good{border-left-color:var(--good);color:inherit}"
    ".box.busy{border-left-color:var(--open);color:inherit}"
    ".box p{margin:0}.scroll{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:3px 10px 3px 0;vertical-align:top;"
    "border-bottom:1px solid var(--line)}"
    "th{font-weight:600;color:var(--dim);font-size:13px}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;"
    "white-space:nowrap}"
    "tr.call td{color:var(--dim)}tr.bad td{color:var(--bad)}"
    ".mix{display:flex;width:140px;height:10px;margin-top:6px;"
    "border-radius:2px;overflow:hidden;background:var(--line)}"
    ".mix i{display:block}.d{background:var(--daemon)}"
    ".h{background:var(--helper)}.u{background:var(--none)}"
    ".key i{display:inline-block;width:10px;height:10px;margin:0 5px 0 12px;"
    "border-radius:2px}"
    "pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}"
    "details{border-top:1px solid var(--line);padding:8px 0}"
    "summary{cursor:pointer;font-weight:600}"
    "@media print{main{max-width:none;padding:0}.box,tr,svg{"
    "break-inside:avoid}body,.wf{--paper:#fff;--ink:#000}"
    "details::details-content{content-visibility:visible;height:auto}}\n";

void
page_html_open(const struct op *op, struct buf *out)
{
	buf_puts(out,
	    "<!DOCTYPE html>\n<html lang=\"en\" class=\"wf\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; style-src 'unsafe-inline'; "
	    "img-src data:\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n");
	markup_element(out, "title", "", op->id.text);
	buf_printf(out,
	    "\n<style>\n%s.wf{--good:#2f7d46}"
	    "@media(prefers-color-scheme:dark){.wf{--good:#6cc088}}\n%s"
	    "</style>\n</head>\n<body>\n<main>\n",
	    waterfall_css, page_css);
}

void
page_html_close(struct buf *out)
{
	buf_puts(out,
	    "<p class=\"note\">Made by bangerlog " BANGER_VERSION
	    ".</p>\n</main>\n</body>\n</html>\n");
}

/* ---- what it was ------------------------------------------------------- */

static const char *
page__tone(enum op_status status)
{
	return status == OP_COMPLETED ? "good"
	    : status == OP_RUNNING    ? "busy"
				      : "ill";
}

static const char *
page__time(int64_t ns, char out[CLOCK_DURATION_MAX])
{
	return ns < 0 ? "?" : clock_format_duration(ns, out);
}

static void
page__head(const struct op *op, struct buf *out)
{
	const char *subject = op_subject(op, FIELD_VM_NAME);
	char took[CLOCK_DURATION_MAX], when[CLOCK_RFC3339_MAX];
	const char *stage = op->failed_stage;

	if (subject == NULL)
		subject = op_subject(op, FIELD_IMAGE_NAME);
	if (stage == NULL && op_last_stage(op) != NULL)
		stage = op_last_stage(op)->name;
	buf_puts(out, "<h1>");
	markup_text(out, op->name != NULL ? op->name : "unknown operation");
	if (subject != NULL) {
		buf_putc(out, ' ');
		markup_text(out, subject);
	}
	buf_printf(out, " <small class=\"%s\">%s %s ", page__tone(op->status),
	    op_status_name(op->status),
	    op->status == OP_COMPLETED ? "in" : "after");
	buf_puts(out, page__time(op_elapsed(op, op->last_ns), took));
	if (op->status != OP_COMPLETED && stage != NULL) {
		buf_puts(out, " in ");
		markup_text(out, stage);
	}
	clock_format_rfc3339(op->start_ns, when);
	buf_puts(out, "</small></h1>\n<div class=\"sub\">");
	markup_element(out, "code", "", op->id.text);
	buf_printf(out, " %s%s, %" PRIu64 " lines<br>",
	    op->start_known ? "" : "before ", when, op->records);
	for (size_t i = 0; i < op->n_subject; i++) {
		buf_puts(out, "<code>");
		markup_text(out, field_key(op->subject[i].field));
		buf_putc(out, '=');
		markup_text(out, op->subject[i].value);
		buf_puts(out, "</code> ");
	}
	buf_puts(out, "</div>\n");
}

static void
page__error(const struct op *op, struct buf *out)
{
	if (op->error == NULL && op->code == NULL)
		return;
	buf_puts(out, "<div class=\"box ill\">");
	if (op->code != NULL)
		markup_element(out, "b", "", op->code);
	if (op->error != NULL) {
		buf_puts(out, "<pre>");
		markup_text(out, op->error);
		buf_puts(out, "</pre>");
	}
	buf_puts(out, "</div>\n");
}

/* ---- how far it is to be trusted --------------------------------------- */

static void
page__clocks(const struct certificate *c, struct buf *out)
{
	char text[CLOCK_DURATION_MAX];
	int64_t moved;

	if (!certificate_clocks(c, &moved)) {
		buf_puts(out,
		    "<p>No two lines tell both wall and monotonic time.</p>");
		return;
	}
	clock_format_duration(moved < 0 ? -moved : moved, text);
	if (certificate_clocks_agree(c))
		buf_printf(out,
		    "<p>Wall and monotonic clock agree within %s.</p>", text);
	else
		buf_printf(out,
		    "<p><b>The wall clock was set %s by %s meanwhile.</b></p>",
		    moved < 0 ? "back" : "forward", text);
}

static void
page__certificate(const struct query_trace *t, struct buf *out)
{
	bool good = t->n_missing == 0 &&
	    certificate_clocks_agree(&t->certificate);

	buf_printf(out, "<div class=\"box %s\"><p>", good ? "good" : "busy");
	if (t->n_missing == 0)
		buf_puts(out, "<b>Complete:</b> no line is missing.</p>");
	else
		buf_puts(out, "<b>Incomplete:</b></p><ul>");
	for (size_t i = 0; i < t->n_missing; i++)
		markup_element(out, "li", "", t->missing[i]);
	if (t->n_missing > 0)
		buf_puts(out, "</ul>");
	if (t->certificate.joined > 0)
		buf_printf(out,
		    "<p>Lines that were rejoined of pieces: %" PRIu64 ".</p>",
		    t->certificate.joined);
	page__clocks(&t->certificate, out);
	buf_puts(out, "</div>\n");
}

/* ---- whose time it was ------------------------------------------------- */

static void
page__mix(const struct split *s, struct buf *out)
{
	const int64_t share[] = { s->daemon_ns, s->helper_ns,
		s->unaccounted_ns };
	int64_t all = 0;

	for (size_t i = 0; i < ARRAY_LEN(share); i++)
		all += share[i];
	buf_puts(out, "<td><div class=\"mix\">");
	for (size_t i = 0; s->daemon_ns >= 0 && i < ARRAY_LEN(share); i++)
		if (share[i] > 0)
			buf_printf(out,
			    "<i class=\"%c\" style=\"width:%.2f%%\"></i>",
			    "dhu"[i], (double)share[i] * 100 / (double)all);
	buf_puts(out, "</div></td>");
}

static void
page__number(int64_t ns, bool none, struct buf *out)
{
	char text[CLOCK_DURATION_MAX];

	buf_printf(out, "<td class=\"n\">%s</td>",
	    none && ns == 0 ? "–" : page__time(ns, text));
}

static void
page__stage(const char *name, int64_t start_ns, int64_t duration_ns,
    bool failed, const struct split *s, struct buf *out)
{
	buf_printf(out, "<tr%s>", failed ? " class=\"bad\"" : "");
	markup_element(out, "td", "", name != NULL ? name : "?");
	page__number(start_ns, false, out);
	page__number(duration_ns, false, out);
	page__number(s->daemon_ns, true, out);
	page__number(s->helper_ns, true, out);
	page__number(s->unaccounted_ns, true, out);
	page__mix(s, out);
	buf_puts(out, "</tr>\n");
}

static void
page__shares(const struct op *op, struct buf *out)
{
	struct split s;

	buf_puts(out,
	    "<h2>Whose time it was</h2>\n<p class=\"note key\">"
	    "<i class=\"d\"></i>daemon<i class=\"h\"></i>helper"
	    "<i class=\"u\"></i>unaccounted: no line says</p>\n"
	    "<div class=\"scroll\"><table>\n<tr><th>stage</th>"
	    "<th class=\"n\">start</th><th class=\"n\">took</th>"
	    "<th class=\"n\">daemon</th><th class=\"n\">helper</th>"
	    "<th class=\"n\">unaccounted</th><th></th></tr>\n");
	if (op->unaccounted_ns >= 0) {
		split_stage(op, OP_NO_STAGE, &s);
		page__stage("(before the first)", 0, op->unaccounted_ns, false,
		    &s, out);
	}
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *st = &op->stages[i];

		split_stage(op, i, &s);
		page__stage(st->name, st->start_ns, st->duration_ns, st->failed,
		    &s, out);
	}
	split_op(op, &s);
	page__stage("all", 0, op->duration_ns, false, &s, out);
	buf_puts(out, "</table></div>\n");
}

void
page_html_trace(const struct query_trace *t, struct buf *out)
{
	page__head(t->op, out);
	page__error(t->op, out);
	buf_puts(out, "<h2>Timeline</h2>\n<div class=\"scroll\">\n");
	waterfall_draw(t->op, false, out);
	buf_puts(out, "</div>\n");
	page__shares(t->op, out);
	buf_puts(out, "<h2>How far this is to be trusted</h2>\n");
	page__certificate(t, out);
}

/* ---- lines ------------------------------------------------------------- */

void
page_html_fold(struct buf *out, const char *title)
{
	buf_puts(out, "<details><summary>");
	markup_text(out, title);
	buf_puts(out, "</summary>\n");
}

void
page_html_fold_end(struct buf *out)
{
	buf_puts(out, "</details>\n");
}

static void
page__line(const struct op *op, const struct render_line *line, struct buf *out)
{
	char text[CLOCK_DURATION_MAX], when[CLOCK_RFC3339_MAX];
	int64_t since = clock_diff(line->time_ns, op->start_ns);
	bool bad = strncmp(line->level, "ERROR", 5) == 0;

	buf_printf(out, "<tr%s><td class=\"n\"", bad ? " class=\"bad\"" : "");
	if (line->time_ns != 0) {
		clock_format_rfc3339(line->time_ns, when);
		markup_attr(out, "title", when);
		buf_printf(out, ">%s%s", since < 0 ? "-" : "",
		    clock_format_duration(since < 0 ? -since : since, text));
	} else {
		buf_puts(out, ">?");
	}
	buf_puts(out, "</td>");
	markup_element(out, "td", "", line->emitter);
	markup_element(out, "td", "", line->level);
	buf_puts(out, "<td><pre>");
	markup_bytes(out, line->text, line->len);
	buf_puts(out, "</pre></td></tr>\n");
}

void
page_html_lines(const struct op *op, const struct render_lines *lines,
    struct buf *out)
{
	buf_printf(out,
	    "<h2>Log lines</h2>\n<details open><summary>%zu line%s, by time"
	    "</summary>\n<div class=\"scroll\"><table>\n<tr>"
	    "<th class=\"n\">since start</th><th>by</th><th>level</th>"
	    "<th>line</th></tr>\n",
	    lines->n, lines->n == 1 ? "" : "s");
	for (size_t i = 0; i < lines->n; i++)
		page__line(op, &lines->lines[i], out);
	buf_puts(out, "</table></div></details>\n");
}
