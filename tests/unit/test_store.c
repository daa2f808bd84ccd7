/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "trace/parse.h"
#include "trace/query.h"
#include "trace/source.h"
#include "trace/store.h"

struct fixture {
	char dir[32];
	char db[64], log[64];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/store.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->db, sizeof(f->db), "%s/sub/i.db", f->dir);
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
	free(f);
	return system(cmd);
}

static void
write_log(struct fixture *f, const char *mode, const char *text)
{
	FILE *file = fopen(f->log, mode);

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Indexes the files as the command does. */
static struct store_stats
index_files(struct fixture *f, const char *const *paths, size_t n)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_(source_freep) struct source *src = NULL;
	struct store_stats st;
	struct record r;

	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
	assert_int_equal(source_open_files(paths, NULL, n, 0, &src, NULL), 0);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(store_input(s, i, paths[i], NULL), 0);
	record_init(&r);
	while (source_next(src, &r, NULL) == SOURCE_MORE)
		assert_int_equal(store_append(s, &r, NULL), 0);
	record_done(&r);
	assert_int_equal(store_commit(s, NULL), 0);
	store_stats(s, &st);
	return st;
}

static struct store_stats
index_log(struct fixture *f)
{
	const char *const paths[] = { f->log };

	return index_files(f, paths, 1);
}

static struct store_stats
index_data(struct fixture *f, const char *a, const char *b)
{
	const char *const paths[] = { a, b };

	return index_files(f, paths, b != NULL ? 2 : 1);
}

