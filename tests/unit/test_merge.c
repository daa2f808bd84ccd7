/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "trace/source.h"

struct fixture {
	char dir[32];
	char a[64], b[64], old[64];
	struct record r;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/merge.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->a, sizeof(f->a), "%s/a", f->dir);
	snprintf(f->b, sizeof(f->b), "%s/b", f->dir);
	snprintf(f->old, sizeof(f->old), "%s/a.1", f->dir);
	record_init(&f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->a);
	unlink(f->b);
	unlink(f->old);
	rmdir(f->dir);
	record_done(&f->r);
	free(f);
	return 0;
}

static void
append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A slog line at that time, in seconds and nanoseconds of the wall clock. */
static void
append_line(const char *path, int64_t at_ns, const char *msg)
{
	char time[CLOCK_RFC3339_MAX], line[200];

	clock_format_rfc3339(at_ns, time);
	snprintf(line, sizeof(line), "{\"time\":\"%s\",\"msg\":\"%s\"}\n", time,
	    msg);
	append(path, line);
}

static struct source *
open_both(struct fixture *f, unsigned flags)
{
	const char *const paths[] = { f->a, f->b };
	struct source *s;

	assert_int_equal(source_open_files(paths, NULL, 2, flags, &s, NULL), 0);
	return s;
}

static struct source *
follow(struct fixture *f)
{
	struct source *s;

	assert_int_equal(source_open_file(f->a, SOURCE_FOLLOW, NULL, &s, NULL),
	    0);
	return s;
}

/* The next record's text, waiting as a caller would, at most a second. */
static const char *
next(struct fixture *f, struct source *s)
{
	int64_t until = clock_mono_ns() + NSEC_PER_SEC;
	enum source_status st;

	while ((st = source_next(s, &f->r, NULL)) == SOURCE_WAIT) {
		assert_true(clock_mono_ns() < until);
		source_wait(s);
	}
	if (st == SOURCE_END)
		return "(end)";
	if (st == SOURCE_LOST)
		return "(lost)";
	return f->r.ev.msg != NULL ? f->r.ev.msg : buf_str(&f->r.raw);
}

static void
test_by_time(void **state)
{
	struct fixture *f = *state;
	struct source *s;

	append(f->a, "leading text\n");
	append_line(f->a, 1000, "a1");
	append(f->a, "stack of a1\n");
	append_line(f->a, 3000, "a3");
	append_line(f->b, 2000, "b2");
	append_line(f->b, 3000, "b3");
	append(f->b, "{\"torn\":");
	s = open_both(f, 0);
	assert_string_equal(next(f, s), "leading text");
	assert_int_equal(f->r.time_from, RECORD_TIME_NONE);
	assert_string_equal(next(f, s), "a1");
	assert_string_equal(next(f, s), "stack of a1");
	assert_int_equal(f->r.time_from, RECORD_TIME_CARRIED);
	assert_int_equal(f->r.time_ns, 1000);
	assert_int_equal(f->r.pos.lines, 3);
	assert_int_equal(f->r.pos.source, 0);
	assert_string_equal(next(f, s), "b2");
	assert_int_equal(f->r.pos.source, 1);
	assert_string_equal(source_name(s, 1), f->b);
	assert_string_equal(next(f, s), "a3");
	assert_string_equal(next(f, s), "b3");
	assert_string_equal(next(f, s), "{\"torn\":");
	assert_int_equal(f->r.kind, RECORD_TORN);
	assert_string_equal(next(f, s), "(end)");
	assert_string_equal(next(f, s), "(end)");
	source_free(s);
}

static void
test_missing_file(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	struct source *s = NULL;
	const char *const paths[] = { f->a, f->b };

	append(f->a, "x\n");
	assert_true(source_open_files(paths, NULL, 2, 0, &s, &err) < 0);
	assert_non_null(strstr(err.text, f->b));
	assert_null(s);
}

static void
test_overlong_line(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(f->a, "w");
	struct source_stats st;
	struct source *s;

	for (int i = 0; i < 5 * 1024 * 1024; i++)
		fputc('x', file);
	fputs("\nafter\n", file);
	fclose(file);
	assert_int_equal(source_open_file(f->a, 0, NULL, &s, NULL), 0);
	assert_int_equal(source_next(s, &f->r, NULL), SOURCE_MORE);
	assert_int_equal(f->r.flags, RECORD_CUT);
	assert_int_equal(f->r.raw.len, 4 * 1024 * 1024);
	assert_string_equal(next(f, s), "after");
	assert_int_equal(f->r.flags, 0);
	assert_int_equal(f->r.pos.offset, 5 * 1024 * 1024 + 1);
	assert_string_equal(next(f, s), "(end)");
	source_stats(s, &st);
	assert_int_equal(st.bytes, 5 * 1024 * 1024 + 7);
	source_free(s);
}

