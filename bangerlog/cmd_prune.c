/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"
#include "trace/prune.h"

#include "bangerlog.h"

static int
prune__want(const struct cmd_ctx *ctx, struct prune_want *ret,
    struct error *err)
{
	const char *keep = cmd_value(ctx, "keep"),
		   *size = cmd_value(ctx, "max-size");
	struct error why = ERROR_INIT;
	int64_t span;

	ret->before_ns = INT64_MIN;
	ret->max_bytes = -1;
	ret->dry_run = cmd_given(ctx, "dry-run");
	ret->vacuum = cmd_given(ctx, "vacuum");
	if (keep == NULL && size == NULL && !ret->vacuum)
		return cmd_usage_error(err,
		    "say what may stay: --keep 90d, --max-size 2G, or both");
	if (keep != NULL && when_parse_span(keep, 0, &span, &why) < 0)
		return cmd_usage_error(err, "--keep: %s", why.text);
	if (keep != NULL)
		ret->before_ns = clock_diff(clock_real_ns(), span);
	if (size != NULL && !text_parse_bytes(size, &ret->max_bytes))
		return cmd_usage_error(err,
		    "--max-size wants bytes, such as 2G or 500M, not \"%s\"",
		    size);
	return 0;
}

static void
prune__text(const struct prune_want *want, const struct prune_result *r,
    struct buf *out)
{
	char when[CLOCK_RFC3339_MAX];

	buf_printf(out, "%s %" PRId64 " operation%s and %" PRId64 " line%s",
	    want->dry_run ? "would remove" : "removed", r->operations,
	    r->operations == 1 ? "" : "s", r->lines, r->lines == 1 ? "" : "s");
	if (r->before_ns != INT64_MIN) {
		clock_format_rfc3339(r->before_ns, when);
		when[19] = '\0';
		when[10] = ' ';
		buf_printf(out, " before %s UTC", when);
	}
	buf_puts(out, "\nin use: ");
	text_put_bytes(out, r->bytes_before);
	buf_puts(out, " before, ");
	text_put_bytes(out, r->bytes_after);
	buf_puts(out, " after");
	if (!want->vacuum && r->bytes_after < r->bytes_before)
		buf_puts(out,
		    "; the file keeps its size and uses what is free again "
		    "(--vacuum gives it back)");
	buf_putc(out, '\n');
}

static void
prune__json(const struct prune_want *want, const struct prune_result *r,
    struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_bool(&w, "dry_run", want->dry_run);
	jsonw_int(&w, "operations", r->operations);
	jsonw_int(&w, "lines", r->lines);
	jsonw_int(&w, "gaps", r->gaps);
	if (r->before_ns != INT64_MIN)
		jsonw_time(&w, "before", r->before_ns);
	else
		jsonw_null(&w, "before");
	jsonw_int(&w, "bytes_before", r->bytes_before);
	jsonw_int(&w, "bytes_after", r->bytes_after);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

/* An index that is not there is not made for pruning it. */
static int
prune__open(const struct cmd_ctx *ctx, struct store **ret, struct error *err)
{
	_cleanup_free_ char *path = bangerlog_db(ctx);
	struct store *there = NULL;

	if (bangerlog_open_as_is(ctx, &there, err) < 0)
		return -1;
	store_free(there);
	return store_open_write(path, ret, err);
}

static int
prune__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct prune_want want;
	struct prune_result done;
	int format, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    prune__want(ctx, &want, err) < 0)
		return -1;
	rc = prune__open(ctx, &s, err);
	if (rc != 0)
		return rc;
	if (prune(s, &want, &done, err) < 0)
		return -1;
	if (format == 1)
		prune__json(&want, &done, &out);
	else
		prune__text(&want, &done, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt prune_opts[] = {
	BANGERLOG_OPT_FILE,
	{ 0, "keep", "SPAN", NULL, NULL,
	    "Remove what is older than that, such as 90d." },
	{ 0, "max-size", "SIZE", NULL, NULL,
	    "Remove the oldest hours until no more is in use, such as 2G." },
	{ 'n', "dry-run", NULL, NULL, NULL, "Only say what would be removed." },
	{ 0, "vacuum", NULL, NULL, NULL,
	    "Give free space back to the file system: writes the file anew." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "How to say what was removed: text or json." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_prune = {
	.name = "prune",
	.opts = prune_opts,
	.about =
	    "Removes the oldest operations and lines from the index; their "
	    "statistics stay.",
	.exec = prune__exec,
};
