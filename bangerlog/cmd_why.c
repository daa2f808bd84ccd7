/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/query.h"

#include "bangerlog.h"
#include "ref.h"
#include "render_page.h"
#include "style.h"
#include "why.h"

/* One screen: no text of a log may push the rest off it. */
#define WHY_ROWS 3
#define WHY_LABEL "  %-10s"

/* ---- text -------------------------------------------------------------- */

/* A labelled paragraph of at most WHY_ROWS rows. */
static void
why__put(struct page *p, const char *color, const char *label,
    const struct buf *text)
{
	_cleanup_buf_ struct buf safe = BUF_INIT, cut = BUF_INIT;
	char lead[32];
	size_t cells;

	snprintf(lead, sizeof(lead), WHY_LABEL, label);
	text_escape(&safe, buf_str(text), text->len, false);
	cells = p->style->width > 24 ? p->style->width - 12 : 12;
	/* Rows are broken at blanks, and not quite full. */
	cells = cells * WHY_ROWS - cells / 2;
	text_fit(&cut, buf_str(&safe), cells, false, p->style->ascii);
	page_trim(&cut);
	page_wrap(p, color, lead, buf_str(&cut));
}

/* "12.3ms; normally 8.1ms ± 0.4ms (median ± MAD, n=50)". */
static void
why__took(const struct page *p, struct buf *out, int64_t ns,
    const struct baseline_stat *stat)
{
	char took[CLOCK_DURATION_MAX], median[CLOCK_DURATION_MAX],
	    mad[CLOCK_DURATION_MAX];
	const char *sign = page_mark(p, "\u00b1", "+-");

	buf_puts(out,
	    ns >= 0 ? clock_format_duration(ns, took) : "an unknown time");
	if (stat->median_ns < 0) {
		buf_printf(out, "; no history (n=%zu)", stat->n);
		return;
	}
	buf_printf(out, "; normally %s %s %s (median %s MAD, n=%zu)",
	    clock_format_duration(stat->median_ns, median), sign,
	    clock_format_duration(stat->mad_ns, mad), sign, stat->n);
	if (ns >= 0 && baseline_is_slow(stat, ns) && stat->median_ns > 0)
		buf_printf(out, ", %.1f times as long",
		    (double)ns / (double)stat->median_ns);
}

static void
why__stage(struct page *p, const struct why *w)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	enum op_status st = w->op->status;

	why__took(p, &text, w->elapsed_ns, &w->whole);
	why__put(p, NULL, st == OP_RUNNING ? "running" : "took", &text);
	if (w->stage == NULL)
		return;
	buf_reset(&text);
	buf_printf(&text, "%s, ", w->stage);
	why__took(p, &text, w->stage_ns, &w->stage_stat);
	why__put(p, w->failed ? PAINT_BAD : NULL,
	    w->failed                ? "failed in"
		: st == OP_COMPLETED ? "most in"
		: st == OP_RUNNING   ? "now in"
				     : "last in",
	    &text);
}

static void
why__call(struct page *p, const struct why *w)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (w->call == NULL)
		return;
	buf_puts(&text, w->call->method != NULL ? w->call->method : "?");
	if (w->call->number >= 0)
		buf_printf(&text, " (call %" PRId64 ")", w->call->number);
	buf_puts(&text, w->call->failed ? " failed after " : ", ");
	why__took(p, &text, w->call->duration_ns, &w->call_stat);
	why__put(p, w->call->failed ? PAINT_BAD : NULL, "helper", &text);
}

static void
why__error(struct page *p, const struct why *w)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (w->error == NULL && w->code == NULL)
		return;
	if (w->code != NULL)
		buf_printf(&text, "%s: ", w->code);
	buf_printf(&text, "%s (%s)", w->error != NULL ? w->error : "no text",
	    w->error_from);
	why__put(p, PAINT_BAD, "error", &text);
	/* What became of it on the way up, where that says more. */
	if (strcmp(w->error_from, "helper") != 0 || w->op->error == NULL ||
	    (w->error != NULL && strstr(w->op->error, w->error) != NULL))
		return;
	buf_reset(&text);
	buf_puts(&text, w->op->error);
	why__put(p, NULL, "then", &text);
}

