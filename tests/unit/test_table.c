/* SPDX-License-Identifier: ISC */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/table.h"

static const struct table_column columns[] = {
	{ "NAME", TABLE_SHRINK },
	{ "MIB", TABLE_RIGHT },
	{ "ERROR", TABLE_SHRINK },
};

static struct table *
filled(void)
{
	struct table *t = table_new(columns, ARRAY_LEN(columns));

	table_cell(t, "web1");
	table_cellf(t, "%d", 256);
	table_cell(t, NULL);
	table_cell(t, "database");
	table_cellf(t, "%d", 16384);
	table_cell(t, "the kernel image is cut short");
	return t;
}

static void
test_aligned(void **state)
{
	_cleanup_(table_freep) struct table *t = filled();
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(table_rows(t), 2);
	table_print(t, 0, &out);
	assert_string_equal(buf_str(&out),
	    "NAME        MIB  ERROR\n"
	    "web1        256  -\n"
	    "database  16384  the kernel image is cut short\n");
}

/* The widest column that may shrink gives way first. */
static void
test_shrunk(void **state)
{
	_cleanup_(table_freep) struct table *t = filled();
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	table_print(t, 30, &out);
	assert_string_equal(buf_str(&out),
	    "NAME        MIB  ERROR\n"
	    "web1        256  -\n"
	    "database  16384  the kernel i\xe2\x80\xa6\n");
	buf_reset(&out);
	/* Narrower than possible: the columns that may not stay whole. */
	table_print(t, 3, &out);
	assert_string_equal(buf_str(&out),
	    "NAME    MIB  ERR\xe2\x80\xa6\n"
	    "web1    256  -\n"
	    "dat\xe2\x80\xa6  16384  the\xe2\x80\xa6\n");
}

static void
test_hostile(void **state)
{
	_cleanup_(table_freep) struct table *t = table_new(columns, 3);
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	table_cell(t, "a\x1b[2J\nb");
	assert_int_equal(table_rows(t), 1);
	table_print(t, 0, &out);
	assert_string_equal(buf_str(&out),
	    "NAME         MIB  ERROR\n"
	    "a\\x1b[2J\\nb\n");
}

static void
test_empty(void **state)
{
	_cleanup_(table_freep) struct table *t = table_new(columns, 3);
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(table_rows(t), 0);
	table_print(t, 80, &out);
	assert_string_equal(buf_str(&out), "NAME  MIB  ERROR\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aligned),
		cmocka_unit_test(test_shrunk),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_empty),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
