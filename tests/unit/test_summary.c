/* SPDX-License-Identifier: ISC */
/*
 * The summaries against what the rows of the operations say, worked out by
 * SQLite; and the histogram against the values themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "trace/source.h"
#include "trace/store.h"
#include "trace/summary.h"

#define OPS 300
#define PARTS 6 /* of the log, each indexed by a writer of its own */
/* 2026-04-26 20:00:00 UTC. */
#define FIRST_NS (1777233600LL * NSEC_PER_SEC)

static uint64_t rng = 0x9e3779b97f4a7c15ULL;

/* xorshift64* (Vigna, 2016). */
static unsigned
draw(unsigned n)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return (unsigned)((rng * 0x2545f4914f6cdd1dULL >> 33) % n);
}

#define PICK(words) (words)[draw(ARRAY_LEN(words))]

/* ---- the histogram ----------------------------------------------------- */

/* Of all sizes, the small ones exactly. */
static int64_t
draw_us(void)
{
	return (int64_t)draw(1u << 30) >> draw(30);
}

static void
check_near(int64_t got, int64_t want)
{
	int64_t off = llabs(got - want);

	if (got != want && off * 1000 > want * HIST_ERROR_PERMILLE)
		fail_msg("wanted %lld, got %lld", (long long)want,
		    (long long)got);
}

static void
test_quantiles(void **state)
{
	static const unsigned percents[] = { 50, 90, 99 };
	int64_t us[2000], sum, max;

	(void)state;
	for (size_t n = 1; n <= ARRAY_LEN(us); n += 1 + n / 3) {
		_cleanup_hist_ struct hist h = { 0 };

		sum = max = 0;
		for (size_t i = 0; i < n; i++) {
			us[i] = draw_us();
			sum += us[i];
			max = us[i] > max ? us[i] : max;
			hist_add(&h, us[i], i % 3 == 0, 1);
		}
		assert_int_equal(h.n, n);
		assert_int_equal(h.failed, (n + 2) / 3);
		assert_int_equal(h.sum_us, sum);
		assert_int_equal(h.max_us, max);
		quantile_sort(us, n);
		for (size_t i = 0; i < ARRAY_LEN(percents); i++)
			check_near(hist_quantile(&h, percents[i]),
			    hist_quantile_of(us, n, percents[i]));
	}
}

static void
test_ranks(void **state)
{
	int64_t us[100];

	(void)state;
	for (int i = 0; i < 100; i++)
		us[i] = 100 - i;
	quantile_sort(us, 100);
	assert_int_equal(hist_quantile_of(us, 100, 50), 50);
	assert_int_equal(hist_quantile_of(us, 100, 90), 90);
	assert_int_equal(hist_quantile_of(us, 100, 99), 99);
	assert_int_equal(hist_spread_of(us, 100), 25);
	assert_int_equal(hist_quantile_of(us, 3, 50), 2);
	assert_int_equal(hist_spread_of(us, 3), 1);
}

/* Too few samples carry nothing. */
static void
test_carries(void **state)
{
	static const struct {
		int64_t n;
		unsigned percent;
		bool carries;
	} rows[] = { { 0, 50, false }, { 1, 50, false }, { 2, 50, true },
		{ 9, 90, false }, { 10, 90, true }, { 99, 99, false },
		{ 100, 99, true }, { 1000, 100, false } };
	_cleanup_hist_ struct hist h = { 0 };
	int64_t us[] = { 3, 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(hist_carries(rows[i].n, rows[i].percent),
		    rows[i].carries);
	assert_int_equal(hist_quantile(&h, 50), -1);
	hist_add(&h, 3, false, 1);
	assert_int_equal(hist_quantile(&h, 50), -1);
	hist_add(&h, 4, false, 1);
	assert_int_equal(hist_quantile(&h, 50), 3);
	assert_int_equal(hist_spread(&h), -1);
	assert_int_equal(hist_quantile_of(us, 2, 90), -1);
	assert_int_equal(hist_spread_of(us, 2), -1);
}

static void
test_spread(void **state)
{
	_cleanup_hist_ struct hist h = { 0 };
	int64_t us[500], want;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(us); i++) {
		us[i] = 100000 + (int64_t)draw(100000);
		hist_add(&h, us[i], false, 1);
	}
	quantile_sort(us, ARRAY_LEN(us));
	want = hist_spread_of(us, ARRAY_LEN(us));
	/* Two values of a bucket each: the median's, and the one off it. */
	assert_in_range(hist_spread(&h), want - 2 * 200000 / 64,
	    want + 2 * 200000 / 64);
}

