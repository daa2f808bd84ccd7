/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "trace/query.h"

#include "bangerlog.h"
#include "ref.h"

struct raw {
	bool escape; /* for a terminal */
	char end;    /* behind each line */
};

static void
raw__line(void *arg, const struct record *r)
{
	const struct raw *raw = arg;
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (raw->escape)
		text_escape(&out, buf_str(&r->raw), r->raw.len, false);
	else
		buf_put(&out, buf_str(&r->raw), r->raw.len);
	buf_putc(&out, raw->end);
	fwrite(out.data, 1, out.len, stdout);
}

static int
raw__exec(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	struct raw raw = { isatty(STDOUT_FILENO) == 1,
		cmd_given(ctx, "null") ? '\0' : '\n' };
	int rc;

	if (bangerlog_open(ctx, &s, err) < 0)
		return -1;
	rc = ref_find(s, ctx->argv[0], &rows, err);
	if (rc != CMD_OK)
		return rc;
	return query_lines(s, rows.rows[0].op_id, raw__line, &raw, err) < 0
	    ? -1
	    : CMD_OK;
}

static const struct cmd_opt raw_opts[] = {
	BANGERLOG_OPT_DB,
	{ '0', "null", NULL, NULL, NULL,
	    "End each line with a NUL: a line may hold a newline." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_raw = {
	.name = "raw",
	.args = "REF",
	.min = 1,
	.max = 1,
	.opts = raw_opts,
	.about = "Prints the log lines of one operation in the order of their "
		 "times, byte for byte (on a terminal: escaped).  " REF_ABOUT,
	.exec = raw__exec,
};
