/* SPDX-License-Identifier: ISC */
/* base/base64: the vectors of RFC 4648, all bytes, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/cleanup.h"

static void
test_vectors(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_buf_ struct buf to = BUF_INIT, back = BUF_INIT;

		base64_encode(&to, rows[i][0], strlen(rows[i][0]));
		assert_string_equal(buf_str(&to), rows[i][1]);
		assert_true(base64_decode(&back, rows[i][1]));
		assert_string_equal(buf_str(&back), rows[i][0]);
	}
}

static void
test_every_byte(void **state)
{
	_cleanup_buf_ struct buf to = BUF_INIT, back = BUF_INIT;
	unsigned char all[256];

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)(255 - i);
	base64_encode(&to, all, sizeof(all));
	assert_true(base64_decode(&back, buf_str(&to)));
	assert_int_equal(back.len, sizeof(all));
	assert_memory_equal(back.data, all, sizeof(all));
}

static void
test_refused(void **state)
{
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zg===", "Z===", "Zm9v\n", "Zm 9v",
		"Zm9v====", "Zg==Zg==", "Zm9-", "====" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		if (base64_decode(&out, bad[i]))
			fail_msg("taken: %s", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