/* One number out of the public views. */
static int64_t
ask(struct fixture *f, const char *sql)
{
	_cleanup_(store_freep) struct store *s = NULL;
	sqlite3_stmt *st;
	int64_t v;

	assert_int_equal(store_open_read(f->db, &s, NULL), 0);
	assert_int_equal(sqlite3_prepare_v2(store_db(s), sql, -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

static char *
status_of(struct fixture *f, const char *ref)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	static char status[32];

	assert_int_equal(store_open_read(f->db, &s, NULL), 0);
	assert_int_equal(query_match(s, ref, 5, &rows, NULL), 0);
	assert_int_equal(rows.n, 1);
	snprintf(status, sizeof(status), "%s", rows.rows[0].status);
	return status;
}

static void
test_views(void **state)
{
	struct fixture *f = *state;
	struct store_stats st = index_data(f, "tests/data/start.daemon.jsonl",
	    "tests/data/start.helper.jsonl");

	assert_int_equal(st.records, 22);
	assert_int_equal(st.operations, 2);
	assert_int_equal(st.duplicates, 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM records"), 22);
	assert_int_equal(ask(f, "SELECT count(*) FROM ops"), 2);
	assert_int_equal(ask(f, "SELECT count(*) FROM stages"), 12);
	assert_int_equal(ask(f,
			     "SELECT count(*) FROM helper_calls WHERE stage = "
			     "'vmm_launch' AND method = 'vmm.launch' AND "
			     "start_ms = 41 AND duration_ms = 98"),
	    1);
	assert_int_equal(ask(f,
			     "SELECT 1000 * (sum(s.duration_ms) + "
			     "max(o.unaccounted_ms)) FROM ops o JOIN stages s "
			     "USING (op_id) WHERE o.operation = 'vm.start'"),
	    2163250);
	assert_int_equal(ask(f,
			     "SELECT started = '2026-04-26T22:13:04.000Z' "
			     "FROM ops WHERE vm_name = 'web-1'"),
	    1);
	assert_int_equal(ask(f, "SELECT count(*) FROM gaps"), 0);
}

static void
test_twice_adds_nothing(void **state)
{
	static const char *const all[] = { "start.daemon", "hostile", "torn",
		"journal", "journal-odd", "failed" };
	struct fixture *f = *state;
	char path[64];
	int64_t before;
	struct store_stats st;

	for (size_t i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "tests/data/%s.jsonl", all[i]);
		index_data(f, path, NULL);
	}
	before = ask(f, "SELECT count(*) FROM records");
	/* The journal holds the first file's 17 lines again, and 5 more. */
	assert_int_equal(before, 17 + 13 + 10 + 5 + 11 + 9);
	for (size_t i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "tests/data/%s.jsonl", all[i]);
		st = index_data(f, path, NULL);
		assert_int_equal(st.records, 0);
		assert_int_equal(st.operations, 0);
		assert_true(st.duplicates > 0);
	}
	assert_int_equal(ask(f, "SELECT count(*) FROM records"), before);
}

static void
test_equal_lines_stay(void **state)
{
	struct fixture *f = *state;

	write_log(f, "w",
	    "oops\noops\n{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"x\"}\n"
	    "{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"x\"}\noops\n");
	assert_int_equal(index_log(f).records, 5);
	assert_int_equal(index_log(f).records, 0);
	write_log(f, "a", "oops\n");
	assert_int_equal(index_log(f).records, 1);
	assert_int_equal(
	    ask(f, "SELECT count(*) FROM records WHERE line = 'oops'"), 4);
}

/* Lines without any time: more than are counted from one place on. */
static void
test_equal_lines_stay_among_many(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(f->log, "w");

	assert_non_null(file);
	for (unsigned i = 0; i < 140000; i++)
		fprintf(file, "line %u\noops\n", i);
	fclose(file);
	assert_int_equal(index_log(f).records, 280000);
	assert_int_equal(index_log(f).records, 0);
	write_log(f, "a", "oops\n");
	assert_int_equal(index_log(f).records, 1);
	assert_int_equal(
	    ask(f, "SELECT count(*) FROM records WHERE line = 'oops'"), 140001);
}

/* An operation that gains a line after it was let go is still one. */
static void
test_operations_counted_once(void **state)
{
	static const unsigned ids[] = { 1, 2, 3, 1 };
	struct fixture *f = *state;
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_record_ struct record r;
	struct store_stats st;

	record_init(&r);
	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
	assert_int_equal(store_input(s, 0, "-", NULL), 0);
	for (unsigned i = 0; i < 4; i++) {
		record_reset(&r);
		buf_printf(&r.raw,
		    "{\"time\":\"2026-04-26T22:13:0%uZ\",\"msg\":\"operation "
		    "completed\",\"run\":\"r\",\"seq\":%u,\"op_id\":\"op-%u\"}",
		    i, i, ids[i]);
		parse_message(&r, true);
		assert_int_equal(store_append(s, &r, NULL), 0);
		assert_int_equal(store_commit(s, NULL), 0);
	}
	store_stats(s, &st);
	assert_int_equal(st.records, 4);
	assert_int_equal(st.operations, 3);
	s = store_free(s);
	assert_int_equal(ask(f, "SELECT sum(records) FROM ops"), 4);
	assert_int_equal(ask(f, "SELECT records FROM ops WHERE op_id = 'op-1'"),
	    2);
}

/* More lines of one operation than are packed, in two readings. */
static void
test_large_operation(void **state)
{
	struct fixture *f = *state;
	FILE *file;

	for (unsigned half = 0; half < 2; half++) {
		file = fopen(f->log, half == 0 ? "w" : "a");
		assert_non_null(file);
		for (unsigned i = 0; i < 900; i++)
			fprintf(file,
			    "{\"time\":\"2026-04-26T22:13:%02u.%03uZ\",\"msg\":"
			    "\"operation stage\",\"run\":\"rr\",\"seq\":%u,"
			    "\"stage\":\"s\",\"op_id\":\"op-1\"}\n",
			    10 + half, i, half * 900 + i);
		fclose(file);
		assert_int_equal(index_log(f).records, 900);
	}
	assert_int_equal(index_log(f).records, 0);
	assert_int_equal(index_log(f).operations, 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM record"), 1800 - 1024);
	assert_int_equal(ask(f, "SELECT count(DISTINCT line) FROM records"),
	    1800);
	assert_int_equal(ask(f, "SELECT records FROM ops"), 1800);
	assert_int_equal(ask(f, "SELECT count(*) FROM stages"), 1800);
	assert_int_equal(ask(f, "SELECT count(*) FROM gaps"), 0);
}

/* Numbers that come in any order: the holes are what is not there. */
static void
test_spans(void **state)
{
	static const unsigned order[] = { 10, 11, 13, 9, 5, 12, 20, 6, 8, 19, 7,
		4, 21, 18 };
	struct fixture *f = *state;
	FILE *file = fopen(f->log, "w");

	assert_non_null(file);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		fprintf(file,
		    "{\"time\":\"2026-04-26T22:13:%02uZ\",\"msg\":\"x\","
		    "\"run\":\"rr\",\"seq\":%u}\n",
		    order[i], order[i]);
	fclose(file);
	assert_int_equal(index_log(f).records, ARRAY_LEN(order));
	assert_int_equal(index_log(f).records, 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM span"), 2);
	assert_int_equal(ask(f,
			     "SELECT count(*) FROM gaps WHERE from_seq = 14 "
			     "AND to_seq = 17 AND n = 4 AND time_ns = "
			     "1777241598000000000"),
	    1);
	assert_int_equal(ask(f, "SELECT count(*) FROM gaps"), 1);
	/* The hole is filled from both ends. */
	write_log(f, "a",
	    "{\"msg\":\"x\",\"run\":\"rr\",\"seq\":17}\n"
	    "{\"msg\":\"x\",\"run\":\"rr\",\"seq\":14}\n"
	    "{\"msg\":\"x\",\"run\":\"rr\",\"seq\":15}\n"
	    "{\"msg\":\"x\",\"run\":\"rr\",\"seq\":16}\n");
	assert_int_equal(index_log(f).records, 4);
	assert_int_equal(ask(f, "SELECT count(*) FROM gaps"), 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM span"), 1);
}

static void
test_taken_number(void **state)
{
	struct fixture *f = *state;

	write_log(f, "w",
	    "{\"msg\":\"a\",\"run\":\"rr\",\"seq\":1}\n"
	    "{\"msg\":\"b\",\"run\":\"rr\",\"seq\":1}\n");
	assert_int_equal(index_log(f).records, 2);
	assert_int_equal(index_log(f).records, 0);
	assert_int_equal(ask(f, "SELECT count(DISTINCT msg) FROM records"), 2);
}

static void
test_torn_is_mended(void **state)
{
	struct fixture *f = *state;
	struct store_stats st;

	write_log(f, "w",
	    "{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"operation "
	    "started\",\"op_id\":\"op-1\"}\n"
	    "{\"time\":\"2026-04-26T22:13:05Z\",\"msg\":\"operation co");
	st = index_log(f);
	assert_int_equal(st.torn, 1);
	assert_string_equal(status_of(f, "op-1"), "running");
	write_log(f, "a", "mpleted\",\"op_id\":\"op-1\"}\n");
	st = index_log(f);
	assert_int_equal(st.torn, 0);
	assert_int_equal(st.records, 1);
	assert_int_equal(ask(f, "SELECT count(*) FROM records"), 2);
	assert_int_equal(
	    ask(f, "SELECT count(*) FROM records WHERE kind = 'torn'"), 0);
	assert_string_equal(status_of(f, "op-1"), "completed");
}

#define STARTED                                                             \
	"{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"operation started\"," \
	"\"run\":\"aaaaaaaa\",\"seq\":7,\"operation\":\"vm.start\","        \
	"\"op_id\":\"op-1\"}\n"

static void
test_interrupted_later(void **state)
{
	struct fixture *f = *state;

	write_log(f, "w", STARTED);
	index_log(f);
	assert_string_equal(status_of(f, "op-1"), "running");
	write_log(f, "a",
	    "{\"time\":\"2026-04-26T22:13:09Z\",\"msg\":\"daemon started\","
	    "\"run\":\"bbbbbbbb\",\"seq\":1}\n");
	index_log(f);
	assert_string_equal(status_of(f, "op-1"), "interrupted");
}

static void
test_lost_later(void **state)
{
	struct fixture *f = *state;

	write_log(f, "w", STARTED);
	index_log(f);
	write_log(f, "a",
	    "{\"time\":\"2026-04-26T23:13:05Z\",\"msg\":\"hello\"}\n");
	index_log(f);
	/* The horizon is an hour, but the index cannot be in the future. */
	assert_string_equal(status_of(f, "op-1"),
	    clock_real_ns() > 1777245185000000000LL ? "lost" : "running");
}

static void
test_gaps_and_completeness(void **state)
{
	struct fixture *f = *state;
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
	struct buf all = BUF_INIT;

	/* The numbers jump from 7 to 10, helper call 1 is not there. */
	write_log(f, "w",
	    STARTED
	    "{\"time\":\"2026-04-26T22:13:06Z\",\"msg\":\"log records "
	    "dropped\",\"run\":\"aaaaaaaa\",\"seq\":10,\"n\":2}\n"
	    "{\"time\":\"2026-04-26T22:13:06Z\",\"msg\":\"helper rpc "
	    "completed\",\"op_id\":\"op-1\",\"call\":2,\"duration_ms\":1}\n"
	    "{\"broken\n"
	    "{\"time\":\"2026-04-26T22:13:07Z\",\"msg\":\"operation "
	    "completed\",\"run\":\"aaaaaaaa\",\"seq\":11,\"op_id\":\"op-1\"}"
	    "\n");
	index_log(f);
	assert_int_equal(ask(f, "SELECT count(*) FROM gaps"), 1);
	assert_int_equal(ask(f,
			     "SELECT n FROM gaps WHERE reason = 'seq' AND "
			     "from_seq = 8 AND to_seq = 9"),
	    2);
	assert_int_equal(store_open_read(f->db, &s, NULL), 0);
	assert_int_equal(query_trace(s, "op-1", &t, NULL), 0);
	for (size_t i = 0; i < t.n_missing; i++)
		buf_printf(&all, "%s\n", t.missing[i]);
	assert_string_equal(buf_str(&all),
	    "no line of helper call 1\n"
	    "2 lines of bangerd (run aaaaaaaa) are missing in its time\n"
	    "1 line in its time could not be read\n"
	    "2 lines were dropped, as the log says\n");
	buf_done(&all);
}

static void
test_match(void **state)
{
	struct fixture *f = *state;
	_cleanup_(store_freep) struct store *s = NULL;
	static const struct {
		const char *ref;
		size_t n;
	} want[] = {
		{ "op-aa00000000000001", 1 },
		{ "op-aa", 2 },
		{ "aa", 2 },
		{ "aa00000000000002", 1 },
		{ "op-ab", 0 },
		{ "%", 0 },
		{ "op-aa0000000000000", 2 },
		{ "'; DROP TABLE op; --", 0 },
	};

	index_data(f, "tests/data/two.jsonl", NULL);
	assert_int_equal(store_open_read(f->db, &s, NULL), 0);
	for (size_t i = 0; i < 8; i++) {
		_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;

		assert_int_equal(query_match(s, want[i].ref, 10, &rows, NULL),
		    0);
		assert_int_equal(rows.n, want[i].n);
	}
}

static void
test_list(void **state)
{
	struct fixture *f = *state;
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows few = QUERY_ROWS_INIT,
					 all = QUERY_ROWS_INIT;

	index_data(f, "tests/data/start.daemon.jsonl", "tests/data/two.jsonl");
	assert_int_equal(store_open_read(f->db, &s, NULL), 0);
	assert_int_equal(query_ops(s, 2, false, &few, NULL), 0);
	assert_int_equal(few.n, 2);
	assert_string_equal(few.rows[0].op_id, "op-aa00000000000002");
	assert_string_equal(few.rows[1].op_id, "op-aa00000000000001");
	assert_int_equal(query_ops(s, 0, true, &all, NULL), 0);
	assert_int_equal(all.n, 4);
	assert_string_equal(all.rows[2].name, "vm.list");
}

/* The lock belongs to a process, so another one has to try. */
static void
test_one_writer(void **state)
{
	struct fixture *f = *state;
	_cleanup_(store_freep) struct store *s = NULL;
	struct error err = ERROR_INIT;
	struct store *second = NULL;
	char pid[24];
	int status;

	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
	snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
	if (fork() == 0) {
		int rc = store_open_write(f->db, &second, &err);

		_exit(rc < 0 && second == NULL &&
			    strcmp(err.kind, STORE_LOCKED) == 0 &&
			    strstr(err.text, pid) != NULL
			? 0
			: 1);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	s = store_free(s);
	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
}

static void
test_foreign_files(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	struct store *s = NULL;
	char sql[120];
	sqlite3 *db;

	assert_true(store_open_read(f->db, &s, &err) < 0);
	assert_string_equal(err.kind, STORE_MISSING);
	write_log(f, "w", "this is no database, but long enough to be one\n");
	assert_true(store_open_read(f->log, &s, &err) < 0);
	assert_non_null(strstr(err.text, "not an index"));
	assert_string_equal(err.kind, STORE_ALIEN);
	assert_true(store_open_write(f->log, &s, &err) < 0);
	unlink(f->log);
	assert_int_equal(sqlite3_open(f->log, &db), SQLITE_OK);
	snprintf(sql, sizeof(sql),
	    "CREATE TABLE t (x); PRAGMA application_id = %d; "
	    "PRAGMA user_version = %d",
	    STORE_APPLICATION_ID, STORE_VERSION + 1);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	error_clear(&err);
	assert_true(store_open_write(f->log, &s, &err) < 0);
	assert_non_null(strstr(err.text, "newer"));
	assert_null(s);
}

/* journald's notice in the time of an operation: one gap, and it says so. */
static void
test_suppressed(void **state)
{
	struct fixture *f = *state;
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
	struct store_stats st;

	index_data(f, "tests/data/start.daemon.jsonl",
	    "tests/data/start.helper.jsonl");
	write_log(f, "w",
	    "__CURSOR=1\n__REALTIME_TIMESTAMP=1777241585000000\n"
	    "_SYSTEMD_UNIT=systemd-journald.service\n_UID=0\n"
	    "MESSAGE=Suppressed 42 messages from bangerd.service\n"
	    "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nN_DROPPED=42\n"
	    "OBJECT_SYSTEMD_UNIT=bangerd.service\n\n"
	    "__CURSOR=2\n__REALTIME_TIMESTAMP=1777241585000001\n"
	    "_SYSTEMD_UNIT=cron.service\nMESSAGE=hello\n\n");
	st = index_log(f);
	assert_int_equal(st.records, 2);
	assert_int_equal(st.gaps, 1);
	assert_int_equal(st.text, 1);
	assert_int_equal(st.foreign, 1);
	st = index_log(f);
	assert_int_equal(st.records, 0);
	assert_int_equal(st.duplicates, 2);
	assert_int_equal(st.gaps, 0);
	assert_int_equal(ask(f,
			     "SELECT sum(n) FROM gaps WHERE reason = "
			     "'suppressed' AND unit = 'bangerd.service' AND "
			     "time_ns = 1777241585000000000"),
	    42);
	assert_int_equal(store_open_read(f->db, &s, NULL), 0);
	assert_int_equal(query_trace(s, "op-7f00000000000001", &t, NULL), 0);
	assert_int_equal(t.n_missing, 1);
	assert_string_equal(t.missing[0],
	    "42 lines of bangerd.service were dropped, as the journal says");
}

/* Makes the index of an older version that was recorded. */
static void
make_old(struct fixture *f, const char *recorded, const char *more)
{
	_cleanup_buf_ struct buf sql = BUF_INIT;
	FILE *file = fopen(recorded, "r");
	char line[4096], dir[64];
	sqlite3 *db;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		buf_puts(&sql, line);
	fclose(file);
	buf_puts(&sql, more);
	snprintf(dir, sizeof(dir), "%s/sub", f->dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(sqlite3_open(f->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql.data, NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
}

/* A writer brings an old index up to date; all that it said is kept. */
static void
check_migration(struct fixture *f)
{
	struct error err = ERROR_INIT;
	struct store *s = NULL;

	assert_true(store_open_read(f->db, &s, &err) < 0);
	assert_non_null(strstr(err.text, "older"));
	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
	s = store_free(s);
	assert_int_equal(ask(f, "PRAGMA user_version"), STORE_VERSION);
	assert_int_equal(ask(f, "SELECT count(*) FROM records"), 23);
	assert_int_equal(ask(f, "SELECT count(*) FROM ops"), 3);
	assert_int_equal(ask(f, "SELECT count(*) FROM stages"), 13);
	assert_int_equal(ask(f,
			     "SELECT duration_ms = 2163.25 FROM ops WHERE "
			     "op_id = 'op-7f00000000000001'"),
	    1);
	assert_int_equal(ask(f,
			     "SELECT count(*) FROM gaps WHERE reason = 'seq' "
			     "AND to_seq = 98"),
	    1);
	assert_int_equal(ask(f,
			     "SELECT count(*) FROM records WHERE kind = 'torn' "
			     "AND op_id = 'op-11'"),
	    0);
	/* The lines are known again. */
	assert_int_equal(index_data(f, "tests/data/start.daemon.jsonl", NULL)
			     .records,
	    0);
}

static void
test_migration(void **state)
{
	struct fixture *f = *state;

	make_old(f, "tests/data/index-v3.sql", "");
	check_migration(f);
}

static void
test_migration_from_the_first(void **state)
{
	static const char back[] =
	    "DROP VIEW gaps; ALTER TABLE gap DROP COLUMN unit; "
	    "ALTER TABLE input DROP COLUMN head_len; "
	    "ALTER TABLE input DROP COLUMN head_hash; "
	    "ALTER TABLE input DROP COLUMN resume_offset; "
	    "ALTER TABLE input DROP COLUMN resume_lines; "
	    "ALTER TABLE input DROP COLUMN cursor; "
	    "ALTER TABLE gap DROP COLUMN n; "
	    "CREATE VIEW gaps AS SELECT reason FROM gap; "
	    "INSERT INTO gap (reason, at_ns) VALUES ('lost', 5); "
	    "PRAGMA user_version = 1";
	struct fixture *f = *state;

	make_old(f, "tests/data/index-v3.sql", back);
	check_migration(f);
	assert_int_equal(ask(f,
			     "SELECT count(*) FROM gaps WHERE reason = 'lost' "
			     "AND unit IS NULL AND n IS NULL AND time_ns = 5"),
	    1);
}

/* Rows that are called something else by now. */
static void
test_migration_of_rows(void **state)
{
	static const struct {
		const char *what;
		int n;
	} rows[] = {
		{ "records", 34 },
		{ "records WHERE kind = 'nomsg'", 1 },
		{ "records WHERE kind = 'text'", 9 },
		{ "records WHERE kind = 'text' AND level = 0", 6 },
		{ "records WHERE kind = 'text' AND level = 8", 1 },
		{ "gaps WHERE reason = 'oversize-null'", 2 },
		{ "gaps WHERE reason = 'withheld'", 1 },
		{ "record WHERE flags & 16", 0 },
		{ "records WHERE flags = 'dup two_ops' AND other_op = "
		  "'op-22'",
		    1 },
		{ "ops WHERE op_id IN ('op-21', 'op-22') AND stage = 's'", 2 },
		{ "records WHERE flags = 'note'", 1 },
		{ "stages WHERE op_id = 'op-7f00000000000001'", 12 },
	};
	struct fixture *f = *state;
	struct store *s = NULL;
	char sql[100];

	make_old(f, "tests/data/index-v4.sql", "");
	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
	s = store_free(s);
	assert_int_equal(ask(f, "PRAGMA user_version"), STORE_VERSION);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s",
		    rows[i].what);
		if (ask(f, sql) != rows[i].n)
			fail_msg("%s", rows[i].what);
	}
	assert_int_equal(index_data(f, "tests/data/journal-odd.jsonl", NULL)
			     .records,
	    0);
}

/* What was appended and not committed is not there afterwards. */
static void
test_uncommitted(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	struct source *src;
	struct record r;

	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
	assert_int_equal(source_open_file("tests/data/two.jsonl", 0, NULL, &src,
			     NULL),
	    0);
	assert_int_equal(store_input(s, 0, "tests/data/two.jsonl", NULL), 0);
	record_init(&r);
	assert_int_equal(source_next(src, &r, NULL), SOURCE_MORE);
	assert_int_equal(store_append(s, &r, NULL), 0);
	record_done(&r);
	source_free(src);
	store_free(s);
	assert_int_equal(ask(f, "SELECT count(*) FROM records"), 0);
	assert_int_equal(ask(f, "SELECT count(*) FROM input"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_views, setup, teardown),
		cmocka_unit_test_setup_teardown(test_twice_adds_nothing, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    test_equal_lines_stay_among_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_equal_lines_stay, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_operations_counted_once,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_large_operation, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_spans, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_number, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_torn_is_mended, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_interrupted_later, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_lost_later, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_gaps_and_completeness,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_match, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_writer, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_foreign_files, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_suppressed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_migration_from_the_first,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_migration, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_migration_of_rows, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_uncommitted, setup,
		    teardown),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