static void
why__before(struct page *p, const struct why *w)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const struct baseline_same *same = &w->same;
	char first[CLOCK_RFC3339_MAX], last[CLOCK_RFC3339_MAX];

	if (w->op->error == NULL)
		return;
	if (same->same == 0) {
		buf_printf(&text, "not in the %zu failures of %s before it",
		    same->looked, w->op->name != NULL ? w->op->name : "it");
		why__put(p, NULL, "before", &text);
		return;
	}
	clock_format_rfc3339(same->first_ns, first);
	clock_format_rfc3339(same->last_ns, last);
	first[19] = last[19] = '\0';
	buf_printf(&text, "the same in %zu of %zu failures; first %s%sZ %s",
	    same->same, same->looked,
	    same->looked == QUERY_BAD_MAX ? "of these " : "", first,
	    same->first.text);
	if (same->same > 1)
		buf_printf(&text, ", last %sZ %s", last, same->last.text);
	why__put(p, NULL, "before", &text);
}

/* What it still takes, or that it hangs. */
static void
why__eta(struct page *p, const struct why *w)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	char low[CLOCK_DURATION_MAX], high[CLOCK_DURATION_MAX];
	int64_t left = w->whole.median_ns - w->elapsed_ns;
	int64_t most = w->whole.p90_ns - w->elapsed_ns;

	if (w->op->status != OP_RUNNING || w->whole.median_ns < 0)
		return;
	if (w->whole.p90_ns >= 0 ? most < 0 : left < 0) {
		buf_printf(&text, "may be stuck: longer than %s of %zu",
		    w->whole.p90_ns >= 0 ? "nine in ten" : "half", w->whole.n);
	} else if (w->whole.p90_ns < 0) {
		buf_printf(&text, "in %s (median, n=%zu)",
		    clock_format_duration(left, low), w->whole.n);
	} else {
		buf_printf(&text, "in %s to %s (p50 to p90, n=%zu)",
		    left > 0 ? clock_format_duration(left, low) : "0us",
		    clock_format_duration(most, high), w->whole.n);
	}
	why__put(p, PAINT_BUSY, "ends", &text);
}

static void
why__missing(struct page *p, const struct query_trace *t)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (t->n_missing == 0)
		buf_puts(&text, "nothing: no line is missing");
	for (size_t i = 0; i < t->n_missing; i++)
		buf_printf(&text, "%s%s", i > 0 ? "; " : "", t->missing[i]);
	why__put(p, t->n_missing > 0 ? PAINT_BUSY : NULL, "missing", &text);
}

static void
why__text(const struct query_trace *t, const struct why *w,
    const struct render_style *style, struct buf *out)
{
	struct page p = { .t = t, .style = style, .out = out };
	_cleanup_buf_ struct buf text = BUF_INIT;
	char began[CLOCK_RFC3339_MAX];

	page_title(&p);
	clock_format_rfc3339(w->op->start_ns, began);
	buf_printf(&text, "%s%s  %s", w->op->start_known ? "" : "before ",
	    began, w->op->id.text);
	why__put(&p, PAINT_DIM, "began", &text);
	why__stage(&p, w);
	why__call(&p, w);
	why__error(&p, w);
	why__before(&p, w);
	why__eta(&p, w);
	why__missing(&p, t);
	buf_reset(&text);
	buf_printf(&text, "bangerlog %s %s", why_next(w), w->op->id.text);
	why__put(&p, PAINT_BOLD, "next", &text);
}

/* ---- json -------------------------------------------------------------- */

