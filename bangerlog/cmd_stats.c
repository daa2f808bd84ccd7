/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "base/when.h"
#include "trace/query_stats.h"

#include "ask.h"
#include "bangerlog.h"

static const char *const stats_words[] = { "operation", "stage", "helper", "vm",
	"image", NULL };
/* By those words; and what a group's name is called. */
static const struct {
	enum stats_by by;
	const char *title, *key; /* NULL: it has no name */
} stats_bys[] = {
	{ STATS_OPERATION, NULL, NULL },
	{ STATS_STAGE, "STAGE", "stage" },
	{ STATS_HELPER, "METHOD", "method" },
	{ STATS_VM, "VM", "vm_name" },
	{ STATS_IMAGE, "IMAGE", "image_name" },
};
_Static_assert(ARRAY_LEN(stats_words) == ARRAY_LEN(stats_bys) + 1,
    "a word for each");

/* ---- does a difference matter? ----------------------------------------- */

/* A change of the median below any of these is not worth a word. */
#define STATS_CHANGE_N 10 /* samples, on both sides */
#define STATS_CHANGE_PERCENT 10
#define STATS_CHANGE_NS NSEC_PER_MSEC
#define STATS_CHANGE_ERRORS 3 /* standard errors of the medians */

/* Squared standard error of a median, from the spread, as if it were normal. */
static double
stats__error2(const struct stats_row *row)
{
	double e = 1.4826 * 1.2533 * (double)row->spread_ns;

	return e * e / (double)row->n;
}

/* "slower" or "faster" where it matters in both ways, else NULL. */
static const char *
stats__verdict(const struct stats_row *now, const struct stats_row *before)
{
	int64_t change;
	double error2;

	if (before == NULL || now->n < STATS_CHANGE_N ||
	    before->n < STATS_CHANGE_N)
		return NULL;
	change = llabs(now->p50_ns - before->p50_ns);
	error2 = stats__error2(now) + stats__error2(before);
	if (change < STATS_CHANGE_NS ||
	    change < before->p50_ns / 100 * STATS_CHANGE_PERCENT ||
	    (double)change * (double)change <
		STATS_CHANGE_ERRORS * STATS_CHANGE_ERRORS * error2)
		return NULL;
	return now->p50_ns > before->p50_ns ? "slower" : "faster";
}

static bool
stats__same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The row of the same group; both are in the order of their operations. */
static const struct stats_row *
stats__find(const struct stats_rows *rows, const struct stats_row *like)
{
	for (size_t i = 0; i < rows->n; i++)
		if (stats__same(rows->rows[i].operation, like->operation) &&
		    stats__same(rows->rows[i].name, like->name))
			return &rows->rows[i];
	return NULL;
}

static bool
stats__has_change(const struct stats_row *now, const struct stats_row *before)
{
	return before != NULL && now->p50_ns >= 0 && before->p50_ns >= 0;
}

/* In tenths of a percent; of nothing it is unknown (INT64_MIN). */
static int64_t
stats__permille(const struct stats_row *now, const struct stats_row *before)
{
	if (before->p50_ns == 0)
		return INT64_MIN;
	return (int64_t)(1000.0 * (double)(now->p50_ns - before->p50_ns) /
	    (double)before->p50_ns);
}

/* ---- text -------------------------------------------------------------- */

static void
stats__cell(struct table *t, int64_t ns)
{
	char text[CLOCK_DURATION_MAX];

	table_cell(t, ns < 0 ? NULL : clock_format_duration(ns, text));
}

static void
stats__print(const struct table *t, struct buf *out)
{
	table_print(t,
	    isatty(STDOUT_FILENO) ? text_terminal_width(STDOUT_FILENO, 80) : 0,
	    out);
}

/* The group's own columns, of those that there are. */
static void
stats__names(struct table *t, size_t word, const struct stats_row *row)
{
	if (stats_bys[word].by != STATS_HELPER)
		table_cell(t, row->operation);
	if (stats_bys[word].title != NULL)
		table_cell(t, row->name);
}

/* Puts the titles of those columns before the rest; returns how many. */
static size_t
stats__titles(size_t word, const struct table_column *rest, size_t n,
    struct table_column *ret)
{
	size_t at = 0;

	if (stats_bys[word].by != STATS_HELPER)
		ret[at++] = (struct table_column){ "OPERATION", TABLE_SHRINK };
	if (stats_bys[word].title != NULL)
		ret[at++] = (struct table_column){ stats_bys[word].title,
			TABLE_SHRINK };
	memcpy(ret + at, rest, n * sizeof(*rest));
	return at + n;
}

