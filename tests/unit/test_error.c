/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void
test_set_and_wrap(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set(&err, -EIO, "disk %d", 3), -EIO);
	assert_int_equal(err.code, -EIO);
	assert_null(err.kind);
	assert_string_equal(err.text, "disk 3");
	assert_int_equal(error_wrap(&err, -1, "starting %s", "web1"), -EIO);
	assert_string_equal(err.text, "starting web1: disk 3");
	error_hint(&err, "inspect %s", "/x.log");
	assert_string_equal(err.text, "starting web1: disk 3; inspect /x.log");
	error_clear(&err);
	assert_int_equal(err.code, 0);
	assert_string_equal(err.text, "");
}

static void
test_errno_and_kind(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(error_errno(&err, ENOENT, "opening %s", "x"), -ENOENT);
	assert_string_equal(err.text, "opening x: No such file or directory");
	assert_int_equal(error_kind(&err, "not_found", -EPROTO, "no VM"),
	    -EPROTO);
	error_wrap(&err, -1, "a");
	assert_string_equal(err.kind, "not_found");
	assert_string_equal(err.text, "a: no VM");
	error_clear(&err);
	assert_null(err.kind);
	error_kind(&err, "not_found", -EPROTO, "no VM");
	/* A plain error does not keep the kind of an earlier one. */
	error_set(&err, -EIO, "x");
	assert_null(err.kind);
}

static void
test_null_keeps_the_code(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, -3, "x"), -3);
	assert_int_equal(error_errno(NULL, 3, "x"), -3);
	assert_int_equal(error_kind(NULL, "k", -3, "x"), -3);
	assert_int_equal(error_wrap(NULL, -3, "x"), -3);
	error_hint(NULL, "x");
}

/* Too long a text is cut between characters; the hint stays whole. */
static void
test_overlong(void **state)
{
	struct error err = ERROR_INIT;
	char text[3 * ERROR_TEXT_MAX + 2];
	size_t len;

	(void)state;
	for (size_t i = 0; i < ERROR_TEXT_MAX; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 3);
	text[3 * ERROR_TEXT_MAX] = '\0';
	/* One byte first, so that the buffer ends within a character. */
	error_set(&err, -1, "x%s", text);
	assert_int_equal(strlen(err.text), 1 + (ERROR_TEXT_MAX - 2) / 3 * 3);
	error_hint(&err, "inspect %s", "/var/log/x");
	len = strlen(err.text);
	assert_true(len < ERROR_TEXT_MAX);
	assert_string_equal(err.text + len - strlen("; inspect /var/log/x"),
	    "; inspect /var/log/x");
	assert_int_equal((len - strlen("; inspect /var/log/x")) % 3, 1);
	error_wrap(&err, -1, "context");
	assert_memory_equal(err.text, "context: x\xe2\x82\xac", 13);
	assert_true(strlen(err.text) < ERROR_TEXT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_wrap),
		cmocka_unit_test(test_errno_and_kind),
		cmocka_unit_test(test_null_keeps_the_code),
		cmocka_unit_test(test_overlong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
