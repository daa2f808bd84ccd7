/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/query_errors.h"

#include "ask.h"
#include "bangerlog.h"

/* "2026-04-26 22:13:05" of a time. */
static const char *
errors__time(int64_t ns, char out[CLOCK_RFC3339_MAX])
{
	clock_format_rfc3339(ns, out);
	out[10] = ' ';
	out[19] = '\0';
	return out;
}

static void
errors__put(struct buf *out, const char *raw)
{
	if (raw == NULL)
		raw = "?";
	text_escape(out, raw, strlen(raw), false);
}

/*
 * How many bytes of the (safe) text go into a line of so many cells: to the
 * last blank that fits, else as many characters as fit, at least one.
 */
static size_t
errors__line(const char *text, size_t cells)
{
	size_t at = 0, blank = 0, used = 0, len = strlen(text), n;
	char one[8];
	uint32_t cp;

	while (text[at] != '\0') {
		n = text_utf8_next(text + at, len - at, &cp);
		n = n == 0 ? 1 : n;
		snprintf(one, sizeof(one), "%.*s", (int)n, text + at);
		used += text_width(one);
		if (used > cells && at > 0)
			return blank > 0 ? blank : at;
		if (text[at] == ' ')
			blank = at;
		at += n;
	}
	return at;
}

/* Under an indent; width 0: as one line. */
static void
errors__wrap(struct buf *out, const char *text, size_t indent, size_t width)
{
	size_t n;

	do {
		n = width > indent ? errors__line(text, width - indent)
				   : strlen(text);
		buf_printf(out, "%*s", (int)indent, "");
		buf_put(out, text, n);
		buf_putc(out, '\n');
		text += n;
		text += strspn(text, " ");
	} while (*text != '\0');
}

/* "3 VMs (a, b, c)". */
static void
errors__vms(struct buf *out, const struct error_family *f)
{
	size_t named = f->n_vms < ERRORS_VMS ? f->n_vms : ERRORS_VMS;

	if (f->n_vms == 0)
		return;
	buf_printf(out, ", %zu VM%s (", f->n_vms, f->n_vms == 1 ? "" : "s");
	for (size_t i = 0; i < named; i++) {
		if (i > 0)
			buf_puts(out, ", ");
		errors__put(out, f->vms[i]);
	}
	buf_puts(out, f->n_vms > named ? ", …)" : ")");
}

/* Behind a lead of that many cells, which stands there already. */
static void
errors__hang(struct buf *out, const char *text, size_t indent, size_t width)
{
	_cleanup_buf_ struct buf block = BUF_INIT;

	errors__wrap(&block, text, indent, width);
	buf_puts(out, block.data + indent);
}

#define ERRORS_INDENT 8

static void
errors__text(const struct error_family *f, size_t width, struct buf *out)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	char time[CLOCK_RFC3339_MAX];

	buf_printf(out, "%*" PRId64 "  ", ERRORS_INDENT - 2, f->n);
	errors__put(&line, f->operation);
	if (f->stage != NULL) {
		buf_puts(&line, " in ");
		errors__put(&line, f->stage);
	}
	buf_puts(&line, ": ");
	errors__put(&line, f->text[0] != '\0' ? f->text : "(no text)");
	errors__hang(out, buf_str(&line), ERRORS_INDENT, width);
	buf_reset(&line);
	buf_puts(&line, errors__time(f->first_ns, time));
	if (f->last_ns != f->first_ns)
		buf_printf(&line, " to %s", errors__time(f->last_ns, time));
	buf_puts(&line, " UTC");
	errors__vms(&line, f);
	if (f->example != NULL)
		buf_printf(&line, ", as in %s", f->example);
	errors__wrap(out, buf_str(&line), ERRORS_INDENT, width);
}

static void
errors__json(const struct error_family *f, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_string(&w, "operation", f->operation);
	jsonw_string(&w, "stage", f->stage);
	jsonw_string(&w, "family", f->text);
	jsonw_int(&w, "n", f->n);
	jsonw_time(&w, "first", f->first_ns);
	jsonw_time(&w, "last", f->last_ns);
	jsonw_uint(&w, "vms", f->n_vms);
	jsonw_array(&w, "vm_names");
	for (size_t i = 0; i < f->n_vms && i < ERRORS_VMS; i++)
		jsonw_string(&w, NULL, f->vms[i]);
	jsonw_array_end(&w);
	jsonw_string(&w, "example", f->example);
	jsonw_string(&w, "example_error", f->example_text);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

static int
errors__by_last(const void *a, const void *b)
{
	const struct error_family *x = a, *y = b;

	if (x->last_ns != y->last_ns)
		return x->last_ns > y->last_ns ? -1 : 1;
	return strcmp(x->text, y->text);
}

/* With --new all operations count: what was there before is not new. */
static int
errors__want(const struct cmd_ctx *ctx, const struct ask *ask,
    struct errors_want *ret, struct error *err)
{
	ret->ops.everything = true;
	ret->ops.filter = ask->filter;
	ret->ops.now_ns = ask->now_ns;
	ret->ops.since_ns = ask->since_ns;
	ret->ops.until_ns = ask->until_ns;
	ret->new_ns = INT64_MIN;
	if (!cmd_given(ctx, "new"))
		return 0;
	if (ask->since_ns == INT64_MIN)
		return cmd_usage_error(err,
		    "--new wants --since: new since when? (--new --since 24h)");
	ret->ops.since_ns = INT64_MIN;
	ret->new_ns = ask->since_ns;
	return 0;
}

static int
errors__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const sorts[] = { "count", "newest", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_families_ struct error_families f = { NULL, 0 };
	_cleanup_ask_ struct ask ask = ASK_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct errors_want want = { .ops = QUERY_WANT_INIT };
	size_t width = isatty(STDOUT_FILENO)
	    ? text_terminal_width(STDOUT_FILENO, 80)
	    : 0;
	int format, sort, status, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    cmd_choice(ctx, "sort", sorts, &sort, err) < 0)
		return -1;
	ask.spans = true;
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	if (errors__want(ctx, &ask, &want, err) < 0 ||
	    bangerlog_open(ctx, &s, err) < 0 ||
	    query_errors(s, &want, &f, err) < 0)
		return -1;
	ask_warn(&ask);
	if (sort == 1)
		qsort(f.families, f.n, sizeof(*f.families), errors__by_last);
	for (size_t i = 0; i < f.n; i++) {
		if (format == 1)
			errors__json(&f.families[i], &out);
		else
			errors__text(&f.families[i], width, &out);
	}
	fwrite(buf_str(&out), 1, out.len, stdout);
	return cmd_given(ctx, "new") && f.n > 0 ? CMD_FAILED : CMD_OK;
}

static const struct cmd_opt errors_opts[] = {
	BANGERLOG_OPT_DB,
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 0, "new", NULL, NULL, NULL,
	    "Only families that were first seen since --since; exit status 1 "
	    "when there are any." },
	{ 0, "sort", "BY", NULL, "count",
	    "count: the most frequent first; newest: the last seen first." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object a line." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_errors = {
	.name = "errors",
	.opts = errors_opts,
	.about = "Lists errors in families: the same operation, stage and "
		 "text but for names and numbers.",
	.exec = errors__exec,
};