static void
test_follow_grows(void **state)
{
	struct fixture *f = *state;
	struct source *s = follow(f); /* not there yet */

	assert_int_equal(source_next(s, &f->r, NULL), SOURCE_WAIT);
	append(f->a, "one\ntw");
	assert_string_equal(next(f, s), "one");
	/* Half a line is not a line while more may come. */
	assert_int_equal(source_next(s, &f->r, NULL), SOURCE_WAIT);
	append(f->a, "o\n");
	assert_string_equal(next(f, s), "two");
	assert_int_equal(f->r.pos.offset, 4);
	assert_int_equal(source_next(s, &f->r, NULL), SOURCE_WAIT);
	source_free(s);
}

static void
test_follow_rename(void **state)
{
	struct fixture *f = *state;
	struct source *s;

	append(f->a, "one\n");
	s = follow(f);
	assert_string_equal(next(f, s), "one");
	assert_int_equal(rename(f->a, f->old), 0);
	append(f->old, "two\nrest");
	assert_string_equal(next(f, s), "two");
	append(f->a, "three\n");
	assert_string_equal(next(f, s), "rest");
	assert_string_equal(next(f, s), "three");
	assert_int_equal(f->r.pos.offset, 0);
	append(f->a, "four\n");
	assert_string_equal(next(f, s), "four");
	source_free(s);
}

static void
test_follow_truncate(void **state)
{
	struct fixture *f = *state;
	struct source *s;

	append(f->a, "one\ntwo\n");
	s = follow(f);
	assert_string_equal(next(f, s), "one");
	assert_string_equal(next(f, s), "two");
	assert_int_equal(truncate(f->a, 0), 0);
	assert_string_equal(next(f, s), "(lost)");
	append(f->a, "new\n");
	assert_string_equal(next(f, s), "new");
	assert_int_equal(f->r.pos.offset, 0);
	source_free(s);
}

static void
test_follow_from_end(void **state)
{
	struct fixture *f = *state;
	struct source *s;

	append(f->a, "old\nhalf");
	assert_int_equal(source_open_file(f->a, SOURCE_FOLLOW | SOURCE_FROM_END,
			     NULL, &s, NULL),
	    0);
	assert_int_equal(source_next(s, &f->r, NULL), SOURCE_WAIT);
	append(f->a, " of an old one\nfresh\n");
	assert_string_equal(next(f, s), "fresh");
	source_free(s);
}

/* A silent file holds the others up for no longer than the bound. */
static void
test_follow_silent(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_real_ns(), began;
	struct source *s;

	append_line(f->b, now - NSEC_PER_SEC, "b old");
	append(f->a, "");
	s = open_both(f, SOURCE_FOLLOW);
	began = clock_mono_ns();
	assert_string_equal(next(f, s), "b old");
	assert_true(clock_mono_ns() - began < 50 * NSEC_PER_MSEC);
	/* A line from the future waits the bound out by the other clock. */
	began = clock_mono_ns();
	append_line(f->b, now + 3600 * NSEC_PER_SEC, "b future");
	assert_string_equal(next(f, s), "b future");
	assert_in_range(clock_mono_ns() - began, 80 * NSEC_PER_MSEC,
	    500 * NSEC_PER_MSEC);
	source_free(s);
}

/* An older line that is written within the bound goes first. */
static void
test_follow_in_order(void **state)
{
	struct fixture *f = *state;
	struct source *s;
	int64_t now;

	append(f->a, "");
	append(f->b, "");
	s = open_both(f, SOURCE_FOLLOW);
	assert_int_equal(source_next(s, &f->r, NULL), SOURCE_WAIT);
	now = clock_real_ns();
	append_line(f->b, now, "second");
	assert_int_equal(source_next(s, &f->r, NULL), SOURCE_WAIT);
	append_line(f->a, now - NSEC_PER_MSEC, "first");
	assert_string_equal(next(f, s), "first");
	assert_string_equal(next(f, s), "second");
	source_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing_file, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_overlong_line, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_follow_grows, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_follow_rename, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_follow_truncate, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_follow_from_end, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_follow_silent, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_follow_in_order, setup,
		    teardown),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
