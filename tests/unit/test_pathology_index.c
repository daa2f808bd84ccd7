/* SPDX-License-Identifier: ISC */
/* What the index says of lines that are not ordinary, one test a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "trace/query.h"
#include "trace/source.h"
#include "trace/store.h"

struct fixture {
	char dir[32], db[64], log[64];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/index.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->db, sizeof(f->db), "%s/db", f->dir);
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
write_log(const struct fixture *f, const char *mode, const char *text)
{
	FILE *file = fopen(f->log, mode);

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct store_stats
read_log(const struct fixture *f, bool on)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_record_ struct record r;
	struct source_resume at = { 0 };
	enum source_status status;
	struct store_stats st;

	record_init(&r);
	assert_int_equal(store_open_write(f->db, &s, NULL), 0);
	if (on)
		assert_int_equal(store_resume(s, f->log, &at, NULL), 0);
	assert_int_equal(source_open_file(f->log, 0, &at, &src, NULL), 0);
	assert_int_equal(store_input(s, 0, f->log, NULL), 0);
	while ((status = source_next(src, &r, NULL)) != SOURCE_END) {
		assert_int_equal(status, SOURCE_MORE);
		assert_int_equal(store_append(s, &r, NULL), 0);
	}
	assert_int_equal(store_commit(s, NULL), 0);
	store_stats(s, &st);
	return st;
}

/* As `bangerlog index`, and with --rescan. */
static struct store_stats
index_log(const struct fixture *f)
{
	return read_log(f, true);
}

static struct store_stats
rescan_log(const struct fixture *f)
{
	return read_log(f, false);
}

static void
join_row(void *arg, const struct buf *row)
{
	buf_put(arg, row->data, row->len);
}

/* All rows of the answer, columns by tabs. */
static void
assert_answer(const struct fixture *f, const char *sql, const char *want)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_buf_ struct buf got = BUF_INIT;

	assert_int_equal(store_open_read(f->db, &s, NULL), 0);
	assert_int_equal(query_sql(s, sql, false, join_row, &got, NULL), 0);
	assert_string_equal(buf_str(&got), want);
}

#define ENTRY(n, fields)                                         \
	"__CURSOR=" n "\n__REALTIME_TIMESTAMP=177724158400000" n \
	"\n_SYSTEMD_UNIT=bangerd.service\n" fields "\n"

static void
test_level_of_text(void **state)
{
	struct fixture *f = *state;
	char entry[200];

	for (int i = 0; i < 8; i++) {
		snprintf(entry, sizeof(entry),
		    "__CURSOR=%d\n__REALTIME_TIMESTAMP=177724158400000%d\n"
		    "PRIORITY=%d\n_SYSTEMD_UNIT=bangerd.service\n"
		    "MESSAGE=text\n\n",
		    i, i, i);
		write_log(f, "a", entry);
	}
	write_log(f, "a",
	    ENTRY("8", "MESSAGE=none\n") ENTRY("9", "PRIORITY=8\nMESSAGE=8\n"));
	assert_int_equal(index_log(f).text, 10);
	assert_answer(f, "SELECT level FROM records ORDER BY time_ns",
	    "8\n8\n8\n8\n4\n0\n0\n-4\n\n\n");
	/* What is no text has its own level, or none. */
	write_log(f, "w",
	    ENTRY("1", "PRIORITY=3\nMESSAGE={\"level\":\"WARN\"}\n")
		ENTRY("2", "PRIORITY=3\nMESSAGE={\"msg\":\"x\"}\n")
		    ENTRY("3", "PRIORITY=3\nMESSAGE={broken\n"));
	unlink(f->db);
	index_log(f);
	assert_answer(f, "SELECT level FROM records ORDER BY time_ns",
	    "4\n\n\n");
}

static void
test_no_message(void **state)
{
	struct fixture *f = *state;

	write_log(f, "w", ENTRY("1", "_PID=9\n") ENTRY("2", "MESSAGE=\n"));
	assert_int_equal(index_log(f).text, 2);
	assert_answer(f, "SELECT kind FROM records ORDER BY time_ns",
	    "nomsg\ntext\n");
	assert_int_equal(index_log(f).records, 0);
}