static void
stats__table(const struct stats_rows *rows, size_t word, struct buf *out)
{
	static const struct table_column rest[] = {
		{ "N", TABLE_RIGHT },
		{ "FAILED", TABLE_RIGHT },
		{ "P50", TABLE_RIGHT },
		{ "P90", TABLE_RIGHT },
		{ "P99", TABLE_RIGHT },
		{ "MAX", TABLE_RIGHT },
		{ "SPREAD", TABLE_RIGHT },
	};
	struct table_column columns[ARRAY_LEN(rest) + 2];
	size_t n = stats__titles(word, rest, ARRAY_LEN(rest), columns);
	_cleanup_(table_freep) struct table *t = table_new(columns, n);

	for (size_t i = 0; i < rows->n; i++) {
		const struct stats_row *row = &rows->rows[i];

		stats__names(t, word, row);
		table_cellf(t, "%lld", (long long)row->n);
		table_cellf(t, "%lld", (long long)row->failed);
		stats__cell(t, row->p50_ns);
		stats__cell(t, row->p90_ns);
		stats__cell(t, row->p99_ns);
		stats__cell(t, row->max_ns);
		stats__cell(t, row->spread_ns);
	}
	stats__print(t, out);
}

static void
stats__change_cells(struct table *t, const struct stats_row *now,
    const struct stats_row *before)
{
	char text[CLOCK_DURATION_MAX];
	int64_t change, permille;

	if (!stats__has_change(now, before)) {
		table_cell(t, NULL);
		table_cell(t, NULL);
		return;
	}
	change = now->p50_ns - before->p50_ns;
	permille = stats__permille(now, before);
	table_cellf(t, "%s%s", change < 0 ? "-" : "+",
	    clock_format_duration(llabs(change), text));
	if (permille == INT64_MIN)
		table_cell(t, NULL);
	else
		table_cellf(t, "%+lld%%",
		    (long long)(permille + (permille < 0 ? -5 : 5)) / 10);
}

/* Both windows side by side. */
static void
stats__compare_table(const struct stats_rows *rows,
    const struct stats_rows *before, size_t word, struct buf *out)
{
	static const struct table_column rest[] = {
		{ "N", TABLE_RIGHT },
		{ "BEFORE", TABLE_RIGHT },
		{ "P50", TABLE_RIGHT },
		{ "BEFORE", TABLE_RIGHT },
		{ "CHANGE", TABLE_RIGHT },
		{ "", TABLE_RIGHT },
		{ "", 0 },
	};
	struct table_column columns[ARRAY_LEN(rest) + 2];
	size_t n = stats__titles(word, rest, ARRAY_LEN(rest), columns);
	_cleanup_(table_freep) struct table *t = table_new(columns, n);
	const char *verdict;

	for (size_t i = 0; i < rows->n; i++) {
		const struct stats_row *row = &rows->rows[i],
				       *was = stats__find(before, row);

		stats__names(t, word, row);
		table_cellf(t, "%lld", (long long)row->n);
		table_cellf(t, "%lld", was != NULL ? (long long)was->n : 0);
		stats__cell(t, row->p50_ns);
		stats__cell(t, was != NULL ? was->p50_ns : -1);
		stats__change_cells(t, row, was);
		verdict = stats__verdict(row, was);
		table_cell(t, verdict != NULL ? verdict : "");
	}
	stats__print(t, out);
}

/* ---- JSON -------------------------------------------------------------- */

static void
stats__json_figures(struct jsonw *w, const struct stats_row *row)
{
	jsonw_int(w, "n", row->n);
	jsonw_int(w, "failed", row->failed);
	jsonw_ms(w, "total_ms", row->total_ns);
	jsonw_ms(w, "p50_ms", row->p50_ns);
	jsonw_ms(w, "p90_ms", row->p90_ns);
	jsonw_ms(w, "p99_ms", row->p99_ns);
	jsonw_ms(w, "max_ms", row->max_ns);
	jsonw_ms(w, "spread_ms", row->spread_ns);
}

/* Numbers with a sign, which jsonw takes for unknown. */
static void
stats__json_change(struct jsonw *w, const struct stats_row *now,
    const struct stats_row *before)
{
	int64_t change, permille;
	char ms[CLOCK_DURATION_MAX];

	if (!stats__has_change(now, before)) {
		jsonw_null(w, "p50_change_ms");
		jsonw_null(w, "p50_change_percent");
		return;
	}
	change = now->p50_ns - before->p50_ns;
	permille = stats__permille(now, before);
	clock_format_ms(llabs(change), ms);
	buf_printf(w->out, ",\"p50_change_ms\":%s%s", change < 0 ? "-" : "",
	    ms);
	if (permille == INT64_MIN)
		jsonw_null(w, "p50_change_percent");
	else
		buf_printf(w->out, ",\"p50_change_percent\":%s%lld.%lld",
		    permille < 0 ? "-" : "", llabs(permille) / 10,
		    llabs(permille) % 10);
}

