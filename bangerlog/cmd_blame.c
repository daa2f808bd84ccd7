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
#include "base/table.h"
#include "base/text.h"
#include "trace/query_stats.h"

#include "ask.h"
#include "bangerlog.h"

#define BLAME_LIMIT_MAX 1000000UL

/* One place where time went; its names are the stats'. */
struct blame_row {
	const char *operation, *stage; /* NULL: not known */
	bool rest; /* before the first stage; it has no stage */
	int64_t n, total_ns, helper_ns, daemon_ns;
};

struct blame {
	struct blame_row *rows;
	size_t n;
	int64_t total_ns; /* of all operations */
	int64_t daemon_ns, helper_ns, rest_ns, unknown_ns;
	int64_t operations;
};

static bool
blame__same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* What calls took of that stage; at most all of it. */
static int64_t
blame__lent(const struct stats_rows *lent, const struct blame_row *row)
{
	for (size_t i = 0; i < lent->n; i++)
		if (blame__same(lent->rows[i].operation, row->operation) &&
		    blame__same(lent->rows[i].name, row->stage))
			return lent->rows[i].total_ns < row->total_ns
			    ? lent->rows[i].total_ns
			    : row->total_ns;
	return 0;
}

static int
blame__by_total(const void *a, const void *b)
{
	const struct blame_row *x = a, *y = b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return 0;
}

static void
blame__add(struct blame *b, const struct stats_rows *from, bool rest,
    const struct stats_rows *lent)
{
	for (size_t i = 0; i < from->n; i++) {
		struct blame_row *row = &b->rows[b->n++];

		row->operation = from->rows[i].operation;
		row->stage = from->rows[i].name;
		row->rest = rest;
		row->n = from->rows[i].n;
		row->total_ns = from->rows[i].total_ns;
		row->helper_ns = rest ? 0 : blame__lent(lent, row);
		row->daemon_ns = rest ? 0 : row->total_ns - row->helper_ns;
		b->helper_ns += row->helper_ns;
		b->daemon_ns += row->daemon_ns;
		b->rest_ns += rest ? row->total_ns : 0;
	}
}

/*
 * Stages and the time before them add up to the operations, but for stages of
 * which no line tells the time.
 */
static void
blame__work_out(const struct stats *st, struct blame *b)
{
	const struct stats_rows *stages = &st->by[STATS_STAGE],
				*rest = &st->by[STATS_REST],
				*all = &st->by[STATS_OPERATION];

	b->rows = xcalloc(stages->n + rest->n + 1, sizeof(*b->rows));
	blame__add(b, stages, false, &st->by[STATS_LENT]);
	blame__add(b, rest, true, NULL);
	qsort(b->rows, b->n, sizeof(*b->rows), blame__by_total);
	for (size_t i = 0; i < all->n; i++) {
		b->total_ns += all->rows[i].total_ns;
		b->operations += all->rows[i].n;
	}
	b->unknown_ns = b->total_ns - b->daemon_ns - b->helper_ns - b->rest_ns;
	if (b->unknown_ns < 0)
		b->unknown_ns = 0;
}

static void
blame__done(struct blame *b)
{
	free(b->rows);
}

/* In tenths of a percent of all. */
static int64_t
blame__permille(const struct blame *b, int64_t ns)
{
	return b->total_ns > 0
	    ? (int64_t)(1000.0 * (double)ns / (double)b->total_ns + 0.5)
	    : 0;
}

static void
blame__cell(struct table *t, int64_t ns)
{
	char text[CLOCK_DURATION_MAX];

	table_cell(t, clock_format_duration(ns, text));
}

static void
blame__summary(const struct blame *b, struct buf *out)
{
	const struct {
		const char *what;
		int64_t ns;
	} parts[] = {
		{ "daemon", b->daemon_ns },
		{ "helper", b->helper_ns },
		{ "unaccounted", b->rest_ns },
		{ "unknown", b->unknown_ns },
	};
	char text[CLOCK_DURATION_MAX];
	int64_t permille;

	buf_printf(out, "%" PRId64 " operation%s took %s\n", b->operations,
	    b->operations == 1 ? "" : "s",
	    clock_format_duration(b->total_ns, text));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i].ns == 0 && parts[i].what[0] == 'u')
			continue;
		permille = blame__permille(b, parts[i].ns);
		buf_printf(out, "  %-11s %5" PRId64 ".%" PRId64 "%%  %s\n",
		    parts[i].what, permille / 10, permille % 10,
		    clock_format_duration(parts[i].ns, text));
	}
	buf_putc(out, '\n');
}

