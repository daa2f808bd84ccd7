/* SPDX-License-Identifier: ISC */
#include "table.h"

#include <inttypes.h>

#include "base/buf.h"
#include "draw.h"

/* ---- cells ----------------------------------------------------------------
 */

static const char *
table__name(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	(void)out;
	return row->name;
}

/* The whole operation stands above its stages. */
static const char *
table__stage(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	(void)out;
	return row->stage != NULL ? row->stage : "(all of it)";
}

static const char *
table__where(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	(void)out;
	return row->stage;
}

static unsigned
table__stage_role(const void *arg)
{
	const struct figures_row *row = arg;

	return row->stage == NULL ? THEME_STRONG : THEME_PLAIN;
}

static const char *
table__error(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	(void)out;
	return row->error;
}

static unsigned
table__bad(const void *arg)
{
	(void)arg;
	return THEME_BAD;
}

static const char *
table__code(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	(void)out;
	return row->code;
}

static const char *
table__example(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	(void)out;
	return row->example;
}

static const char *
table__count(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	buf_printf(out, "%" PRIu64, row->count);
	return buf_str(out);
}

static const char *
table__failed(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	buf_printf(out, "%" PRIu64, row->failed);
	return buf_str(out);
}

static unsigned
table__failed_role(const void *arg)
{
	const struct figures_row *row = arg;

	return row->failed > 0 ? THEME_BAD : THEME_DIM;
}

static const char *
table__now(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	if (row->now == 0)
		return "";
	buf_printf(out, "%u", row->now);
	return buf_str(out);
}

static const char *
table__a_minute(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	buf_printf(out, "%u", row->a_minute);
	return buf_str(out);
}

/* Of the last minute, as there are few in most seconds. */
static const char *
table__a_second(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	buf_printf(out, "%u.%02u", row->a_minute / 60,
	    row->a_minute % 60 * 100 / 60);
	return buf_str(out);
}

static const char *
table__duration(int64_t ns, struct buf *out)
{
	char text[CLOCK_DURATION_MAX];

	if (ns < 0)
		return NULL;
	buf_puts(out, clock_format_duration(ns, text));
	return buf_str(out);
}

static const char *
table__p50(const void *arg, struct buf *out)
{
	return table__duration(((const struct figures_row *)arg)->p50_ns, out);
}

static const char *
table__p90(const void *arg, struct buf *out)
{
	return table__duration(((const struct figures_row *)arg)->p90_ns, out);
}

static const char *
table__p99(const void *arg, struct buf *out)
{
	return table__duration(((const struct figures_row *)arg)->p99_ns, out);
}

static const char *
table__longest(const void *arg, struct buf *out)
{
	return table__duration(((const struct figures_row *)arg)->longest_ns,
	    out);
}

static const char *
table__n(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;

	buf_printf(out, "%zu", row->n);
	return buf_str(out);
}

static const char *
table__ago(const void *arg, struct buf *out)
{
	const struct figures_row *row = arg;
	int64_t ago = row->ago_ns - row->ago_ns % NSEC_PER_SEC;

	if (ago < 60 * NSEC_PER_SEC) {
		buf_printf(out, "%ds", (int)(ago / NSEC_PER_SEC));
		return buf_str(out);
	}
	return table__duration(ago, out);
}

static unsigned
table__dim(const void *arg)
{
	(void)arg;
	return THEME_DIM;
}

static void
table__bins(const void *arg, struct screen *s, int x, int y, int w,
    unsigned selected)
{
	const struct figures_row *row = arg;

	draw_levels(s, x, y, w, row->bins, STATS_BINS,
	    THEME_BAR_ODD | selected);
}

static void
table__recent(const void *arg, struct screen *s, int x, int y, int w,
    unsigned selected)
{
	const struct figures_row *row = arg;

	draw_levels(s, x, y, w, row->recent, STATS_BUCKETS,
	    THEME_BAR_EVEN | selected);
}

/* ---- the tables -----------------------------------------------------------
 */

#define TABLE_TEXT(t, by, lo, mid, hi, r, fn, look)                     \
	{                                                               \
		.title = (t), .sort = (by), .min = (lo), .want = (mid), \
		.max = (hi), .rank = (r), .text = (fn), .role = (look)  \
	}
#define TABLE_RICH(t, by, w, r, fn, look)                            \
	{                                                            \
		.title = (t), .sort = (by), .min = (w), .want = (w), \
		.max = (w), .rank = (r), .rich = true, .text = (fn), \
		.role = (look)                                       \
	}
