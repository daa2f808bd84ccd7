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

static int
ops__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "table", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	unsigned long limit;
	int format;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    cmd_number(ctx, "number", 0, OPS_LIMIT_MAX, &limit, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0 ||
	    query_ops(s, limit, cmd_given(ctx, "all"), &rows, err) < 0)
		return -1;
	if (format == 0)
		ops__table(&rows, &out);
	for (size_t i = 0; format == 1 && i < rows.n; i++)
		render_json_row(&rows.rows[i], &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt ops_opts[] = {
	BANGERLOG_OPT_DB,
	{ 'n', "number", "N", NULL, "50",
	    "How many of the newest operations; 0: all." },
	{ 'a', "all", NULL, NULL, NULL,
	    "Also requests that only looked and went well." },
	{ 0, "format", "FORMAT", NULL, "table",
	    "table, or json: one object a line." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_ops = {
	.name = "ops",
	.opts = ops_opts,
	.about = "Lists the newest operations of the index.",
	.exec = ops__exec,
};
