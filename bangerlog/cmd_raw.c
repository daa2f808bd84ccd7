/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "trace/query.h"

#include "bangerlog.h"
#include "ref.h"

struct raw {
	bool json;
	bool escape; /* for a terminal */
	char end;    /* behind each line */
};

static bool
raw__is_text(const struct buf *raw)
{
	uint32_t cp;
	size_t n;

	for (size_t at = 0; at < raw->len; at += n) {
		n = text_utf8_next(raw->data + at, raw->len - at, &cp);
		if (n == 0)
			return false;
	}
	return true;
}

/* What is no UTF-8 stands in JSON in base64: the bytes are the point of it. */
static void
raw__json(const struct record *r, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);
	_cleanup_buf_ struct buf coded = BUF_INIT;

	jsonw_object(&w, NULL);
	if (r->time_from != RECORD_TIME_NONE)
		jsonw_time(&w, "time", r->time_ns);
	else
		jsonw_null(&w, "time");
	jsonw_string(&w, "emitter", record_emitter(r));
	jsonw_string(&w, "kind", record_kind_name(r->kind));
	if (raw__is_text(&r->raw)) {
		jsonw_text(&w, "line", buf_str(&r->raw), r->raw.len);
	} else {
		base64_encode(&coded, buf_str(&r->raw), r->raw.len);
		jsonw_string(&w, "line_base64", buf_str(&coded));
	}
	jsonw_object_end(&w);
}

static void
raw__line(void *arg, const struct record *r)
{
	const struct raw *raw = arg;
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (raw->json)
		raw__json(r, &out);
	else if (raw->escape)
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
	static const char *const formats[] = { "text", "json", NULL };
	struct raw raw = { .escape = isatty(STDOUT_FILENO) == 1,
		.end = cmd_given(ctx, "null") ? '\0' : '\n' };
	int format, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0)
		return -1;
	raw.json = format == 1;
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
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object a line." },
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
