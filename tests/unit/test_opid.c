/* SPDX-License-Identifier: ISC */
/* wire/opid: what an operation id looks like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "wire/opid.h"

#define LOWER_HEX "0123456789abcdef"
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void
test_make(void **state)
{
	struct opid ids[64], back;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		memset(&ids[i], 'x', sizeof(ids[i]));
		opid_make(&ids[i]);
		assert_int_equal(strlen(ids[i].text), 19);
		assert_memory_equal(ids[i].text, "op-", 3);
		assert_int_equal(strspn(ids[i].text + 3, LOWER_HEX), 16);
		assert_true(opid_is_set(&ids[i]));
		assert_true(
		    opid_parse(ids[i].text, strlen(ids[i].text), &back));
		assert_true(opid_eq(&ids[i], &back));
		for (size_t k = 0; k < i; k++)
			assert_false(opid_eq(&ids[i], &ids[k]));
	}
}

static void
test_parse(void **state)
{
	static const char *const good[] = { "op-0", "op-7f3c09d2e1a84b55",
		"op-Az_-9", "op--", "op-" HUNDRED TEN TEN "12345" };
	static const char *const bad[] = { "", "op", "op-", "OP-1", "xop-1",
		" op-1", "op-1 ", "op-1\n", "op-a.b", "op-a/b", "op-a:b",
		"op-\xc3\xa9", "op-\x1b[m", "op_1",
		"op-" HUNDRED TEN TEN "123456" };
	struct opid id;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		memset(&id, 'x', sizeof(id));
		if (!opid_parse(good[i], strlen(good[i]), &id))
			fail_msg("refused: %s", good[i]);
		assert_string_equal(id.text, good[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		strcpy(id.text, "op-before");
		if (opid_parse(bad[i], strlen(bad[i]), &id))
			fail_msg("taken: %s", bad[i]);
		assert_string_equal(id.text, "op-before");
	}
	/* The length counts, not a NUL. */
	assert_false(opid_parse("op-1\0x", 6, &id));
	assert_true(opid_parse("op-12345", 5, &id));
	assert_string_equal(id.text, "op-12");
}

static void
test_unset(void **state)
{
	struct opid none = { "" }, some = { "op-1" };

	(void)state;
	assert_false(opid_is_set(&none));
	assert_true(opid_is_set(&some));
	assert_false(opid_eq(&none, &some));
	assert_true(opid_eq(&none, &none));
}

static void
test_random_hex(void **state)
{
	char a[65], b[65];

	(void)state;
	memset(a, 'x', sizeof(a));
	opid_random_hex(a, 4);
	assert_int_equal(strspn(a, LOWER_HEX), 8);
	assert_int_equal(a[8], '\0');
	assert_int_equal(a[9], 'x');
	opid_random_hex(a, 32);
	opid_random_hex(b, 32);
	assert_int_equal(strspn(a, LOWER_HEX), 64);
	assert_int_equal(strlen(a), 64);
	assert_string_not_equal(a, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_random_hex),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
