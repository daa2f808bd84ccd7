/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/buf.h"
#include "trace/query.h"

#include "bangerlog.h"

static void
sql__row(void *arg, const struct buf *row)
{
	(void)arg;
	fwrite(row->data, 1, row->len, stdout);
}

static int
sql__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	int format;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0 ||
	    query_sql(s, ctx->argv[0], format == 1, sql__row, NULL, err) < 0)
		return -1;
	return CMD_OK;
}

static const struct cmd_opt sql_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "format", "FORMAT", NULL, "text",
	    "text: columns separated by tabs, what is unsafe on a terminal "
	    "escaped; json: one object a row." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_sql = {
	.name = "sql",
	.args = "QUERY",
	.min = 1,
	.max = 1,
	.opts = sql_opts,
	.about = "Asks the index with SQL; its views are ops, stages, "
		 "helper_calls, records and gaps.  Nothing can be changed.",
	.exec = sql__exec,
};
