/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "trace/query.h"

#include "ask.h"
#include "bangerlog.h"
#include "output.h"
#include "render.h"

#define EXPORT_LIMIT_MAX 1000000000UL
/* Of what is ready, before it is written. */
#define EXPORT_CHUNK 65536

struct export
{
	struct store *store;
	struct render *render;
	struct render_style style;
	struct output *output;
};

static int
export__row(void *arg, const struct query_row *row, struct error *err)
{
	struct export *e = arg;

	if (render_op(e->render, e->store, row->op_id, &e->style, err) < 0)
		return -1;
	return e->render->out->len < EXPORT_CHUNK
	    ? 0
	    : output_write(e->output, e->render->out, err);
}

static int
export__all(struct store *s, const struct query_want *want,
    const struct renderer *how, const char *path, struct error *err)
{
	_cleanup_output_ struct output output = OUTPUT_INIT;
	_cleanup_render_ struct render render = { NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct export e = { .store = s, .render = &render, .output = &output };

	if (output_open(path, &output, err) < 0)
		return -1;
	render_begin(&render, how, &out);
	if (query_each(s, want, export__row, &e, err) < 0)
		return -1;
	render_end(&render);
	if (output_write(&output, &out, err) < 0)
		return -1;
	return output_finish(&output, err);
}

static int
export__exec(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_ask_ struct ask ask = ASK_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct query_want want = QUERY_WANT_INIT;
	const struct renderer *how;
	unsigned long limit;
	int status, rc;

	if (strcmp(cmd_value(ctx, "format"), "help") == 0) {
		render_help(RENDER_MANY, &out);
		fputs(buf_str(&out), stdout);
		return CMD_OK;
	}
	how = render_find(cmd_value(ctx, "format"), RENDER_MANY, err);
	if (how == NULL)
		return cmd_usage_error(err, "%s", err->text);
	if (cmd_number(ctx, "number", 0, EXPORT_LIMIT_MAX, &limit, err) < 0)
		return -1;
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	want.limit = limit;
	want.everything = cmd_given(ctx, "all");
	want.since_ns = ask.since_ns;
	want.until_ns = ask.until_ns;
	want.filter = ask.filter;
	want.now_ns = ask.now_ns;
	if (bangerlog_open(ctx, &s, err) < 0 ||
	    export__all(s, &want, how, cmd_value(ctx, "output"), err) < 0)
		return -1;
	ask_warn(&ask);
	return CMD_OK;
}

static const struct cmd_opt export_opts[] = {
	BANGERLOG_OPT_DB,
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 'n', "number", "N", NULL, "0",
	    "How many of the newest operations; 0: all." },
	{ 'a', "all", NULL, NULL, NULL,
	    "Also requests that only looked and went well." },
	{ 0, "format", "FORMAT", NULL, "json",
	    "csv, json, chrome, otlp or prometheus; help says what they "
	    "are (docs/formats.md)." },
	{ 'o', "output", "FILE", NULL, NULL,
	    "Where to; the file is there as a whole or not at all." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_export = {
	.name = "export",
	.opts = export_opts,
	.about = "Writes operations in a form that other programs read.",
	.exec = export__exec,
};