static void
blame__text(const struct blame *b, size_t limit, struct buf *out)
{
	static const struct table_column columns[] = {
		{ "SHARE", TABLE_RIGHT },
		{ "TOTAL", TABLE_RIGHT },
		{ "N", TABLE_RIGHT },
		{ "MEAN", TABLE_RIGHT },
		{ "DAEMON", TABLE_RIGHT },
		{ "HELPER", TABLE_RIGHT },
		{ "OPERATION", TABLE_SHRINK },
		{ "STAGE", TABLE_SHRINK },
	};
	_cleanup_(table_freep) struct table *t = table_new(columns,
	    ARRAY_LEN(columns));
	int64_t permille;

	if (b->operations == 0)
		return;
	blame__summary(b, out);
	for (size_t i = 0; i < b->n && i < limit; i++) {
		const struct blame_row *row = &b->rows[i];

		permille = blame__permille(b, row->total_ns);
		table_cellf(t, "%" PRId64 ".%" PRId64 "%%", permille / 10,
		    permille % 10);
		blame__cell(t, row->total_ns);
		table_cellf(t, "%" PRId64, row->n);
		blame__cell(t, row->n > 0 ? row->total_ns / row->n : 0);
		if (row->rest) {
			table_cell(t, NULL);
			table_cell(t, NULL);
		} else {
			blame__cell(t, row->daemon_ns);
			blame__cell(t, row->helper_ns);
		}
		table_cell(t, row->operation);
		table_cell(t, row->rest ? "(unaccounted)" : row->stage);
	}
	table_print(t,
	    isatty(STDOUT_FILENO) ? text_terminal_width(STDOUT_FILENO, 80) : 0,
	    out);
}

static void
blame__json(const struct blame *b, size_t limit, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_string(&w, "kind", "all");
	jsonw_int(&w, "n", b->operations);
	jsonw_ms(&w, "total_ms", b->total_ns);
	jsonw_ms(&w, "daemon_ms", b->daemon_ns);
	jsonw_ms(&w, "helper_ms", b->helper_ns);
	jsonw_ms(&w, "unaccounted_ms", b->rest_ns);
	jsonw_ms(&w, "unknown_ms", b->unknown_ns);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
	for (size_t i = 0; i < b->n && i < limit; i++) {
		const struct blame_row *row = &b->rows[i];

		w.comma = false;
		jsonw_object(&w, NULL);
		jsonw_string(&w, "kind", row->rest ? "unaccounted" : "stage");
		jsonw_string(&w, "operation", row->operation);
		jsonw_string(&w, "stage", row->rest ? NULL : row->stage);
		jsonw_int(&w, "n", row->n);
		jsonw_ms(&w, "total_ms", row->total_ns);
		jsonw_ms(&w, "daemon_ms", row->rest ? -1 : row->daemon_ns);
		jsonw_ms(&w, "helper_ms", row->rest ? -1 : row->helper_ns);
		jsonw_object_end(&w);
		buf_putc(out, '\n');
	}
}

static int
blame__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_stats_ struct stats st = { 0 };
	_cleanup_(blame__done) struct blame b = { 0 };
	_cleanup_ask_ struct ask ask = ASK_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct stats_want want = { 0 };
	unsigned long limit;
	int format, status, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    cmd_number(ctx, "number", 0, BLAME_LIMIT_MAX, &limit, err) < 0)
		return -1;
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	want.by = 1u << STATS_OPERATION | 1u << STATS_STAGE | 1u << STATS_REST |
	    1u << STATS_LENT;
	want.since_ns = ask.since_ns;
	want.until_ns = ask.until_ns;
	want.filter = ask.filter;
	want.now_ns = ask.now_ns;
	if (bangerlog_open(ctx, &s, err) < 0 ||
	    query_stats(s, &want, &st, err) < 0)
		return -1;
	ask_warn(&ask);
	ask_warn_pruned(&st);
	blame__work_out(&st, &b);
	if (limit == 0)
		limit = BLAME_LIMIT_MAX;
	if (format == 1)
		blame__json(&b, limit, &out);
	else
		blame__text(&b, limit, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt blame_opts[] = {
	BANGERLOG_OPT_DB,
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 'n', "number", "N", NULL, "20",
	    "How many places, those of the most time; 0: all." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object for all, then one a line." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_blame = {
	.name = "blame",
	.opts = blame_opts,
	.about = "Says where the time of all operations went: by operation and "
		 "stage, in the daemon and in the helper.",
	.exec = blame__exec,
};
