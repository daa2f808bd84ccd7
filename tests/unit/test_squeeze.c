/* SPDX-License-Identifier: ISC */
/* trace/squeeze: every text comes back, and long ones are stored in less. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/squeeze.h"

/* Stores the text and gets it back; the bytes that it took. */
static size_t
round_trip(const char *text, size_t len)
{
	_cleanup_buf_ struct buf stored = BUF_INIT, back = BUF_INIT;

	squeeze_put(text, len, &stored);
	squeeze_get(buf_str(&stored), stored.len, &back);
	assert_int_equal(back.len, len);
	assert_memory_equal(buf_str(&back), text, len);
	return stored.len;
}

static void
test_texts(void **state)
{
	char text[8192];

	(void)state;
	assert_int_equal(round_trip("", 0), 0);
	assert_int_equal(round_trip("panic: boom", 11), 11);
	memset(text, 'x', sizeof(text));
	assert_int_equal(round_trip(text, 255), 255);
	assert_in_range(round_trip(text, sizeof(text)), 5, 100);
	srand(7);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)rand();
	assert_int_equal(round_trip(text, sizeof(text)), sizeof(text));
}

/* A line that looks like what is stored is not taken for it. */
static void
test_like_a_frame(void **state)
{
	_cleanup_buf_ struct buf stored = BUF_INIT, twice = BUF_INIT;
	char text[1000];

	(void)state;
	round_trip("\x28\xb5\x2f\xfd", 4);
	round_trip("\x28\xb5\x2f\xfd and text", 13);
	memset(text, 'y', sizeof(text));
	squeeze_put(text, sizeof(text), &stored);
	assert_true(stored.len < sizeof(text));
	round_trip(stored.data, stored.len);
}

/* Damaged, or from before there were frames. */
static void
test_no_frame(void **state)
{
	static const char odd[] = "\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff";
	_cleanup_buf_ struct buf back = BUF_INIT;

	(void)state;
	squeeze_get(odd, sizeof(odd) - 1, &back);
	assert_int_equal(back.len, sizeof(odd) - 1);
	assert_memory_equal(back.data, odd, sizeof(odd) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_like_a_frame),
		cmocka_unit_test(test_no_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