/* What was added and taken off again is not there. */
static void
test_bytes(void **state)
{
	_cleanup_buf_ struct buf a = BUF_INIT, b = BUF_INIT;
	_cleanup_hist_ struct hist h = { 0 }, copy = { 0 };
	int64_t gone[50];

	(void)state;
	for (int i = 0; i < 200; i++)
		hist_add(&h, draw_us(), false, 1);
	hist_add(&h, INT64_MAX, false, 1);
	hist_encode(&h, &a);
	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		hist_add(&h, gone[i] = draw_us(), true, 1);
	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		hist_add(&h, gone[i], true, -1);
	hist_encode(&h, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	assert_int_equal(h.failed, 0);
	assert_int_equal(h.max_us, HIST_US_MAX);
	assert_true(hist_decode(&copy, a.data, a.len));
	buf_reset(&b);
	hist_encode(&copy, &b);
	assert_memory_equal(a.data, b.data, a.len);
	/* Bytes of a file that is damaged. */
	assert_false(hist_decode(&copy, a.data, a.len - 1));
	assert_false(hist_decode(&copy, "\xff\xff\x03\x01", 4));
	assert_false(
	    hist_decode(&copy, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10));
	for (int i = 0; i < 2000; i++) {
		char bytes[16];

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (char)draw(256);
		hist_decode(&copy, bytes, draw(sizeof(bytes)));
	}
}

/* The largest, found again among what is left of those that it was made of. */
static void
test_max(void **state)
{
	_cleanup_hist_ struct hist h = { 0 };

	(void)state;
	hist_add(&h, 1000, false, 1);
	hist_add(&h, 1010, false, 1);
	hist_add(&h, 90000, false, 1);
	hist_add(&h, 90000, false, -1);
	/* Of the topmost bucket that is left (992 to 1007 is the one below). */
	hist_find_max(&h, 1010);
	assert_int_equal(h.max_us, 1010);
	/* Nothing is left that was in it: its end. */
	h.max_us = 90000;
	hist_find_max(&h, 7);
	assert_int_equal(h.max_us, 1023);
	h.max_us = 1015;
	hist_find_max(&h, 7);
	assert_int_equal(h.max_us, 1015);
	hist_add(&h, 1000, false, -1);
	hist_add(&h, 1010, false, -1);
	hist_find_max(&h, 0);
	assert_int_equal(h.max_us, 0);
}

static void
test_hours(void **state)
{
	(void)state;
	assert_int_equal(summary_hour(0), 0);
	assert_int_equal(summary_hour(SUMMARY_HOUR_NS - 1), 0);
	assert_int_equal(summary_hour(SUMMARY_HOUR_NS), 1);
	assert_int_equal(summary_hour(-1), -1);
	assert_int_equal(summary_hour(-SUMMARY_HOUR_NS), -1);
	assert_int_equal(summary_hour(-SUMMARY_HOUR_NS - 1), -2);
}

/* ---- a log of operations in any order ----------------------------------- */

struct fixture {
	char dir[32], db[64], log[64];
	char *lines[OPS * 12];
	size_t n;
	unsigned seq;
};

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/summ.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->db, sizeof(f->db), "%s/i.db", f->dir);
	snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
	for (size_t i = 0; i < f->n; i++)
		free(f->lines[i]);
	free(f);
	return system(cmd);
}

