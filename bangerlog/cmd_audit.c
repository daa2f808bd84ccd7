/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/table.h"
#include "base/text.h"
#include "trace/query_audit.h"

#include "ask.h"
#include "bangerlog.h"

/* What each kind is called: by programs, and by people. */
static const struct {
	const char *key, *title;
} audit_kinds[AUDIT_KIND_MAX] = {
	[AUDIT_CALL] = { "call_without_operation",
	    "helper calls without an operation" },
	[AUDIT_NO_END] = { "no_end", "operations without an end" },
	[AUDIT_TWO_ENDS] = { "two_ends", "operations with several ends" },
	[AUDIT_FOREIGN] = { "foreign",
	    "lines of other units that look like ours" },
	[AUDIT_GAP] = { "gap", "lines that are missing" },
};

static void
audit__time(struct table *t, int64_t ns)
{
	char text[CLOCK_RFC3339_MAX];

	if (ns == 0) {
		table_cell(t, NULL);
		return;
	}
	clock_format_rfc3339(ns, text);
	text[10] = ' ';
	text[19] = '\0';
	table_cell(t, text);
}

static void
audit__row(struct table *t, const struct audit_finding *f)
{
	audit__time(t, f->first_ns);
	if (f->n > 0)
		table_cellf(t, "%" PRId64, f->n);
	else
		table_cell(t, "?");
	if (f->op_id != NULL) {
		table_cell(t, f->op_id);
		table_cell(t, f->operation);
	} else {
		table_cell(t, f->unit);
		table_cell(t, NULL);
	}
	table_cell(t, f->detail);
}

/* A table for each kind of which there are any. */
static void
audit__text(const struct audit *a, struct buf *out)
{
	static const struct table_column columns[] = {
		{ "FIRST (UTC)", 0 },
		{ "LINES", TABLE_RIGHT },
		{ "OP-ID OR UNIT", 0 },
		{ "OPERATION", TABLE_SHRINK },
		{ "", TABLE_SHRINK },
	};
	size_t width = isatty(STDOUT_FILENO)
	    ? text_terminal_width(STDOUT_FILENO, 80)
	    : 0;

	for (size_t i = 0; i < a->n;) {
		enum audit_kind kind = a->findings[i].kind;
		_cleanup_(table_freep) struct table *t = table_new(columns,
		    ARRAY_LEN(columns));

		buf_printf(out, "%s%s:\n", i > 0 ? "\n" : "",
		    audit_kinds[kind].title);
		for (; i < a->n && a->findings[i].kind == kind; i++)
			audit__row(t, &a->findings[i]);
		table_print(t, width, out);
	}
	if (a->n == 0)
		buf_puts(out, "nothing is wrong\n");
}

static void
audit__json(const struct audit_finding *f, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_string(&w, "kind", audit_kinds[f->kind].key);
	jsonw_string(&w, "op_id", f->op_id);
	jsonw_string(&w, "operation", f->operation);
	jsonw_string(&w, "unit", f->unit);
	jsonw_string(&w, "detail", f->detail);
	if (f->n > 0)
		jsonw_int(&w, "lines", f->n);
	else
		jsonw_null(&w, "lines");
	if (f->first_ns != 0) {
		jsonw_time(&w, "first", f->first_ns);
		jsonw_time(&w, "last", f->last_ns);
	} else {
		jsonw_null(&w, "first");
		jsonw_null(&w, "last");
	}
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

static int
audit__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_audit_ struct audit a = { NULL, 0 };
	_cleanup_ask_ struct ask ask = ASK_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct query_want want = QUERY_WANT_INIT;
	int format, status, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0)
		return -1;
	ask.spans = true;
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	want.everything = true;
	want.since_ns = ask.since_ns;
	want.until_ns = ask.until_ns;
	want.filter = ask.filter;
	want.now_ns = ask.now_ns;
	if (bangerlog_open(ctx, &s, err) < 0 ||
	    query_audit(s, &want, &a, err) < 0)
		return -1;
	ask_warn(&ask);
	if (format == 0)
		audit__text(&a, &out);
	for (size_t i = 0; format == 1 && i < a.n; i++)
		audit__json(&a.findings[i], &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return a.n > 0 ? CMD_FAILED : CMD_OK;
}

static const struct cmd_opt audit_opts[] = {
	BANGERLOG_OPT_DB,
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object a line." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_audit = {
	.name = "audit",
	.opts = audit_opts,
	.about = "Lists what the log should not look like, missing ends and "
		 "lines above all; exit status 1 when there is any.",
	.exec = audit__exec,
};
