/* SPDX-License-Identifier: ISC */
/* The statistics as tables: stages, families of errors, calls to the helper. */
#include "view.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "column.h"

#define TABLE_MARK 2
#define TABLE_PAGE 10
#define TABLE_COLUMNS 12

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

#define TABLE_TEXT(t, lo, mid, hi, r, fn, look)                        \
	{                                                              \
		.title = (t), .min = (lo), .want = (mid), .max = (hi), \
		.rank = (r), .text = (fn), .role = (look)              \
	}
#define TABLE_RICH(t, w, r, fn, look)                                   \
	{                                                               \
		.title = (t), .min = (w), .want = (w), .max = (w),      \
		.rank = (r), .rich = true, .text = (fn), .role = (look) \
	}
#define TABLE_FIGURE(t, w, r, fn, look)                                  \
	{                                                                \
		.title = (t), .min = (w), .want = (w), .max = (w),       \
		.rank = (r), .right = true, .text = (fn), .role = (look) \
	}

struct table_view {
	enum stats_kind kind;
	const char *none;
	struct column columns[TABLE_COLUMNS];
	size_t n;
};

static const struct table_view table_stages = { STATS_STAGE,
	"no operation has ended yet",
	{
	    TABLE_TEXT("OPERATION", 9, 12, 16, 0, table__name, NULL),
	    TABLE_TEXT("STAGE", 11, 14, 24, 0, table__stage, table__stage_role),
	    TABLE_FIGURE("NOW", 4, 4, table__now, NULL),
	    TABLE_FIGURE("COUNT", 6, 6, table__count, NULL),
	    TABLE_FIGURE("/MIN", 4, 7, table__a_minute, NULL),
	    TABLE_FIGURE("P50", 7, 0, table__p50, NULL),
	    TABLE_FIGURE("P90", 7, 2, table__p90, NULL),
	    TABLE_FIGURE("P99", 7, 3, table__p99, NULL),
	    TABLE_FIGURE("N", 3, 1, table__n, table__dim),
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

static const struct table_view table_errors = { STATS_ERROR,
	"no operation has failed",
	{
	    TABLE_FIGURE("AGO", 7, 3, table__ago, NULL),
	    TABLE_FIGURE("COUNT", 5, 0, table__count, NULL),
	    TABLE_TEXT("OPERATION", 9, 10, 16, 2, table__name, NULL),
	    TABLE_TEXT("STAGE", 8, 12, 20, 4, table__where, NULL),
	    TABLE_TEXT("ERROR", 10, 38, 200, 0, table__error, table__bad),
	    TABLE_RICH("CODE", 11, 5, table__code, NULL),
	    TABLE_RICH("NEWEST", 19, 6, table__example, table__dim),
	    { .title = "LAST 5 MIN",
		.min = 10,
		.want = 10,
		.max = 10,
		.rank = 7,
		.rich = true,
		.draw = table__recent },
	},
	8 };

static const struct table_view table_helper = { STATS_CALL,
	"the helper was not called yet",
	{
	    TABLE_TEXT("METHOD", 12, 16, 24, 0, table__name, NULL),
	    TABLE_FIGURE("CALLS", 6, 0, table__count, NULL),
	    TABLE_FIGURE("/S", 5, 5, table__a_second, NULL),
	    TABLE_FIGURE("FAILED", 6, 0, table__failed, table__failed_role),
	    TABLE_FIGURE("P50", 7, 0, table__p50, NULL),
	    TABLE_FIGURE("P90", 7, 2, table__p90, NULL),
	    TABLE_FIGURE("P99", 7, 3, table__p99, NULL),
	    TABLE_FIGURE("LONGEST", 7, 4, table__longest, NULL),
	    TABLE_FIGURE("N", 3, 1, table__n, table__dim),
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

/* ---- as views -------------------------------------------------------------
 */

static int
table__lines(const struct model *m, const struct table_view *t)
{
	size_t n = m->figures.n[t->kind];

	return 1 + (n > 0 ? (int)n : 1);
}

/* Rows below the titles; one is kept for saying that there are more. */
static size_t
table__room(const struct model *m, const struct table_view *t, struct rect area)
{
	int h = area.h - 1;

	if ((int)m->figures.n[t->kind] > h && h > 1)
		h--;
	return h > 0 ? (size_t)h : 0;
}

static void
table__draw(const struct model *m, const struct table_view *t, struct screen *s,
    struct rect area)
{
	const struct figures_row *rows = m->figures.rows[t->kind];
	size_t n = m->figures.n[t->kind], room = table__room(m, t, area);
	int widths[TABLE_COLUMNS], gap = 1, y = area.y + 1;
	size_t end = m->table_top + room;
	char more[96];

	column_layout(t->columns, t->n, 0, area.w - TABLE_MARK - 1, gap,
	    widths);
	column_titles(t->columns, t->n, widths, gap, 0, s, area.x + TABLE_MARK,
	    area.y);
	if (n == 0)
		draw_text(s, area.x + TABLE_MARK, y, area.w - TABLE_MARK,
		    t->none, DRAW_LEFT, THEME_DIM);
	end = end < n ? end : n;
	for (size_t i = m->table_top; i < end; i++, y++) {
		unsigned selected = i == m->table_cursor ? THEME_SELECTED : 0;

		draw_text(s, area.x, y, area.w, selected != 0 ? ">" : "",
		    DRAW_LEFT, selected);
		column_cells(t->columns, t->n, widths, gap, &rows[i], s,
		    area.x + TABLE_MARK, y, selected);
	}
	if (end - m->table_top == n || y >= area.y + area.h)
		return;
	snprintf(more, sizeof(more), "%zu to %zu of %zu", m->table_top + 1, end,
	    n);
	draw_text(s, area.x + TABLE_MARK, y, area.w - TABLE_MARK, more,
	    DRAW_LEFT, THEME_DIM);
}

static unsigned
table__key(struct model *m, const struct table_view *t, enum keys_id key)
{
	static const struct {
		enum keys_id key;
		int by;
	} moves[] = {
		{ KEYS_DOWN, 1 },
		{ KEYS_UP, -1 },
		{ KEYS_PAGE_DOWN, TABLE_PAGE },
		{ KEYS_PAGE_UP, -TABLE_PAGE },
		{ KEYS_FIRST, -INT32_MAX },
		{ KEYS_LAST, INT32_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(moves); i++) {
		if (moves[i].key != key)
			continue;
		model_move_table(m, moves[i].by, m->figures.n[t->kind]);
		return VIEW_REDRAW;
	}
	return VIEW_NOTHING;
}

/* The three differ in their table alone. */
#define TABLE_VIEW(which, title)                                           \
	static int which##__lines(const struct model *m,                   \
	    const struct screen *s, int width)                             \
	{                                                                  \
		(void)s;                                                   \
		(void)width;                                               \
		return table__lines(m, &table_##which);                    \
	}                                                                  \
	static void which##__fit(struct model *m, const struct screen *s,  \
	    struct rect area)                                              \
	{                                                                  \
		(void)s;                                                   \
		model_fit_table(m, m->figures.n[table_##which.kind],       \
		    table__room(m, &table_##which, area));                 \
	}                                                                  \
	static void which##__draw(const struct model *m, struct screen *s, \
	    struct rect area)                                              \
	{                                                                  \
		table__draw(m, &table_##which, s, area);                   \
	}                                                                  \
	static unsigned which##__key(struct model *m, enum keys_id key)    \
	{                                                                  \
		return table__key(m, &table_##which, key);                 \
	}                                                                  \
	const struct view_ops view_##which = {                             \
		.name = (title),                                           \
		.figures = true,                                           \
		.lines = which##__lines,                                   \
		.fit = which##__fit,                                       \
		.draw = which##__draw,                                     \
		.key = which##__key,                                       \
	}

TABLE_VIEW(stages, "Stages");
TABLE_VIEW(errors, "Errors");
TABLE_VIEW(helper, "Helper");