#define TABLE_FIGURE(t, by, w, r, fn, look)                           \
	{                                                             \
		.title = (t), .sort = (by), .min = (w), .want = (w),  \
		.max = (w), .rank = (r), .right = true, .text = (fn), \
		.role = (look)                                        \
	}

const struct table table_stages = { STATS_STAGE, "no operation has ended yet",
	{
	    TABLE_TEXT("OPERATION", FIGURES_BY_NAME, 9, 12, 16, 0, table__name,
		NULL),
	    TABLE_TEXT("STAGE", FIGURES_BY_STAGE, 11, 14, 24, 0, table__stage,
		table__stage_role),
	    TABLE_FIGURE("NOW", FIGURES_BY_NOW, 4, 4, table__now, NULL),
	    TABLE_FIGURE("COUNT", FIGURES_BY_COUNT, 6, 6, table__count, NULL),
	    TABLE_FIGURE("/MIN", FIGURES_BY_RATE, 4, 7, table__a_minute, NULL),
	    TABLE_FIGURE("P50", FIGURES_BY_P50, 7, 0, table__p50, NULL),
	    TABLE_FIGURE("P90", FIGURES_BY_P90, 7, 2, table__p90, NULL),
	    TABLE_FIGURE("P99", FIGURES_BY_P99, 7, 3, table__p99, NULL),
	    TABLE_FIGURE("N", FIGURES_BY_N, 3, 1, table__n, table__dim),
	    { .title = "SPREAD",
		.min = STATS_BINS,
		.want = STATS_BINS,
		.max = STATS_BINS,
		.rank = 5,
		.draw = table__bins },
	    { .title = "LAST 5 MIN",
		.min = 10,
		.want = 10,
		.max = STATS_BUCKETS,
		.rank = 8,
		.draw = table__recent },
	},
	11 };

const struct table table_errors = { STATS_ERROR, "no operation has failed",
	{
	    TABLE_FIGURE("AGO", FIGURES_BY_AGO, 7, 3, table__ago, NULL),
	    TABLE_FIGURE("COUNT", FIGURES_BY_COUNT, 5, 0, table__count, NULL),
	    TABLE_TEXT("OPERATION", FIGURES_BY_NAME, 9, 10, 16, 2, table__name,
		NULL),
	    TABLE_TEXT("STAGE", FIGURES_BY_STAGE, 8, 12, 20, 4, table__where,
		NULL),
	    TABLE_TEXT("ERROR", FIGURES_BY_ERROR, 10, 38, 200, 0, table__error,
		table__bad),
	    TABLE_RICH("CODE", FIGURES_BY_CODE, 11, 5, table__code, NULL),
	    TABLE_RICH("NEWEST", FIGURES_BY_EXAMPLE, 19, 6, table__example,
		table__dim),
	    { .title = "LAST 5 MIN",
		.min = 10,
		.want = 10,
		.max = 10,
		.rank = 7,
		.rich = true,
		.draw = table__recent },
	},
	8 };

const struct table table_helper = { STATS_CALL, "the helper was not called yet",
	{
	    TABLE_TEXT("METHOD", FIGURES_BY_NAME, 12, 16, 24, 0, table__name,
		NULL),
	    TABLE_FIGURE("CALLS", FIGURES_BY_COUNT, 6, 0, table__count, NULL),
	    TABLE_FIGURE("/S", FIGURES_BY_RATE, 5, 5, table__a_second, NULL),
	    TABLE_FIGURE("FAILED", FIGURES_BY_FAILED, 6, 0, table__failed,
		table__failed_role),
	    TABLE_FIGURE("P50", FIGURES_BY_P50, 7, 0, table__p50, NULL),
	    TABLE_FIGURE("P90", FIGURES_BY_P90, 7, 2, table__p90, NULL),
	    TABLE_FIGURE("P99", FIGURES_BY_P99, 7, 3, table__p99, NULL),
	    TABLE_FIGURE("LONGEST", FIGURES_BY_LONGEST, 7, 4, table__longest,
		NULL),
	    TABLE_FIGURE("N", FIGURES_BY_N, 3, 1, table__n, table__dim),
	    { .title = "SPREAD",
		.min = STATS_BINS,
		.want = STATS_BINS,
		.max = STATS_BINS,
		.rank = 6,
		.draw = table__bins },
	    { .title = "LAST 5 MIN",
		.min = 10,
		.want = 10,
		.max = STATS_BUCKETS,
		.rank = 7,
		.draw = table__recent },
	},
	11 };
