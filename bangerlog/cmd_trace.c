/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "trace/query.h"

#include "bangerlog.h"
#include "ref.h"
#include "render.h"
#include "style.h"

static int
trace__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
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
	if (format == 0)
		render_text(&t, &style, &out);
	else
		render_json(&t, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt trace_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "format", "FORMAT", NULL, "text", "text, or json: one object." },
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
