/* SPDX-License-Identifier: ISC */
#include "ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/table.h"
#include "base/text.h"
#include "base/when.h"

static void
ask__help(void)
{
	static const struct table_column columns[] = {
		{ "FIELD", 0 },
		{ "TYPE", 0 },
		{ "", 0 },
	};
	_cleanup_(table_freep) struct table *t = table_new(columns,
	    ARRAY_LEN(columns));
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct filter_about about;

	for (size_t i = 0; filter_about(i, &about); i++) {
		table_cellf(t, "%s%s", about.name, about.keyed ? ":NAME" : "");
		table_cell(t, about.type);
		table_cell(t, about.about);
	}
	table_print(t, 0, &out);
	buf_puts(&out,
	    "\n"
	    "text:     = !=, and ~ !~ by a pattern   vm ~ \"^web-\"  "
	    "error ~ /busy/i\n"
	    "duration: < <= > >= = !=                took > 1.5s\n"
	    "number:   < <= > >= = !=                records > 100\n"
	    "time:     < <= > >=                     started > \"2h ago\"\n"
	    "words:    failed running completed canceled interrupted lost "
	    "conflict\n"
	    "joined by not, and, or, ( )\n");
	fputs(buf_str(&out), stdout);
}

/* Shows the expression, and under it where it was not understood. */
static void
ask__show(const char *expression, size_t at, const char *what)
{
	_cleanup_buf_ struct buf out = BUF_INIT, before = BUF_INIT;

	buf_puts(&out, "bangerlog: --query: ");
	text_escape(&out, what, strlen(what), false);
	buf_puts(&out, "\n  ");
	text_escape(&out, expression, strlen(expression), false);
	text_escape(&before, expression, at, false);
	buf_printf(&out, "\n  %*s^\n", (int)text_width(buf_str(&before)), "");
	fputs(buf_str(&out), stderr);
}

static int
ask__when(const struct cmd_ctx *ctx, const char *name, int64_t now_ns,
    bool spans, int64_t *ret, struct error *err)
{
	const char *value = cmd_value(ctx, name);
	struct error why = ERROR_INIT;
	int64_t span;

	if (value == NULL || when_parse(value, now_ns, ret, &why) == 0)
		return 0;
	/* A span alone: so long ago. */
	if (spans && when_parse_span(value, 0, &span, NULL) == 0 &&
	    span <= now_ns) {
		*ret = now_ns - span;
		return 0;
	}
	return cmd_usage_error(err, "--%s: %s", name, why.text);
}

int
ask_read(const struct cmd_ctx *ctx, struct ask *ret, int *ret_status,
    struct error *err)
{
	_cleanup_ask_ struct ask ask = ASK_INIT;
	const char *query = cmd_value(ctx, "query");
	struct error why = ERROR_INIT;
	size_t at = 0;

	ask.now_ns = clock_real_ns();
	if (query != NULL && strcmp(query, "help") == 0) {
		ask__help();
		*ret_status = CMD_OK;
		return 1;
	}
	if (ask__when(ctx, "since", ask.now_ns, ret->spans, &ask.since_ns,
		err) < 0 ||
	    ask__when(ctx, "until", ask.now_ns, false, &ask.until_ns, err) < 0)
		return -1;
	if (ask.since_ns > ask.until_ns)
		return cmd_usage_error(err,
		    "--since is a later time than --until");
	if (query != NULL &&
	    filter_parse(query, ask.now_ns, &ask.filter, &at, &why) < 0) {
		ask__show(query, at, why.text);
		*ret_status = CMD_USAGE;
		return 1;
	}
	*ret = ask;
	ask = (struct ask)ASK_INIT;
	return 0;
}

void
ask_warn(const struct ask *ask)
{
	uint64_t n = ask->filter != NULL ? filter_undecided(ask->filter) : 0;

	if (n > 0)
		fprintf(stderr,
		    "bangerlog: %" PRIu64 " %s too hard for a pattern of "
		    "--query, and taken as no match\n",
		    n, n == 1 ? "text was" : "texts were");
}

void
ask_warn_pruned(const struct stats *st)
{
	char when[CLOCK_RFC3339_MAX];

	if (!st->exact || st->pruned_ns == INT64_MIN)
		return;
	clock_format_rfc3339(st->pruned_ns, when);
	fprintf(stderr,
	    "bangerlog: operations before %s were pruned, and are not counted "
	    "here (without --query, and not by VM, they are)\n",
	    when);
}

void
ask_done(struct ask *ask)
{
	ask->filter = filter_free(ask->filter);
}