static void
say(struct fixture *f, int op, int64_t at, const char *msg, char *rest)
{
	char when[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(at, when);
	assert_true(f->n < ARRAY_LEN(f->lines));
	f->lines[f->n++] = xasprintf("{\"time\":\"%s\",\"level\":\"INFO\","
				     "\"msg\":\"%s\",\"run\":\"d0d0d0d0\","
				     "\"seq\":%u,\"op_id\":\"op-%016x\"%s}\n",
	    when, msg, ++f->seq, 0x1000 + op, rest);
	free(rest);
}

static void
say_op(struct fixture *f, int op, int64_t at)
{
	static const char *const names[] = { "vm.start", "vm.stop", "",
		"a\\\"b", "'; --" };
	static const char *const stages[] = { "validate", "boot", "", "x'y" };
	static const char *const images[] = { "tiny", "big", "\\u001b[2J" };
	static const char *const ends[] = { "completed", "failed", "canceled" };
	const char *name = PICK(names);

	if (draw(12) > 0)
		say(f, op, at, "operation started",
		    xasprintf(",\"operation\":\"%s\",\"image_name\":\"%s\"",
			name, PICK(images)));
	for (unsigned i = draw(5); i > 0; i--) {
		at += draw_us() * 50;
		say(f, op, at, "operation stage",
		    xasprintf(",\"stage\":\"%s\"", PICK(stages)));
		if (draw(2) == 0)
			say(f, op, at, "helper rpc completed",
			    xasprintf(",\"method\":\"m%u\",\"call\":%u,"
				      "\"duration_ms\":%u.5",
				draw(3), i, draw(100)));
	}
	/* Sometimes none, sometimes two ends. */
	for (unsigned n = draw(10) == 0 ? 0 : 1 + !draw(8); n > 0; n--) {
		at += draw_us() * 100;
		say(f, op, at,
		    draw(2) == 0 ? "operation completed" : "operation failed",
		    xasprintf(",\"operation\":\"%s\",\"code\":\"%s\","
			      "\"duration_ms\":%u",
			name, PICK(ends), draw(5000)));
	}
	if (draw(6) == 0)
		say(f, op, at, "rpc completed",
		    xasprintf(",\"method\":\"%s\"", name));
}

/* Indexes some of the lines as one input. */
static void
index_lines(struct fixture *f, size_t from, size_t to)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_(source_freep) struct source *src = NULL;
	const char *const paths[] = { f->log };
	FILE *file = fopen(f->log, "w");
	struct record r;
	unsigned n = 0;

	assert_non_null(file);
	for (size_t i = from; i < to; i++)
		fputs(f->lines[i], file);
	fclose(file);
	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
	assert_int_equal(source_open_files(paths, NULL, 1, 0, &src, NULL), 0);
	assert_int_equal(store_input(s, 0, f->log, NULL), 0);
	record_init(&r);
	while (source_next(src, &r, NULL) == SOURCE_MORE) {
		assert_int_equal(store_append(s, &r, NULL), 0);
		if (++n % 97 == 0)
			assert_int_equal(store_commit(s, NULL), 0);
	}
	record_done(&r);
	assert_int_equal(store_commit(s, NULL), 0);
}

static sqlite3 *
raw_open(struct fixture *f)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->db, &db), SQLITE_OK);
	return db;
}

static int64_t
ask(struct fixture *f, const char *sql)
{
	sqlite3 *db = raw_open(f);
	sqlite3_stmt *st = NULL;
	int64_t v;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return v;
}

/* What the summaries should be, as SQLite sees the rows. */
#define ENDED "o.status <> 'running' AND NOT o.reads "
#define HOUR                                 \
	"o.start_ns / 3600000000000 - "      \
	"(o.start_ns % 3600000000000 < 0), " \
	"coalesce(o.operation, '') "
#define FIGURES(failed, us)                                              \
	"count(*) AS n, sum(" failed ") AS failed, sum(" us ") AS sum, " \
	"max(" us ") AS max "
#define WANTED                                                                                                                                               \
	"SELECT 0, " HOUR ", '', '', " FIGURES("o.status = 'failed'",                                                                                        \
	    "o.duration_ns / 1000") "FROM op o WHERE " ENDED                                                                                                 \
				    "AND duration_ns NOT NULL GROUP BY 2, 3 "                                                                                \
				    "UNION ALL "                                                                                                             \
				    "SELECT 1, " HOUR                                                                                                        \
				    ", '', '', " FIGURES("0",                                                                                                \
					"o.unaccounted_ns / 1000") "FROM op "                                                                                \
								   "o "                                                                                      \
								   "WHERE"                                                                                   \
								   " " ENDED                                                                                 \
								   "AND "                                                                                    \
								   "unaccount"                                                                               \
								   "ed_ns "                                                                                  \
								   "NOT NULL "                                                                               \
								   "GROUP BY "                                                                               \
								   "2, 3 "                                                                                   \
								   "UNION "                                                                                  \
								   "ALL "                                                                                    \
								   "SELECT "                                                                                 \
								   "4, " HOUR                                                                                \
								   ", "                                                                                      \
								   "image_"                                                                                  \
								   "name, "                                                                                  \
								   "'',"                                                                                     \
								   " " FIGURES(                                                                              \
								       "o."                                                                                  \
								       "statu"                                                                               \
								       "s = "                                                                                \
								       "'fail"                                                                               \
								       "ed'",                                                                                \
								       "o."                                                                                  \
								       "durat"                                                                               \
								       "ion_"                                                                                \
								       "ns / "                                                                               \
								       "1000") "FROM op o "                                                                  \
									       "WHERE " ENDED                                                                \
									       "AND duration_ns NOT NULL AND image_name NOT NULL "                           \
									       "GROUP BY 2, 3, 4 UNION ALL "                                                 \
									       "SELECT 2, " HOUR                                                             \
									       ", coalesce(s.value ->> 0, '') AS nm, '', " FIGURES(                          \
										   "s.value ->> 3",                                                          \
										   "s.value ->> 2") "FROM op o, "                                            \
												    "json_each(o.stages) s WHERE " ENDED                     \
												    "AND s.value ->> 2 NOT NULL "                            \
												    "GROUP BY 2, 3, 4 UNION ALL "                            \
												    "SELECT 3, " HOUR                                        \
												    ", coalesce(json_extract(o.stages, '$[' || "             \
												    "(c.value ->> 2) || '][0]'), '') AS nm, "                \
												    "coalesce(c.value ->> 0, '') AS me, " FIGURES(           \
													"c.value ->> 5",                                     \
													"c.value ->> 4") "FROM op o, "                       \
															 "json_each(o.calls) c WHERE " ENDED \
															 "AND c.value ->> 4 NOT NULL "       \
															 "GROUP BY 2, 3, 4, 5"
