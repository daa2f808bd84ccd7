/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/when.h"
#include "trace/query.h"

#include "bangerlog.h"
#include "context.h"
#include "ref.h"
#include "render.h"
#include "style.h"
#include "watch.h"

/* Exit status of --follow where it neither completed nor failed. */
#define TRACE_ENDED_OTHERWISE 3
/* How far --context looks around it. */
#define TRACE_CONTEXT "2s"

struct trace {
	const struct renderer *how;
	struct render_style style;
	const char *op_id;
	bool json, screen;    /* screen: it is drawn anew each time */
	size_t stages, calls; /* that were told, where it is not */
};

static int
trace__print(const struct trace *tr, struct store *s, struct error *err)
{
	_cleanup_render_ struct render r = { NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (tr->screen)
		buf_puts(&out, "\x1b[H\x1b[2J");
	render_begin(&r, tr->how, &out);
	if (render_op(&r, s, tr->op_id, &tr->style, err) < 0)
		return -1;
	render_end(&r);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return 0;
}

/* "+10.0ms vmm_spawn" and a newline. */
static void
trace__told(int64_t ns, const char *mark, const char *name, const char *error)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	char text[CLOCK_DURATION_MAX];

	buf_printf(&out, "%c%10s  %s", ns >= 0 ? '+' : ' ',
	    ns >= 0 ? clock_format_duration(ns, text) : "?", mark);
	text_escape(&out, name, strlen(name), false);
	if (error != NULL) {
		buf_puts(&out, ": ");
		text_escape(&out, error, strlen(error), false);
	}
	puts(buf_str(&out));
}

/* To a pipe: what is new since the last time; the whole at the end. */
static void
trace__append(struct trace *tr, const struct op *op)
{
	for (; tr->stages < op->n_stages; tr->stages++) {
		const struct op_stage *st = &op->stages[tr->stages];

		trace__told(st->start_ns, "", st->name != NULL ? st->name : "?",
		    NULL);
	}
	for (; tr->calls < op->n_calls; tr->calls++) {
		const struct op_call *c = &op->calls[tr->calls];

		trace__told(c->start_ns, c->failed ? "! " : "  ",
		    c->method != NULL ? c->method : "?", c->error);
	}
}

static int
trace__status(const struct op *op)
{
	if (op->status == OP_COMPLETED)
		return CMD_OK;
	return op->status == OP_FAILED ? CMD_FAILED : TRACE_ENDED_OTHERWISE;
}

/* Until it has ended; stopped before: as one that did so otherwise. */
static int
trace__follow(struct cmd_ctx *ctx, struct store *s, struct trace *tr,
    struct error *err)
{
	struct watch w;

	watch_init(&w, ctx, s);
	while (watch_next(&w)) {
		_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;

		if (query_trace(s, tr->op_id, &t, err) < 0)
			return -1;
		if (t.op == NULL)
			continue;
		if (!tr->json && !tr->screen)
			trace__append(tr, t.op);
		if ((tr->json || tr->screen || !op_in_flight(t.op)) &&
		    trace__print(tr, s, err) < 0)
			return -1;
		if (!op_in_flight(t.op))
			return trace__status(t.op);
	}
	return TRACE_ENDED_OTHERWISE;
}

/* --context: how far around it, and what is read beside the index. */
static int
trace__context(const struct cmd_ctx *ctx, struct store *s, const struct op *op,
    const struct trace *tr, struct error *err)
{
	struct context c = { 0, cmd_value(ctx, "context-from"), tr->json,
		tr->style };
	const char *span = cmd_value(ctx, "context");
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error why = ERROR_INIT;

	if (span == NULL || span[0] == '\0')
		span = TRACE_CONTEXT;
	if (when_parse_span(span, NSEC_PER_SEC, &c.around_ns, &why) < 0)
		return cmd_usage_error(err, "--context: %s", why.text);
	if (context_print(s, op, &c, &out, err) < 0)
		return -1;
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

/* What goes on beside the one answer: only text and json are made for it. */
static int
trace__options(const struct cmd_ctx *ctx, struct trace *tr, struct error *err)
{
	tr->json = tr->how == &render_json;
	if (!tr->json && tr->how != &render_text &&
	    (cmd_given(ctx, "follow") || cmd_given(ctx, "context") ||
		cmd_given(ctx, "context-from")))
		return cmd_usage_error(err,
		    "--follow and --context are for text and json, not %s",
		    tr->how->name);
	return style_read(ctx, &tr->style, err);
}

static int
trace__exec(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct trace tr = { NULL };
	int rc;

	if (strcmp(cmd_value(ctx, "format"), "help") == 0) {
		render_help(RENDER_ONE, &out);
		fputs(buf_str(&out), stdout);
		return CMD_OK;
	}
	tr.how = render_find(cmd_value(ctx, "format"), RENDER_ONE, err);
	if (tr.how == NULL)
		return cmd_usage_error(err, "%s", err->text);
	if (trace__options(ctx, &tr, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0)
		return -1;
	rc = ref_find(s, ctx->argv[0], &rows, err);
	if (rc != CMD_OK)
		return rc;
	tr.op_id = rows.rows[0].op_id;
	if (cmd_given(ctx, "follow")) {
		tr.screen = !tr.json && isatty(STDOUT_FILENO) == 1;
		return trace__follow(ctx, s, &tr, err);
	}
	if (trace__print(&tr, s, err) < 0)
		return -1;
	if (!cmd_given(ctx, "context") && !cmd_given(ctx, "context-from"))
		return CMD_OK;
	if (query_trace(s, tr.op_id, &t, err) < 0)
		return -1;
	return trace__context(ctx, s, t.op, &tr, err);
}

static const struct cmd_opt trace_opts[] = {
	BANGERLOG_OPT_DB,
	{ 'f', "follow", NULL, NULL, NULL,
	    "Until it ends; exit status 0: it completed, 1: it failed, 3: it "
	    "ended otherwise, or this was stopped." },
	{ 0, "context", "[=SPAN]", NULL, NULL,
	    "Also what else was logged from that long before it until as long "
	    "after it (2s)." },
	{ 0, "context-from", "FILE", NULL, NULL,
	    "Of what other units wrote, what is about the VM's unit, KVM or "
	    "memory comes from there: a file (journalctl -o json, say), a "
	    "journal's folder, or journal: this host's.  Without it from the "
	    "journals of the index." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, json, html, svg, chrome, otlp or raw; help says what "
	    "they are (docs/formats.md)." },
	STYLE_OPTS,
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_trace = {
	.name = "trace",
	.args = "REF",
	.min = 1,
	.max = 1,
	.opts = trace_opts,
	.about = "Shows one operation as a timeline.  " REF_ABOUT,
	.exec = trace__exec,
};
