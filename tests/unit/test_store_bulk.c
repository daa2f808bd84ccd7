/* SPDX-License-Identifier: ISC */
/* lib/trace/store: an empty index that is filled without its index of ids. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "trace/parse.h"
#include "trace/store.h"

/*
 * Rows of a transaction; see store_int.h.  On a slow machine one ends sooner,
 * by the clock.
 */
#define TXN 100000

struct fixture {
	char dir[32], db[64];
	struct store *s;
	struct record r;
	int64_t seq;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/bulk.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->db, sizeof(f->db), "%s/i.db", f->dir);
	record_init(&f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[64];

	store_free(f->s);
	record_done(&f->r);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
	free(f);
	return system(cmd);
}

static void
begin(struct fixture *f)
{
	assert_int_equal(store_open_write(f->db, &f->s, NULL), 0);
	assert_int_equal(store_input(f->s, 0, "-", NULL), 0);
}

/* Makes a line of that operation: its start, or its end. */
static void
make(struct fixture *f, int op, const char *msg)
{
	int64_t seq = ++f->seq;

	record_reset(&f->r);
	buf_printf(&f->r.raw,
	    "{\"time\":\"2026-04-26T22:%02d:%02d.%03dZ\",\"level\":\"INFO\","
	    "\"msg\":\"%s\",\"run\":\"12278575\",\"seq\":%lld,"
	    "\"operation\":\"vm.stop\",\"op_id\":\"op-%016x\"}",
	    (int)(seq / 60000 % 60), (int)(seq / 1000 % 60), (int)(seq % 1000),
	    msg, (long long)seq, op);
	parse_message(&f->r, true);
	assert_int_equal(f->r.kind, RECORD_EVENT);
}

static void
put(struct fixture *f, int op, const char *msg)
{
	make(f, op, msg);
	assert_int_equal(store_append(f->s, &f->r, NULL), 0);
}

/* Whole operations, as many as fill n transactions. */
static void
fill(struct fixture *f, int n)
{
	for (int op = 0; op < n * TXN / 2; op++) {
		put(f, op, "operation started");
		put(f, op, "operation completed");
	}
}

