/* SPDX-License-Identifier: ISC */
/* trace/source_index: an index as a source, and as one that grows. */
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
#include "base/clock.h"
#include "trace/parse.h"
#include "trace/source.h"
#include "trace/store.h"

struct fixture {
	char dir[32], db[64];
	struct store *writer;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/bgindex.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->db, sizeof(f->db), "%s/i.db", f->dir);
	*state = f;
	if (store_open_write(f->db, &f->writer, NULL) < 0)
		return -1;
	return store_input(f->writer, 0, "/log", NULL);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[64];

	store_free(f->writer);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
	free(f);
	return system(cmd);
}

/* A line of op-N at that second, into the index. */
static void
add(struct fixture *f, int op, int second, const char *msg, const char *more)
{
	_cleanup_(parser_freep) struct parser *p = parser_new();
	_cleanup_buf_ struct buf line = BUF_INIT;
	_cleanup_record_ struct record r;

	record_init(&r);
	buf_printf(&line,
	    "{\"time\":\"2026-03-01T10:00:%02dZ\",\"level\":\"INFO\","
	    "\"msg\":\"%s\",\"operation\":\"vm.start\",\"op_id\":\"op-%d\""
	    "%s}",
	    second, msg, op, more);
	parser_feed(p, line.data, line.len, true);
	while (parser_next(p, &r))
		assert_int_equal(store_append(f->writer, &r, NULL), 0);
}

/* What comes until there is nothing more: "op-N second" each. */
static const char *
read_on(struct source *s, struct buf *out)
{
	int64_t until = clock_mono_ns() + 20 * NSEC_PER_SEC;
	_cleanup_record_ struct record r;
	struct error err = ERROR_INIT;
	enum source_status st;

	record_init(&r);
	buf_reset(out);
	for (;;) {
		st = source_next(s, &r, &err);
		if (st == SOURCE_END || (st == SOURCE_WAIT && out->len > 0))
			return buf_str(out);
		assert_true(st != SOURCE_LOST && clock_mono_ns() < until);
		if (st == SOURCE_WAIT)
			source_wait(s);
		else
			buf_printf(out, "%s %d\n", r.op.text,
			    (int)(r.time_ns / NSEC_PER_SEC % 60));
	}
}

static void
test_what_is_there(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct source *s;

	add(f, 1, 1, "operation started", ""); /* under way, and the oldest */
	add(f, 2, 2, "operation started", "");
	add(f, 2, 3, "operation completed", ",\"duration_ms\":1000");
	add(f, 3, 4, "operation started", "");
	add(f, 4, 5, "operation started", "");
	add(f, 3, 6, "operation completed", ",\"duration_ms\":2000");
	add(f, 4, 7, "operation completed", ",\"duration_ms\":2000");
	assert_int_equal(store_commit(f->writer, NULL), 0);
	assert_int_equal(source_open_index(f->db, 2, 0, &s, NULL), 0);
	assert_string_equal(read_on(s, &out),
	    "op-1 1\nop-3 4\nop-4 5\nop-3 6\nop-4 7\n");
	source_free(s);
}

static void
test_what_comes(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_record_ struct record r;
	struct source *s;

	record_init(&r);
	add(f, 1, 1, "operation started", "");
	assert_int_equal(store_commit(f->writer, NULL), 0);
	assert_int_equal(source_open_index(f->db, 10, SOURCE_FOLLOW, &s, NULL),
	    0);
	assert_string_equal(read_on(s, &out), "op-1 1\n");
	/* A new one, and more of one that is known: only what is new. */
	add(f, 2, 2, "operation started", "");
	add(f, 1, 3, "operation stage", ",\"stage\":\"a\"");
	assert_int_equal(source_next(s, &r, NULL), SOURCE_WAIT);
	assert_int_equal(store_commit(f->writer, NULL), 0);
	assert_string_equal(read_on(s, &out), "op-2 2\nop-1 3\n");
	add(f, 1, 4, "operation completed", ",\"duration_ms\":3000");
	assert_int_equal(store_commit(f->writer, NULL), 0);
	assert_string_equal(read_on(s, &out), "op-1 4\n");
	/* A line that comes late, also from before others. */
	add(f, 1, 2, "operation stage", ",\"stage\":\"b\"");
	add(f, 2, 9, "operation failed", ",\"error\":\"no\"");
	assert_int_equal(store_commit(f->writer, NULL), 0);
	assert_string_equal(read_on(s, &out), "op-1 2\nop-2 9\n");
	source_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_there, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_what_comes, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
