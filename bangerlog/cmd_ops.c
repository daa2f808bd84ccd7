/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/table.h"
#include "base/text.h"
#include "trace/query.h"

#include "ask.h"
#include "bangerlog.h"
#include "render.h"

#define OPS_LIMIT_MAX 1000000000UL

static void
ops__table(const struct query_rows *rows, struct buf *out)
{
	static const struct table_column columns[] = {
		{ "STARTED (UTC)", 0 },
		{ "OPERATION", 0 },
		{ "SUBJECT", TABLE_SHRINK },
		{ "STATUS", 0 },
		{ "TOOK", TABLE_RIGHT },
		{ "LAST STAGE", TABLE_SHRINK },
		{ "OP-ID", 0 },
	};
	_cleanup_(table_freep) struct table *t = table_new(columns,
	    ARRAY_LEN(columns));
	char text[CLOCK_RFC3339_MAX], took[CLOCK_DURATION_MAX];

	for (size_t i = 0; i < rows->n; i++) {
		const struct query_row *row = &rows->rows[i];

		clock_format_rfc3339(row->start_ns, text);
		text[10] = ' ';
		text[19] = '\0';
		table_cell(t, text);
		table_cell(t, row->name);
		table_cell(t,
		    row->vm_name != NULL          ? row->vm_name
			: row->image_name != NULL ? row->image_name
						  : row->vm_id);
		table_cell(t, row->status);
		table_cell(t,
		    row->duration_ns >= 0
			? clock_format_duration(row->duration_ns, took)
			: NULL);
		table_cell(t, row->stage);
		table_cell(t, row->op_id);
	}
	table_print(t,
	    isatty(STDOUT_FILENO) ? text_terminal_width(STDOUT_FILENO, 80) : 0,
	    out);
}

/*
 * Nothing was found; says so where all that matches is left out without --all.
 */
static int
ops__hidden(struct store *s, struct query_want want, struct error *err)
{
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;

	want.everything = true;
	want.limit = 1;
	if (query_find(s, &want, &rows, err) < 0)
		return -1;
	if (rows.n > 0)
		fputs("bangerlog: only requests that looked and went well "
		      "match; --all lists them\n",
		    stderr);
	return 0;
}

/* What is asked for, in the query's terms. */
static int
ops__want(struct cmd_ctx *ctx, const struct ask *ask, struct query_want *ret,
    struct error *err)
{
	unsigned long limit;

	if (cmd_number(ctx, "number", 0, OPS_LIMIT_MAX, &limit, err) < 0)
		return -1;
	ret->limit = limit;
	ret->everything = cmd_given(ctx, "all");
	ret->since_ns = ask->since_ns;
	ret->until_ns = ask->until_ns;
	ret->filter = ask->filter;
	ret->now_ns = ask->now_ns;
	return 0;
}

static int
ops__exec(struct cmd_ctx *ctx, struct error *err)
{
	/* "table" is what "text" was called first. */
	static const char *const formats[] = { "text", "json", "table", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	_cleanup_ask_ struct ask ask = ASK_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct query_want want = QUERY_WANT_INIT;
	int format, status, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0)
		return -1;
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	if (ops__want(ctx, &ask, &want, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0 ||
	    query_find(s, &want, &rows, err) < 0)
		return -1;
	ask_warn(&ask);
	if (rows.n == 0 && !want.everything && want.filter != NULL &&
	    ops__hidden(s, want, err) < 0)
		return -1;
	if (format != 1)
		ops__table(&rows, &out);
	for (size_t i = 0; format == 1 && i < rows.n; i++)
		render_json_row(&rows.rows[i], &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt ops_opts[] = {
	BANGERLOG_OPT_DB,
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 'n', "number", "N", NULL, "50",
	    "How many of the newest operations; 0: all." },
	{ 'a', "all", NULL, NULL, NULL,
	    "Also requests that only looked and went well." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object a line." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_ops = {
	.name = "ops",
	.opts = ops_opts,
	.about = "Lists the newest operations of the index.",
	.exec = ops__exec,
};