static int
ask(struct fixture *f, const char *sql)
{
	sqlite3_stmt *st;
	int v;

	assert_int_equal(sqlite3_prepare_v2(store_db(f->s), sql, -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	v = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return v;
}

#define HAS_INDEX "SELECT count(*) FROM sqlite_master WHERE name = 'op_id'"

/* It is there when all was read, also when that ends with a transaction. */
static void
test_end(void **state)
{
	struct fixture *f = *state;

	begin(f);
	fill(f, 2);
	assert_int_equal(ask(f, HAS_INDEX), 0);
	assert_int_equal(store_commit(f->s, NULL), 0);
	assert_int_equal(ask(f, HAS_INDEX), 1);
	assert_int_equal(ask(f, "SELECT count(*) FROM op"), TXN);
}

/* A line of an operation that has left memory needs it, and finds it. */
static void
test_late(void **state)
{
	struct fixture *f = *state;

	begin(f);
	fill(f, 3);
	assert_int_equal(ask(f, HAS_INDEX), 0);
	put(f, 7, "operation stage");
	assert_int_equal(ask(f, HAS_INDEX), 1);
	assert_int_equal(store_commit(f->s, NULL), 0);
	assert_int_equal(ask(f,
			     "SELECT records FROM op WHERE op_id = "
			     "'op-0000000000000007'"),
	    3);
	assert_int_equal(ask(f, "SELECT count(*) FROM op"), 3 * TXN / 2);
}

/*
 * One that has ended is written before its transaction is; a line that comes
 * behind that, or a second one, changes its row and what it counts.
 */
static void
test_late_within(void **state)
{
	struct fixture *f = *state;

	begin(f);
	/* One that lasts stays in memory, and needs no looking for. */
	put(f, 0, "operation started");
	for (int op = 2000; op < 4000; op++) {
		put(f, op, "operation started");
		put(f, op, "operation completed");
	}
	put(f, 0, "operation stage");
	assert_int_equal(ask(f, HAS_INDEX), 0);
	put(f, 1, "operation started");
	put(f, 1, "operation completed");
	for (int op = 2; op < 2000; op++) {
		put(f, op, "operation started");
		put(f, op, "operation completed");
		if (op % 500 == 0)
			put(f, 1, "operation stage");
	}
	assert_true(ask(f, "SELECT count(*) FROM op") > 500);
	assert_int_equal(store_commit(f->s, NULL), 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM op"), 4000);
	assert_int_equal(ask(f,
			     "SELECT records FROM op WHERE op_id = "
			     "'op-0000000000000001'"),
	    5);
	assert_int_equal(ask(f, "SELECT sum(n) FROM summary WHERE kind = 0"),
	    3999);
}

static bool
has_log(struct fixture *f)
{
	return ask(f, "SELECT journal_mode = 'wal' FROM pragma_journal_mode") !=
	    0;
}

/*
 * Without a write-ahead log while it is filled, and with one afterwards; one
 * that is there and empty goes back and forth.
 */
static void
test_log(void **state)
{
	struct fixture *f = *state;

	begin(f);
	assert_false(has_log(f));
	assert_int_equal(store_commit(f->s, NULL), 0);
	assert_true(has_log(f));
	f->s = store_free(f->s);
	begin(f);
	assert_false(has_log(f));
	fill(f, 1);
	assert_false(has_log(f));
	assert_int_equal(store_commit(f->s, NULL), 0);
	assert_true(has_log(f));
	put(f, TXN, "operation started");
	assert_int_equal(store_commit(f->s, NULL), 0);
	f->s = store_free(f->s);
	begin(f);
	assert_true(has_log(f));
}

/* A reader that has the file open keeps its write-ahead log in use. */
static void
test_log_in_use(void **state)
{
	struct fixture *f = *state;
	struct store *reader;

	begin(f);
	assert_int_equal(store_commit(f->s, NULL), 0);
	f->s = store_free(f->s);
	assert_int_equal(store_open_read(f->db, &reader, NULL), 0);
	begin(f);
	assert_true(has_log(f));
	fill(f, 1);
	assert_int_equal(store_commit(f->s, NULL), 0);
	assert_true(has_log(f));
	assert_int_equal(ask(f, "SELECT count(*) FROM op"), TXN / 2);
	store_free(reader);
}

/* Who opens what an interrupted filling left makes it. */
static void
test_interrupted(void **state)
{
	struct fixture *f = *state;

	begin(f);
	fill(f, 1);
	put(f, 1, "operation stage");
	f->s = store_free(f->s);
	begin(f);
	assert_in_range(ask(f, "SELECT count(*) FROM op"), 1, TXN / 2);
	assert_int_equal(ask(f, HAS_INDEX), 1);
}

/*
 * Rows are written behind the calls.  That there is no room for them is said
 * all the same, again and again; and what was committed before stays.
 */
static void
test_full(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	int op = TXN, rc = 0;

	begin(f);
	fill(f, 1);
	assert_int_equal(sqlite3_exec(store_db(f->s),
			     "PRAGMA max_page_count = 1", NULL, NULL, NULL),
	    SQLITE_OK);
	/* Long before the transaction ends. */
	while (rc == 0 && op < TXN + TXN / 2) {
		make(f, op++, "operation completed");
		rc = store_append(f->s, &f->r, &err);
	}
	assert_int_equal(rc < 0 ? err.code : rc, -ENOSPC);
	assert_non_null(strstr(err.text, f->db));
	error_clear(&err);
	assert_true(store_commit(f->s, &err) < 0);
	assert_int_equal(err.code, -ENOSPC);
	f->s = store_free(f->s);
	begin(f);
	rc = ask(f, "SELECT count(*) FROM op");
	assert_in_range(rc, 1, op);
	assert_int_equal(ask(f, "SELECT sum(n) FROM summary WHERE kind = 0"),
	    rc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_within, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_log, setup, teardown),
		cmocka_unit_test_setup_teardown(test_log_in_use, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_interrupted, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
