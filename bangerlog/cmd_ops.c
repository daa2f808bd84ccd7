/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "trace/query.h"

#include "ask.h"
#include "bangerlog.h"
#include "render.h"

#define OPS_LIMIT_MAX 1000000000UL

/*
 * Below that the table is made for 80 columns: without the year, and ids only
 * as long as they have to be; any command takes them so.
 */
#define OPS_WIDE 100
/* Digits of an id that a narrow table shows at least; "op-" is before them. */
#define OPS_ID_LEAST (3 + 8)
/* With longer ones no stage finds room in 80 columns. */
#define OPS_ID_SHORT (3 + 9)

static int
ops__by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How much of each id tells it from all others in the list. */
static size_t
ops__id_len(const struct query_rows *rows)
{
	_cleanup_free_ const char **ids = xcalloc(rows->n + 1, sizeof(*ids));
	size_t len = OPS_ID_LEAST, same;

	for (size_t i = 0; i < rows->n; i++)
		ids[i] = rows->rows[i].op_id;
	qsort(ids, rows->n, sizeof(*ids), ops__by_id);
	for (size_t i = 1; i < rows->n; i++) {
		for (same = 0;
		     ids[i][same] != '\0' && ids[i][same] == ids[i - 1][same];
		     same++)
			;
		if (same + 1 > len)
			len = same + 1;
	}
	return len;
}

static void
ops__row(struct table *t, const struct query_row *row, size_t id_len,
    bool stage)
{
	char text[CLOCK_RFC3339_MAX], took[CLOCK_DURATION_MAX];

	clock_format_rfc3339(row->start_ns, text);
	text[10] = ' ';
	text[19] = '\0';
	table_cell(t, id_len > 0 ? text + strlen("2026-") : text);
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
	if (stage)
		table_cell(t, row->stage);
	if (id_len > 0)
		table_cellf(t, "%.*s", (int)id_len, row->op_id);
	else
		table_cell(t, row->op_id);
}

static void
ops__table(const struct query_rows *rows, struct buf *out)
{
	static const struct table_column columns[] = {
		{ "STARTED (UTC)", 0 },
		{ "OPERATION", TABLE_SHRINK },
		{ "SUBJECT", TABLE_SHRINK },
		{ "STATUS", 0 },
		{ "TOOK", TABLE_RIGHT },
		{ "LAST STAGE", TABLE_SHRINK },
		{ "OP-ID", 0 },
	}, without[] = {
		{ "STARTED (UTC)", 0 },
		{ "OPERATION", TABLE_SHRINK },
		{ "SUBJECT", TABLE_SHRINK },
		{ "STATUS", 0 },
		{ "TOOK", TABLE_RIGHT },
		{ "OP-ID", 0 },
	};
	size_t width = isatty(STDOUT_FILENO)
	    ? text_terminal_width(STDOUT_FILENO, 80)
	    : 0;
	size_t id_len = width > 0 && width < OPS_WIDE ? ops__id_len(rows) : 0;
	bool stage = id_len <= OPS_ID_SHORT;
	_cleanup_(table_freep) struct table *t = stage
	    ? table_new(columns, ARRAY_LEN(columns))
	    : table_new(without, ARRAY_LEN(without));

	for (size_t i = 0; i < rows->n; i++)
		ops__row(t, &rows->rows[i], id_len, stage);
	table_print(t, width, out);
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
