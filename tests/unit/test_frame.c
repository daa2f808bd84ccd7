/* SPDX-License-Identifier: ISC */
/* wire/frame: lines out of a stream, within a bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "wire/frame.h"

/* The next line must be this one. */
static void
expect_line(struct frame *f, const char *want, size_t want_len)
{
	const char *line;
	size_t len;

	assert_int_equal(frame_next(f, &line, &len), FRAME_LINE);
	assert_int_equal(len, want_len);
	assert_memory_equal(line, want, want_len);
	assert_int_equal(line[len], '\0');
}

static void
expect_status(struct frame *f, enum frame_status want)
{
	const char *line;
	size_t len;

	assert_int_equal(frame_next(f, &line, &len), want);
}

static void
test_lines(void **state)
{
	_cleanup_(frame_done) struct frame f;

	(void)state;
	frame_init(&f, 100);
	expect_status(&f, FRAME_MORE);
	assert_false(frame_partial(&f));
	frame_feed(&f, "one\n\ntwo\0x\r\nthr", 15);
	assert_true(frame_partial(&f));
	expect_line(&f, "one", 3);
	expect_line(&f, "", 0);
	expect_line(&f, "two\0x\r", 6);
	expect_status(&f, FRAME_MORE);
	assert_true(frame_partial(&f));
	frame_feed(&f, "ee", 2);
	expect_status(&f, FRAME_MORE);
	frame_feed(&f, "\n", 1);
	expect_line(&f, "three", 5);
	expect_status(&f, FRAME_MORE);
	assert_false(frame_partial(&f));
}

/* However the bytes come, the lines are the same. */
static void
test_every_split(void **state)
{
	static const char text[] = "alpha\n\nbe\ngamma delta\n";
	size_t len = sizeof(text) - 1;

	(void)state;
	for (size_t a = 0; a <= len; a++) {
		for (size_t b = a; b <= len; b++) {
			_cleanup_(frame_done) struct frame f;

			frame_init(&f, 100);
			frame_feed(&f, text, a);
			frame_feed(&f, text + a, b - a);
			frame_feed(&f, text + b, len - b);
			expect_line(&f, "alpha", 5);
			expect_line(&f, "", 0);
			expect_line(&f, "be", 2);
			expect_line(&f, "gamma delta", 11);
			expect_status(&f, FRAME_MORE);
		}
	}
}

/* Lines that were taken do not stay in memory. */
static void
test_taken_is_forgotten(void **state)
{
	_cleanup_(frame_done) struct frame f;

	(void)state;
	frame_init(&f, 100);
	for (int i = 0; i < 1000; i++) {
		frame_feed(&f, "0123456789012345678\nx", 21);
		if (i == 0)
			expect_line(&f, "0123456789012345678", 19);
		else
			expect_line(&f, "x0123456789012345678", 20);
	}
	assert_true(f.in.cap < 1000);
}

static void
test_bound(void **state)
{
	_cleanup_(frame_done) struct frame f;

	(void)state;
	/* Eight bytes with the newline. */
	frame_init(&f, 8);
	frame_feed(&f, "1234567\n", 8);
	expect_line(&f, "1234567", 7);
	frame_feed(&f, "1234567", 7);
	expect_status(&f, FRAME_MORE);
	frame_feed(&f, "8", 1);
	expect_status(&f, FRAME_TOO_LONG);
	expect_status(&f, FRAME_TOO_LONG);
	frame_feed(&f, "\nnext\n", 6);
	expect_status(&f, FRAME_TOO_LONG);
}

/* What stands before the line that is too long is still handed out. */
static void
test_bound_behind_lines(void **state)
{
	_cleanup_(frame_done) struct frame f;

	(void)state;
	frame_init(&f, 8);
	frame_feed(&f, "a\nb\n12345678\n", 13);
	expect_line(&f, "a", 1);
	expect_line(&f, "b", 1);
	expect_status(&f, FRAME_TOO_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_every_split),
		cmocka_unit_test(test_taken_is_forgotten),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_bound_behind_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
