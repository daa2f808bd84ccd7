/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

#include "bangerlog.h"
#include "bundle.h"
#include "output.h"
#include "ref.h"

static int
bundle__write(const struct bundle *b, int format, const char *path,
    struct error *err)
{
	_cleanup_output_ struct output output = OUTPUT_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (format == 0)
		bundle_html(b, &out);
	else
		bundle_json(b, &out);
	if (output_open(path, &output, err) < 0 ||
	    output_write(&output, &out, err) < 0)
		return -1;
	return output_finish(&output, err);
}

static int
bundle__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "html", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	const char *path = cmd_value(ctx, "output");
	int format, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0)
		return -1;
	if (path == NULL && format == 0 && isatty(STDOUT_FILENO) == 1)
		return cmd_usage_error(err,
		    "a bundle is a page, and this is a terminal; say where it "
		    "is to go with --output FILE");
	if (bangerlog_open(ctx, &s, err) < 0)
		return -1;
	rc = ref_find(s, ctx->argv[0], &rows, err);
	if (rc != CMD_OK)
		return rc;
	if (bundle_gather(s, rows.rows[0].op_id, &b, err) < 0)
		return -1;
	if (cmd_given(ctx, "redact"))
		bundle_redact(&b);
	return bundle__write(&b, format, path, err) < 0 ? -1 : CMD_OK;
}

static const struct cmd_opt bundle_opts[] = {
	BANGERLOG_OPT_DB,
	{ 'o', "output", "FILE", NULL, NULL,
	    "Where to; the file is there as a whole or not at all." },
	{ 0, "redact", NULL, NULL, NULL,
	    "Replace names, paths, addresses and ids by tokens (vm-1, "
	    "path-1)." },
	{ 0, "format", "FORMAT", NULL, "html",
	    "html: one page, or json: one object." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_bundle = {
	.name = "bundle",
	.args = "REF",
	.min = 1,
	.max = 1,
	.opts = bundle_opts,
	.about = "Makes one file of an operation for a bug report.  " REF_ABOUT,
	.exec = bundle__exec,
};