#define FOUND                                                             \
	"SELECT kind, hour, operation, name, method, n, failed, sum_us, " \
	"max_us FROM summary"

static void
check_summaries(struct fixture *f)
{
	assert_int_equal(ask(f,
			     "SELECT count(*) FROM (" FOUND " EXCEPT "
			     "SELECT * FROM (" WANTED "))"),
	    0);
	assert_int_equal(ask(f,
			     "SELECT count(*) FROM (SELECT * FROM (" WANTED
			     ") EXCEPT " FOUND ")"),
	    0);
}

/* A digest of the buckets too. */
static int64_t
digest(struct fixture *f)
{
	sqlite3 *db = raw_open(f);
	sqlite3_stmt *st = NULL;
	uint64_t h = 7;

	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT kind || '|' || hour || '|' || operation "
			     "|| '|' || name || '|' || method || '|' || n || "
			     "'|' || failed || '|' || sum_us || '|' || max_us "
			     "|| '|' || hex(counts) FROM summary "
			     "ORDER BY kind, hour, operation, name, method",
			     -1, &st, NULL),
	    SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		for (const unsigned char *p = sqlite3_column_text(st, 0);
		     *p != '\0'; p++)
			h = h * 31 + *p;
	sqlite3_finalize(st);
	sqlite3_close(db);
	return (int64_t)h;
}

static void
run_sql(struct fixture *f, const char *sql)
{
	sqlite3 *db = raw_open(f);
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(db);
}

static void
say_all(struct fixture *f)
{
	int64_t at = FIRST_NS;

	for (int i = 0; i < OPS; i++) {
		say_op(f, i, draw(40) == 0 ? -SUMMARY_HOUR_NS / 2 : at);
		at += (int64_t)draw(40) * NSEC_PER_SEC;
	}
}

/* Lines in any order, by several writers: most rows are replaced. */
static void
test_replaced(void **state)
{
	struct fixture *f = *state;

	say_all(f);
	for (size_t i = f->n - 1; i > 0; i--) {
		size_t k = draw((unsigned)i + 1);
		char *line = f->lines[i];

		f->lines[i] = f->lines[k];
		f->lines[k] = line;
	}
	for (size_t i = 0; i < PARTS; i++) {
		index_lines(f, f->n * i / PARTS, f->n * (i + 1) / PARTS);
		check_summaries(f);
	}
	assert_true(ask(f, "SELECT count(*) FROM summary") > 60);
	/* In the order of their times, and at once, it is the same. */
	int64_t want = digest(f);

	run_sql(f,
	    "DELETE FROM summary; DELETE FROM op; DELETE FROM span; "
	    "DELETE FROM record");
	index_lines(f, 0, f->n);
	check_summaries(f);
	assert_int_equal(digest(f), want);
	/* Read once more, it counts nothing. */
	index_lines(f, 0, f->n);
	assert_int_equal(digest(f), want);
}

/* An index that has none yet gets them. */
static void
test_migration(void **state)
{
	struct fixture *f = *state;
	int64_t want;

	say_all(f);
	index_lines(f, 0, f->n);
	want = digest(f);
	run_sql(f,
	    "DROP VIEW summaries; DROP TABLE summary; "
	    "DROP TABLE pruned; DROP TABLE pruned_error; "
	    "DROP INDEX op_failed; PRAGMA user_version = 5");
	index_lines(f, 0, 0);
	assert_int_equal(ask(f, "PRAGMA user_version"), STORE_VERSION);
	check_summaries(f);
	assert_int_equal(digest(f), want);
	index_lines(f, 0, f->n);
	assert_int_equal(digest(f), want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_carries),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_max),
		cmocka_unit_test(test_hours),
		cmocka_unit_test_setup_teardown(test_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_migration, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