static void
test_withheld(void **state)
{
	struct fixture *f = *state;

	write_log(f, "w",
	    "{\"MESSAGE\":null,\"__REALTIME_TIMESTAMP\":\"1\","
	    "\"_SYSTEMD_UNIT\":\"bangerd.service\"}\n");
	assert_int_equal(index_log(f).gaps, 1);
	assert_answer(f, "SELECT reason, unit, n FROM gaps",
	    "oversize-null\tbangerd.service\t1\n");
	/* Of the short forms nobody knows why. */
	write_log(f, "w", "Apr 26 22:15:00 h bangerd[12]: [5.1K blob data]\n");
	unlink(f->db);
	assert_int_equal(index_log(f).gaps, 1);
	assert_answer(f, "SELECT reason, n FROM gaps", "withheld\t1\n");
}

static void
test_slog_mishap(void **state)
{
	struct fixture *f = *state;

	write_log(f, "w",
	    "{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"operation "
	    "started\",\"run\":\"r\",\"seq\":1,\"op_id\":\"op-1\","
	    "\"!BADKEY\":7}\n");
	assert_int_equal(index_log(f).records, 1);
	assert_answer(f, "SELECT op_id, kind, flags FROM records",
	    "op-1\tevent\tslog_err\n");
}

/* The text of an operation's lines, each ended by a newline. */
static void
join_line(void *arg, const struct record *r)
{
	buf_put(arg, r->raw.data, r->raw.len);
	buf_putc(arg, '\n');
}

#define OP(sec, seq, msg, ops)                                              \
	"{\"time\":\"2026-04-26T22:13:0" sec "Z\",\"msg\":\"operation " msg \
	"\",\"run\":\"r\",\"seq\":" seq "," ops "}\n"
#define ONE "\"op_id\":\"op-1\""
#define TWO "\"op_id\":\"op-2\""

static void
assert_lines(const struct fixture *f, const char *op, const char *want)
{
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
	_cleanup_buf_ struct buf got = BUF_INIT;

	assert_int_equal(store_open_read(f->db, &s, NULL), 0);
	assert_int_equal(query_lines(s, op, join_line, &got, NULL), 0);
	assert_string_equal(buf_str(&got), want);
	assert_int_equal(query_trace(s, op, &t, NULL), 0);
	assert_int_equal(t.op->status, OP_COMPLETED);
	assert_int_equal(t.op->n_stages, 1);
}

/* A line of two operations is one row, and each has it. */
static void
test_two_ops(void **state)
{
	static const char start[] = OP("1", "1", "started", ONE)
	    OP("2", "2", "started", TWO),
			  both[] = OP("3", "3", "stage",
			      ONE ",\"stage\":\"s\"," TWO),
			  end[] = OP("4", "4", "completed", ONE)
			      OP("5", "5", "completed", TWO);
	struct fixture *f = *state;
	struct store_stats st;

	write_log(f, "w", start);
	index_log(f);
	write_log(f, "a", both);
	st = index_log(f);
	assert_int_equal(st.records, 1);
	assert_int_equal(st.operations, 2);
	write_log(f, "a", end);
	index_log(f);
	for (int i = 0; i < 2; i++) {
		assert_answer(f,
		    "SELECT op_id, status, records, stage FROM ops "
		    "ORDER BY op_id",
		    "op-1\tcompleted\t3\ts\nop-2\tcompleted\t3\ts\n");
		assert_answer(f,
		    "SELECT op_id, other_op, flags FROM records "
		    "WHERE other_op IS NOT NULL",
		    "op-1\top-2\tdup two_ops\n");
		assert_lines(f, "op-1",
		    OP("1", "1", "started", ONE)
			OP("3", "3", "stage", ONE ",\"stage\":\"s\"," TWO)
			    OP("4", "4", "completed", ONE));
		assert_lines(f, "op-2",
		    OP("2", "2", "started", TWO)
			OP("3", "3", "stage", ONE ",\"stage\":\"s\"," TWO)
			    OP("5", "5", "completed", TWO));
		/* From the start again, which adds nothing. */
		assert_int_equal(rescan_log(f).records, 0);
	}
}

#define PIECE(n, stream, how, text) \
	ENTRY(n, "_STREAM_ID=" stream "\n_PID=7\n" how "MESSAGE=" text "\n")
#define MORE "_LINE_BREAK=line-max\n"

