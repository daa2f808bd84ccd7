/* SPDX-License-Identifier: ISC */
#include "render_stats.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

/* What a group's name is called; NULL: it has none. */
static const struct {
	const char *title, *key;
} stats_names[STATS_BY_MAX] = {
	[STATS_STAGE] = { "STAGE", "stage" },
	[STATS_HELPER] = { "METHOD", "method" },
	[STATS_VM] = { "VM", "vm_name" },
	[STATS_IMAGE] = { "IMAGE", "image_name" },
};

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

/* ---- rows of the other window ------------------------------------------ */

static int
stats__order_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* Of pointers to rows. */
static int
stats__by_group(const void *a, const void *b)
{
	const struct stats_row *x = *(const struct stats_row *const *)a,
			       *y = *(const struct stats_row *const *)b;
	int order = stats__order_text(x->operation, y->operation);

	return order != 0 ? order : stats__order_text(x->name, y->name);
}

/* The rows in the order of their groups, to look them up in; owned. */
static const struct stats_row **
stats__sorted(const struct stats_rows *rows)
{
	const struct stats_row **sorted = xcalloc(rows->n + 1, sizeof(*sorted));

	for (size_t i = 0; i < rows->n; i++)
		sorted[i] = &rows->rows[i];
	qsort(sorted, rows->n, sizeof(*sorted), stats__by_group);
	return sorted;
}

/* The row of the same group among so many, or NULL. */
static const struct stats_row *
stats__find(const struct stats_row **sorted, size_t n,
    const struct stats_row *like)
{
	const struct stats_row **found = bsearch(&like, sorted, n,
	    sizeof(*sorted), stats__by_group);

	return found != NULL ? *found : NULL;
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
stats__names(struct table *t, enum stats_by by, const struct stats_row *row)
{
	if (by != STATS_HELPER)
		table_cell(t, row->operation);
	if (stats_names[by].title != NULL)
		table_cell(t, row->name);
}

/* Puts the titles of those columns before the rest; returns how many. */
static size_t
stats__titles(enum stats_by by, const struct table_column *rest, size_t n,
    struct table_column *ret)
{
	size_t at = 0;

	if (by != STATS_HELPER)
		ret[at++] = (struct table_column){ "OPERATION", TABLE_SHRINK };
	if (stats_names[by].title != NULL)
		ret[at++] = (struct table_column){ stats_names[by].title,
			TABLE_SHRINK };
	memcpy(ret + at, rest, n * sizeof(*rest));
	return at + n;
}

static void
stats__table(const struct stats_rows *rows, enum stats_by by, struct buf *out)
{
	static const struct table_column rest[] = {
		{ "N", TABLE_RIGHT },
		{ "FAIL", TABLE_RIGHT },
		{ "P50", TABLE_RIGHT },
		{ "P90", TABLE_RIGHT },
		{ "P99", TABLE_RIGHT },
		{ "MAX", TABLE_RIGHT },
		{ "SPREAD", TABLE_RIGHT },
	};
	struct table_column columns[ARRAY_LEN(rest) + 2];
	size_t n = stats__titles(by, rest, ARRAY_LEN(rest), columns);
	_cleanup_(table_freep) struct table *t = table_new(columns, n);

	for (size_t i = 0; i < rows->n; i++) {
		const struct stats_row *row = &rows->rows[i];

		stats__names(t, by, row);
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
    const struct stats_rows *before, enum stats_by by, struct buf *out)
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
	size_t n = stats__titles(by, rest, ARRAY_LEN(rest), columns);
	_cleanup_(table_freep) struct table *t = table_new(columns, n);
	_cleanup_free_ const struct stats_row **sorted = stats__sorted(before);
	const char *verdict;

	for (size_t i = 0; i < rows->n; i++) {
		const struct stats_row *row = &rows->rows[i],
				       *was = stats__find(sorted, before->n,
					   row);

		stats__names(t, by, row);
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
    enum stats_by by, struct buf *out)
{
	const struct stats_rows *rows = &st->by[by];
	_cleanup_free_ const struct stats_row **sorted = before != NULL
	    ? stats__sorted(before)
	    : NULL;

	for (size_t i = 0; i < rows->n; i++) {
		const struct stats_row *row = &rows->rows[i], *was;
		struct jsonw w = JSONW_INIT(out);

		jsonw_object(&w, NULL);
		if (by != STATS_HELPER)
			jsonw_string(&w, "operation", row->operation);
		if (stats_names[by].key != NULL)
			jsonw_string(&w, stats_names[by].key, row->name);
		stats__json_figures(&w, row);
		jsonw_bool(&w, "exact", st->exact);
		if (before != NULL) {
			was = stats__find(sorted, before->n, row);
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

void
render_stats_text(const struct stats *now, const struct stats *before,
    enum stats_by by, struct buf *out)
{
	if (before == NULL)
		stats__table(&now->by[by], by, out);
	else
		stats__compare_table(&now->by[by], &before->by[by], by, out);
}

void
render_stats_json(const struct stats *now, const struct stats *before,
    enum stats_by by, struct buf *out)
{
	stats__json(now, before != NULL ? &before->by[by] : NULL, by, out);
}

bool
render_stats_slower(const struct stats *now, const struct stats *before,
    enum stats_by by)
{
	const struct stats_rows *rows = &now->by[by], *others = &before->by[by];
	_cleanup_free_ const struct stats_row **sorted = stats__sorted(others);

	for (size_t i = 0; i < rows->n; i++) {
		const char *verdict = stats__verdict(&rows->rows[i],
		    stats__find(sorted, others->n, &rows->rows[i]));

		if (verdict != NULL && strcmp(verdict, "slower") == 0)
			return true;
	}
	return false;
}
