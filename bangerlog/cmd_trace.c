/* SPDX-License-Identifier: ISC */
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "trace/query.h"

#include "bangerlog.h"
#include "ref.h"
#include "render.h"

#define TRACE_WIDTH_MIN 20
#define TRACE_WIDTH_MAX 1000
static int
trace__style(const struct cmd_ctx *ctx, struct render_style *ret,
    struct error *err)
{
	static const char *const when[] = { "auto", "always", "never", NULL };
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
	unsigned long width = 0;
	int color;

	if (cmd_choice(ctx, "color", when, &color, err) < 0)
		return -1;
	if (cmd_value(ctx, "width") != NULL &&
	    cmd_number(ctx, "width", TRACE_WIDTH_MIN, TRACE_WIDTH_MAX, &width,
		err) < 0)
		return -1;
	ret->width = width != 0 ? width
				: text_terminal_width(STDOUT_FILENO, 80);
	if (ret->width < TRACE_WIDTH_MIN)
		ret->width = TRACE_WIDTH_MIN;
	ret->terminal = isatty(STDOUT_FILENO) == 1;
	ret->ascii = cmd_given(ctx, "ascii") ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	ret->color = color == 1 ||
	    (color == 0 && isatty(STDOUT_FILENO) &&
		(none == NULL || none[0] == '\0') && term != NULL &&
		strcmp(term, "dumb") != 0);
	return 0;
}

static int
trace__exec(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	_cleanup_render_ struct render r = { NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	const struct renderer *how;
	struct render_style style;
	int rc;

	if (strcmp(cmd_value(ctx, "format"), "help") == 0) {
		render_help(RENDER_ONE, &out);
		fputs(buf_str(&out), stdout);
		return CMD_OK;
	}
	how = render_find(cmd_value(ctx, "format"), RENDER_ONE, err);
	if (how == NULL)
		return cmd_usage_error(err, "%s", err->text);
	if (trace__style(ctx, &style, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0)
		return -1;
	rc = ref_find(s, ctx->argv[0], &rows, err);
	if (rc != CMD_OK)
		return rc;
	render_begin(&r, how, &out);
	if (render_op(&r, s, rows.rows[0].op_id, &style, err) < 0)
		return -1;
	render_end(&r);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt trace_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, json, html, svg, chrome, otlp or raw; help says what "
	    "they are (docs/formats.md)." },
	{ 0, "width", "N", NULL, NULL,
	    "Columns to use; without it those of the terminal, or 80." },
	{ 0, "ascii", NULL, NULL, NULL, "Draw with ASCII characters only." },
	{ 0, "color", "WHEN", NULL, "auto", "auto, always or never." },
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
