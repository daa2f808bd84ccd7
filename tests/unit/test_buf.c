/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"

static void
test_empty(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *s = NULL;

	(void)state;
	assert_string_equal(buf_str(&b), "");
	buf_consume(&b, 0);
	s = buf_steal(&b);
	assert_string_equal(s, "");
}

/* Each way of putting leaves a NUL behind the text, also when it grows. */
static void
test_put(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		buf_puts(&b, "ab");
		buf_putc(&b, 'c');
		buf_put(&b, "de", 2);
		assert_int_equal(b.len, (i + 1) * 5);
		assert_int_equal(strlen(buf_str(&b)), b.len);
	}
	assert_memory_equal(b.data + 4995, "abcde", 6);
}

static void
test_printf(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "x");
	buf_printf(&b, "%0500d|%s", 7, "end");
	assert_int_equal(b.len, 505);
	assert_string_equal(b.data + 500, "7|end");
	buf_printf(&b, "%s", "");
	assert_int_equal(b.len, 505);
}

static void
test_consume_and_reset(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	buf_puts(&b, "hello world");
	buf_consume(&b, 6);
	assert_string_equal(buf_str(&b), "world");
	buf_consume(&b, 5);
	assert_string_equal(buf_str(&b), "");
	buf_puts(&b, "again");
	buf_reset(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_str(&b), "");
}

static void
test_steal(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *s = NULL;

	(void)state;
	buf_puts(&b, "mine");
	s = buf_steal(&b);
	assert_string_equal(s, "mine");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_consume_and_reset),
		cmocka_unit_test(test_steal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
