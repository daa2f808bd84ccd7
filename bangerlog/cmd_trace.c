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
#include "render.h"

#define TRACE_WIDTH_MIN 20
#define TRACE_WIDTH_MAX 1000
/* Candidates that are listed when a prefix fits several. */
#define TRACE_CANDIDATES 20

/* Says which operations the prefix could mean. */
static void
trace__ambiguous(const char *ref, const struct query_rows *rows)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	size_t shown = rows->n < TRACE_CANDIDATES ? rows->n : TRACE_CANDIDATES;

	buf_puts(&out, "bangerlog: \"");
	text_escape(&out, ref, strlen(ref), false);
	buf_puts(&out, "\" could be any of\n");
	for (size_t i = 0; i < shown; i++) {
		const struct query_row *row = &rows->rows[i];
		const char *name = row->name != NULL ? row->name : "?";
		const char *vm = row->vm_name != NULL ? row->vm_name : "";

		buf_printf(&out, "  %s  ", row->op_id);
		text_escape(&out, name, strlen(name), false);
		buf_putc(&out, ' ');
		text_escape(&out, vm, strlen(vm), false);
		buf_printf(&out, "%s%s\n", vm[0] != '\0' ? " " : "",
		    row->status);
	}
	if (rows->n > shown)
		buf_puts(&out, "  and others\n");
	fputs(buf_str(&out), stderr);
}

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
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct render_style style;
	int format;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    trace__style(ctx, &style, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0 ||
	    query_match(s, ctx->argv[0], TRACE_CANDIDATES + 1, &rows, err) < 0)
		return -1;
	if (rows.n > 1) {
		trace__ambiguous(ctx->argv[0], &rows);
		return CMD_USAGE;
	}
	if (rows.n == 0)
		return error_set(err, -1,
		    "no operation \"%s\" in %s; if its log is newer than the "
		    "index: bangerlog index --db %s FILE...",
		    ctx->argv[0], store_path(s), store_path(s));
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
	{ 0, "width", "N", NULL, NULL,
	    "Columns to use; without it those of the terminal, or 80." },
	{ 0, "ascii", NULL, NULL, NULL, "Draw with ASCII characters only." },
	{ 0, "color", "WHEN", NULL, "auto", "auto, always or never." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_trace = {
	.name = "trace",
	.args = "OP-ID",
	.min = 1,
	.max = 1,
	.opts = trace_opts,
	.about = "Shows one operation (its id or the beginning of it) as a "
		 "timeline.",
	.exec = trace__exec,
};