static void
stats__json(const struct stats *st, const struct stats_rows *before,
    size_t word, struct buf *out)
{
	const struct stats_rows *rows = &st->by[stats_bys[word].by];

	for (size_t i = 0; i < rows->n; i++) {
		const struct stats_row *row = &rows->rows[i], *was;
		struct jsonw w = JSONW_INIT(out);

		jsonw_object(&w, NULL);
		if (stats_bys[word].by != STATS_HELPER)
			jsonw_string(&w, "operation", row->operation);
		if (stats_bys[word].key != NULL)
			jsonw_string(&w, stats_bys[word].key, row->name);
		stats__json_figures(&w, row);
		jsonw_bool(&w, "exact", st->exact);
		if (before != NULL) {
			was = stats__find(before, row);
			jsonw_object(&w, "before");
			stats__json_figures(&w,
			    was != NULL ? was
					: &(struct stats_row){ NULL, NULL, 0, 0,
					      0, -1, -1, -1, -1, -1 });
			jsonw_object_end(&w);
			stats__json_change(&w, row, was);
			jsonw_string(&w, "verdict", stats__verdict(row, was));
		}
		jsonw_object_end(&w);
		buf_putc(out, '\n');
	}
}

/* ---- the command ------------------------------------------------------- */

/* "FROM..TO": both are times. */
static int
stats__two_times(const char *value, const char *dots, int64_t now_ns,
    int64_t *ret_since, int64_t *ret_until, struct error *err)
{
	_cleanup_free_ char *from = xmemdup(value, (size_t)(dots - value));
	struct error why = ERROR_INIT;

	if (when_parse(from, now_ns, ret_since, &why) < 0 ||
	    when_parse(dots + 2, now_ns, ret_until, &why) < 0)
		return cmd_usage_error(err, "--compare: %s", why.text);
	if (*ret_since > *ret_until)
		return cmd_usage_error(err,
		    "--compare: \"%s\" ends before it begins", value);
	return 0;
}

/*
 * The window to compare with: the one named, or as much time as the span says
 * before the window that is looked at, which is as long unless --since says
 * when it begins.
 */
static int
stats__compare(const char *value, struct ask *ask, int64_t *ret_since,
    int64_t *ret_until, struct error *err)
{
	const char *dots = strstr(value, "..");
	struct error why = ERROR_INIT;
	int64_t span, end;

	if (dots != NULL)
		return stats__two_times(value, dots, ask->now_ns, ret_since,
		    ret_until, err);
	if (when_parse_span(value, 0, &span, &why) < 0)
		return cmd_usage_error(err,
		    "--compare wants a span such as 7d, or two times, "
		    "FROM..TO: %s",
		    why.text);
	if (ask->since_ns == INT64_MIN) {
		end = ask->until_ns < ask->now_ns ? ask->until_ns : ask->now_ns;
		ask->since_ns = clock_diff(end, span);
	}
	*ret_until = ask->since_ns - 1;
	*ret_since = clock_diff(ask->since_ns, span);
	return 0;
}

/* The figures of a window. */
static int
stats__ask(struct store *s, size_t word, const struct ask *ask,
    int64_t since_ns, int64_t until_ns, struct stats *ret, struct error *err)
{
	struct stats_want want = { 1u << stats_bys[word].by, since_ns, until_ns,
		ask->filter, ask->now_ns };

	if (query_stats(s, &want, ret, err) < 0)
		return -1;
	ask_warn_pruned(ret);
	return 0;
}

static int
stats__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_stats_ struct stats st = { 0 }, was = { 0 };
	_cleanup_ask_ struct ask ask = ASK_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	const char *compare = cmd_value(ctx, "compare");
	const struct stats_rows *rows, *before = NULL;
	int64_t since = 0, until = 0;
	int format, word, status, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    cmd_choice(ctx, "by", stats_words, &word, err) < 0)
		return -1;
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	if (compare != NULL &&
	    stats__compare(compare, &ask, &since, &until, err) < 0)
		return -1;
	if (bangerlog_open(ctx, &s, err) < 0 ||
	    stats__ask(s, (size_t)word, &ask, ask.since_ns, ask.until_ns, &st,
		err) < 0 ||
	    (compare != NULL &&
		stats__ask(s, (size_t)word, &ask, since, until, &was, err) < 0))
		return -1;
	ask_warn(&ask);
	rows = &st.by[stats_bys[word].by];
	if (compare != NULL)
		before = &was.by[stats_bys[word].by];
	if (format == 1)
		stats__json(&st, before, (size_t)word, &out);
	else if (before != NULL)
		stats__compare_table(rows, before, (size_t)word, &out);
	else
		stats__table(rows, (size_t)word, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt stats_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "by", "WHAT", NULL, "operation",
	    "operation, stage, helper (calls of banger-helper), vm or image." },
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 0, "compare", "WINDOW", NULL, NULL,
	    "Beside another time: a span such as 7d, just before --since (of "
	    "the last 7d without it), or FROM..TO." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object a line." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_stats = {
	.name = "stats",
	.opts = stats_opts,
	.about = "Says how long operations and their parts take: how many, "
		 "percentiles where so many carry them, the longest, and the "
		 "spread (median absolute deviation).",
	.exec = stats__exec,
};