static void
why__json_normal(struct jsonw *w, const struct baseline_stat *stat)
{
	jsonw_object(w, "normal");
	jsonw_uint(w, "n", stat->n);
	jsonw_ms(w, "median_ms", stat->median_ns);
	jsonw_ms(w, "mad_ms", stat->mad_ns);
	jsonw_ms(w, "p90_ms", stat->p90_ns);
	jsonw_object_end(w);
}

static void
why__json_parts(struct jsonw *j, const struct why *w)
{
	jsonw_object(j, "stage");
	jsonw_string(j, "name", w->stage);
	jsonw_bool(j, "failed", w->failed);
	jsonw_ms(j, "duration_ms", w->stage_ns);
	why__json_normal(j, &w->stage_stat);
	jsonw_object_end(j);
	if (w->call == NULL) {
		jsonw_null(j, "helper_call");
		return;
	}
	jsonw_object(j, "helper_call");
	jsonw_string(j, "method", w->call->method);
	if (w->call->number >= 0)
		jsonw_int(j, "call", w->call->number);
	else
		jsonw_null(j, "call");
	jsonw_bool(j, "failed", w->call->failed);
	jsonw_ms(j, "duration_ms", w->call->duration_ns);
	why__json_normal(j, &w->call_stat);
	jsonw_object_end(j);
}

static void
why__json_before(struct jsonw *j, const struct baseline_same *same)
{
	jsonw_object(j, "before");
	jsonw_uint(j, "failures", same->looked);
	jsonw_uint(j, "same", same->same);
	jsonw_string(j, "first", same->same > 0 ? same->first.text : NULL);
	jsonw_string(j, "last", same->same > 0 ? same->last.text : NULL);
	if (same->same > 0)
		jsonw_time(j, "first_time", same->first_ns);
	else
		jsonw_null(j, "first_time");
	jsonw_object_end(j);
}

static void
why__json(const struct query_trace *t, const struct why *w, struct buf *out)
{
	struct jsonw j = JSONW_INIT(out);

	jsonw_object(&j, NULL);
	jsonw_string(&j, "op_id", w->op->id.text);
	jsonw_string(&j, "operation", w->op->name);
	jsonw_string(&j, "status", op_status_name(w->op->status));
	jsonw_ms(&j, "elapsed_ms", w->elapsed_ns);
	why__json_normal(&j, &w->whole);
	why__json_parts(&j, w);
	jsonw_string(&j, "error", w->error);
	jsonw_string(&j, "code", w->code);
	jsonw_string(&j, "error_from", w->error_from);
	why__json_before(&j, &w->same);
	jsonw_array(&j, "missing");
	for (size_t i = 0; i < t->n_missing; i++)
		jsonw_string(&j, NULL, t->missing[i]);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_putc(out, '\n');
}

static int
why__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
	_cleanup_(why_done) struct why w = { NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct render_style style;
	int format, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    style_read(ctx, &style, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0)
		return -1;
	rc = ref_find(s, ctx->argv[0], &rows, err);
	if (rc != CMD_OK)
		return rc;
	if (query_trace(s, rows.rows[0].op_id, &t, err) < 0)
		return -1;
	if (t.op == NULL)
		return error_set(err, -1, "no line of %s is in %s",
		    rows.rows[0].op_id, store_path(s));
	if (why_find(s, &t, clock_real_ns(), &w, err) < 0)
		return -1;
	if (format == 0)
		why__text(&t, &w, &style, &out);
	else
		why__json(&t, &w, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt why_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "format", "FORMAT", NULL, "text", "text, or json: one object." },
	STYLE_OPTS,
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_why = {
	.name = "why",
	.args = "REF",
	.min = 1,
	.max = 1,
	.opts = why_opts,
	.about = "Says on one screen which stage or helper call of an "
		 "operation failed or took the time, what is normal, and when "
		 "the same failure was there before.  " REF_ABOUT,
	.exec = why__exec,
};