/* Two lines that journald split, both unfinished at the end of the input. */
static void
test_two_torn(void **state)
{
	struct fixture *f = *state;
	struct store_stats st;

	write_log(f, "w",
	    ENTRY("1", "MESSAGE=before\n")
		PIECE("2", "a", MORE, "{\"op_id\":\"op-1\",")
		    PIECE("3", "b", MORE, "{\"op_id\":\"op-2\","));
	st = index_log(f);
	assert_int_equal(st.torn, 2);
	assert_answer(f, "SELECT op_id, records FROM ops ORDER BY op_id",
	    "op-1\t1\nop-2\t1\n");
	/* Still not whole. */
	write_log(f, "a", PIECE("4", "a", MORE, "\"x\":1,"));
	st = index_log(f);
	assert_int_equal(st.torn, 1);
	assert_answer(f, "SELECT line FROM records WHERE kind = 'torn'",
	    "{\"op_id\":\"op-2\",\n{\"op_id\":\"op-1\",\"x\":1,\n");
	write_log(f, "a",
	    PIECE("5", "b", "", "\"y\":2}") PIECE("6", "a", "", "\"z\":3}"));
	st = index_log(f);
	assert_int_equal(st.torn, 0);
	assert_int_equal(st.records, 2);
	assert_answer(f,
	    "SELECT kind, op_id, line FROM records ORDER BY time_ns",
	    "text\t\tbefore\n"
	    "other\top-1\t{\"op_id\":\"op-1\",\"x\":1,\"z\":3}\n"
	    "other\top-2\t{\"op_id\":\"op-2\",\"y\":2}\n");
	assert_answer(f, "SELECT op_id, records FROM ops ORDER BY op_id",
	    "op-1\t1\nop-2\t1\n");
	assert_int_equal(rescan_log(f).records, 0);
}

/* Each input's torn end is its own, at whatever place it stands. */
static void
test_torn_in_two_inputs(void **state)
{
	static const char *const halves[] = {
		"{\"time\":\"2026-04-26T22:13:04Z\",\"n\":0",
		"{\"time\":\"2026-04-26T22:13:04Z\",\"n\":1",
		",\"msg\":\"x\"}\n",
		",\"msg\":\"x\"}\n",
	};
	struct fixture *f = *state;

	for (int i = 0; i < 4; i++) {
		f->log[strlen(f->log) - 1] = i % 2 ? 'g' : 'h';
		write_log(f, "a", halves[i]);
		assert_int_equal(index_log(f).torn, i < 2);
	}
	assert_answer(f, "SELECT kind, count(*) FROM records GROUP BY 1",
	    "other\t2\n");
}

/* The end of a line comes after two rotations, and packed. */
static void
test_rotated_and_packed(void **state)
{
	struct fixture *f = *state;
	struct store_stats st;
	char cmd[300];

	write_log(f, "w",
	    OP("1", "1", "started", ONE) "panic: x\n"
					 "{\"time\":\"2026-04-26T22:13:03Z\","
					 "\"msg\":\"operation co");
	assert_int_equal(index_log(f).torn, 1);
	write_log(f, "a",
	    "mpleted\",\"run\":\"r\",\"seq\":2," ONE "}\npanic: y\n");
	snprintf(cmd, sizeof(cmd), "mv %s %s.2 && gzip %s.2", f->log, f->log,
	    f->log);
	assert_int_equal(system(cmd), 0);
	write_log(f, "w", OP("4", "3", "started", TWO));
	snprintf(cmd, sizeof(cmd), "mv %s %s.1", f->log, f->log);
	assert_int_equal(system(cmd), 0);
	write_log(f, "w", OP("5", "4", "completed", TWO) "panic: z\n");
	st = index_log(f);
	assert_int_equal(st.records, 5);
	assert_int_equal(st.torn, 0);
	assert_int_equal(st.duplicates, 0);
	assert_answer(f, "SELECT op_id, status, records FROM ops ORDER BY 1",
	    "op-1\tcompleted\t2\nop-2\tcompleted\t2\n");
	assert_answer(f, "SELECT count(*) FROM records WHERE kind = 'text'",
	    "3\n");
	assert_answer(f, "SELECT count(*) FROM gaps", "0\n");
	assert_int_equal(index_log(f).records, 0);
	/* What is read on is the file that has the name. */
	write_log(f, "a", "panic: z\n");
	assert_int_equal(index_log(f).records, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_level_of_text),
		TEST(test_no_message),
		TEST(test_withheld),
		TEST(test_slog_mishap),
		TEST(test_two_ops),
		TEST(test_two_torn),
		TEST(test_torn_in_two_inputs),
		TEST(test_rotated_and_packed),
	};

	return cmocka_run_group_tests_name("pathology_index", tests, NULL,
	    NULL);
}
