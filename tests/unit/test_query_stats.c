/* SPDX-License-Identifier: ISC */
/*
 * Statistics of whole operations, which are read without their lists, against
 * those that are read row by row, and against what SQLite says; over rows of
 * every kind, those that do not count among them.
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
#include "trace/filter.h"
#include "trace/query_stats.h"
#include "trace/store.h"

#include "draw.h"

#define OPS 3000
#define MINUTES 300
/* 2026-04-26 20:00:00 UTC. */
#define FIRST_NS (1777233600LL * NSEC_PER_SEC)

struct fixture {
	char path[64];
	struct store *store;
	sqlite3 *db;
};

static const char *const operations[] = { "vm.start", "vm.start", "vm.stop", "",
	"vm.create", NULL };
static const char *const statuses[] = { "completed", "completed", "failed",
	"canceled", "interrupted", "running", "lost" };
static const char *const vms[] = { "web-1", "web-2", "web-11", "", NULL,
	"r\xc3\xa9sum\xc3\xa9", "'; --" };
static const char *const images[] = { "debian", "tiny", "", NULL };

/* ---- the rows ---------------------------------------------------------- */

static int64_t
ask(struct fixture *f, const char *sql)
{
	sqlite3_stmt *st;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(f->db, sql, -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

static void
run_sql(struct fixture *f, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(f->db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
}

static void
bind_text(sqlite3_stmt *st, int at, const char *text)
{
	sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

/* Now and then there is no duration; some end in the same microsecond. */
static void
insert(sqlite3_stmt *st, int i)
{
	char id[32];

	snprintf(id, sizeof(id), "op-%016x", i);
	bind_text(st, 1, id);
	bind_text(st, 2, PICK(operations));
	bind_text(st, 3, PICK(statuses));
	sqlite3_bind_int64(st, 4, FIRST_NS + draw(MINUTES * 60) * NSEC_PER_SEC);
	if (draw(8) != 0)
		sqlite3_bind_int64(st, 5,
		    draw(1 << 20) * (int64_t)draw(9) * 333);
	else
		sqlite3_bind_null(st, 5);
	bind_text(st, 6, PICK(vms));
	bind_text(st, 7, PICK(images));
	sqlite3_bind_int(st, 8, draw(10) == 0);
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct error err = ERROR_INIT;
	sqlite3_stmt *st;
	int fd;

	snprintf(f->path, sizeof(f->path), "/tmp/bgt.XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	if (store_open_write(f->path, &f->store, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(sqlite3_open(f->path, &f->db), SQLITE_OK);
	run_sql(f, "BEGIN");
	assert_int_equal(sqlite3_prepare_v2(f->db,
			     "INSERT INTO op (op_id, operation, status, "
			     "start_ns, start_known, duration_ns, last_ns, "
			     "vm_name, image_name, records, conflict, reads, "
			     "stages) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?4, ?6, "
			     "?7, 1, 0, ?8, '[[\"boot\",0,7,0]]')",
			     -1, &st, NULL),
	    SQLITE_OK);
	for (int i = 0; i < OPS; i++)
		insert(st, i);
	sqlite3_finalize(st);
	run_sql(f, "COMMIT");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char path[80];

	store_free(f->store);
	sqlite3_close(f->db);
	unlink(f->path);
	snprintf(path, sizeof(path), "%s-wal", f->path);
	unlink(path);
	snprintf(path, sizeof(path), "%s-shm", f->path);
	unlink(path);
	snprintf(path, sizeof(path), "%s.lock", f->path);
	unlink(path);
	free(f);
	return 0;
}

/* ---- against each other ------------------------------------------------ */

static void
check_text(const char *a, const char *b)
{
	assert_string_equal(a != NULL ? a : "(none)", b != NULL ? b : "(none)");
}

static void
check_rows(const struct stats_rows *got, const struct stats_rows *want)
{
	assert_int_equal(got->n, want->n);
	for (size_t i = 0; i < got->n; i++) {
		const struct stats_row *a = &got->rows[i], *b = &want->rows[i];

		check_text(a->operation, b->operation);
		check_text(a->name, b->name);
		assert_int_equal(a->n, b->n);
		assert_int_equal(a->failed, b->failed);
		assert_int_equal(a->total_ns, b->total_ns);
		assert_int_equal(a->max_ns, b->max_ns);
		assert_int_equal(a->p50_ns, b->p50_ns);
		assert_int_equal(a->p90_ns, b->p90_ns);
		assert_int_equal(a->p99_ns, b->p99_ns);
		assert_int_equal(a->spread_ns, b->spread_ns);
	}
}

static void
get(struct fixture *f, struct stats_want want, unsigned by, struct stats *ret)
{
	struct error err = ERROR_INIT;

	want.by = by;
	if (query_stats(f->store, &want, ret, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(ret->exact);
}

/* With the stages the same has to come from the rows. */
static size_t
compare(struct fixture *f, const struct stats_want *want)
{
	static const enum stats_by wholes[] = { STATS_OPERATION, STATS_VM,
		STATS_IMAGE };
	size_t rows = 0;

	for (size_t i = 0; i < ARRAY_LEN(wholes); i++) {
		_cleanup_stats_ struct stats got = { 0 }, all = { 0 };

		/* Without a filter only those by VM are exact. */
		if (want->filter == NULL && wholes[i] != STATS_VM)
			continue;
		get(f, *want, 1u << wholes[i], &got);
		get(f, *want, 1u << wholes[i] | 1u << STATS_STAGE, &all);
		check_rows(&got.by[wholes[i]], &all.by[wholes[i]]);
		rows += got.by[wholes[i]].n;
	}
	return rows;
}

static void
test_agree(void **state)
{
	static const char *const filters[] = { NULL, "failed", "took > 100ms",
		"vm ~ '1$' or not completed", "stage:boot >= 7us",
		"image = tiny and vm = web-1", "vm = nobody" };
	struct fixture *f = *state;
	size_t rows = 0;

	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		_cleanup_(filter_freep) struct filter *filter = NULL;
		struct error err = ERROR_INIT;
		size_t at;

		if (filters[i] != NULL &&
		    filter_parse(filters[i], FIRST_NS, &filter, &at, &err) < 0)
			fail_msg("%s: %s", filters[i], err.text);
		for (int k = 0; k < 6; k++) {
			struct stats_want want = { 0, INT64_MIN, INT64_MAX,
				filter, FIRST_NS };

			if (k > 0)
				want.since_ns = FIRST_NS +
				    draw(MINUTES) * 60 * NSEC_PER_SEC;
			if (k > 2)
				want.until_ns = want.since_ns +
				    draw(MINUTES) * 60 * NSEC_PER_SEC;
			rows += compare(f, &want);
		}
	}
	assert_true(rows > 500);
}

/* What counts, in SQLite's words. */
static void
test_counts(void **state)
{
	struct stats_want want = { 1u << STATS_VM, INT64_MIN, INT64_MAX, NULL,
		FIRST_NS };
	_cleanup_stats_ struct stats got = { 0 };
	struct fixture *f = *state;
	int64_t n = 0, failed = 0, total_us = 0, max_us = 0;

	get(f, want, want.by, &got);
	for (size_t i = 0; i < got.by[STATS_VM].n; i++) {
		const struct stats_row *row = &got.by[STATS_VM].rows[i];

		n += row->n;
		failed += row->failed;
		total_us += row->total_ns / NSEC_PER_USEC;
		if (row->max_ns / NSEC_PER_USEC > max_us)
			max_us = row->max_ns / NSEC_PER_USEC;
	}
#define COUNT(what)                                                       \
	ask(f,                                                            \
	    "SELECT " what " FROM ops WHERE duration_ms IS NOT NULL "     \
	    "AND status <> 'running' AND vm_name <> '' AND op_id NOT IN " \
	    "(SELECT op_id FROM op WHERE reads)")
	assert_int_equal(n, COUNT("count(*)"));
	assert_int_equal(failed, COUNT("sum(status = 'failed')"));
	assert_int_equal(total_us,
	    COUNT("sum(CAST(duration_ms * 1e6 + 0.5 AS INTEGER) / 1000)"));
	assert_int_equal(max_us,
	    COUNT("max(CAST(duration_ms * 1e6 + 0.5 AS INTEGER) / 1000)"));
	/* 4 names of operations, one of which is unknown; 5 of VMs. */
	assert_int_equal(got.by[STATS_VM].n, 4 * 5);
}

/* An index as of version 6 gets the columns, and the answers are the same. */
static void
test_migration(void **state)
{
	struct stats_want want = { 0, INT64_MIN, INT64_MAX, NULL, FIRST_NS };
	_cleanup_stats_ struct stats before = { 0 }, after = { 0 };
	struct fixture *f = *state;
	struct error err = ERROR_INIT;

	get(f, want, 1u << STATS_VM, &before);
	store_free(f->store);
	f->store = NULL;
	run_sql(f,
	    "DROP INDEX op_start; CREATE INDEX op_start ON op (start_ns); "
	    "PRAGMA user_version = 6");
	if (store_open_write(f->path, &f->store, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(ask(f, "PRAGMA user_version"), STORE_VERSION);
	assert_int_equal(
	    ask(f, "SELECT count(*) FROM pragma_index_info('op_start')"), 6);
	get(f, want, 1u << STATS_VM, &after);
	check_rows(&after.by[STATS_VM], &before.by[STATS_VM]);
	/* The summaries were not counted a second time. */
	assert_int_equal(ask(f, "SELECT count(*) FROM summary"), 0);
}

/* By VM, none of the rows themselves is looked at. */
static void
test_covered(void **state)
{
	struct fixture *f = *state;
	const char *plan;
	sqlite3_stmt *st;

	assert_int_equal(sqlite3_prepare_v2(f->db,
			     "EXPLAIN QUERY PLAN SELECT operation, "
			     "duration_ns, status, vm_name FROM op WHERE NOT "
			     "reads AND start_ns >= 5 AND start_ns <= 9",
			     -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	plan = (const char *)sqlite3_column_text(st, 3);
	if (strstr(plan, "COVERING INDEX op_start") == NULL)
		fail_msg("%s", plan);
	sqlite3_finalize(st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_agree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_migration, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_covered, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
