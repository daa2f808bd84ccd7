/* SPDX-License-Identifier: ISC */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/text.h"

static void
test_utf8(void **state)
{
	static const struct {
		const char *bytes;
		size_t len, want;
		uint32_t cp;
	} rows[] = {
		{ "a", 1, 1, 'a' },
		{ "\0", 1, 1, 0 },
		{ "\xc2\x80", 2, 2, 0x80 },
		{ "\xe2\x82\xac", 3, 3, 0x20ac },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
		{ "\xf4\x90\x80\x80", 4, 0, 0 }, /* past the last */
		{ "\xc0\x80", 2, 0, 0 },         /* overlong */
		{ "\xe0\x9f\xbf", 3, 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0, 0 },
		{ "\xed\xa0\x80", 3, 0, 0 }, /* a surrogate */
		{ "\xe2\x82", 2, 0, 0 },     /* cut off */
		{ "\xe2\x28\xa1", 3, 0, 0 },
		{ "\x80", 1, 0, 0 },
		{ "\xff", 1, 0, 0 },
	};
	uint32_t cp;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cp = 0;
		assert_int_equal(text_utf8_next(rows[i].bytes, rows[i].len,
				     &cp),
		    rows[i].want);
		assert_int_equal(cp, rows[i].cp);
	}
}

static void
test_escape(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain text", "plain text" },
		{ "\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac" },
		{ "a\x1b[31mb", "a\\x1b[31mb" },
		{ "a\n\r\t\a\b", "a\\n\\r\\t\\a\\b" },
		{ "\x7f", "\\x7f" },
		{ "\xc2\x9b", "\\x9b" },       /* the C1 form of ESC [ */
		{ "\xe2\x80\xae", "\\u202e" }, /* right to left */
		{ "\xef\xbb\xbf", "\\ufeff" }, /* byte order mark */
		{ "\xf3\xa0\x80\xa1", "\\U000e0021" }, /* tag */
		{ "\xff", "\xef\xbf\xbd" },
		{ "a\\b", "a\\b" },
	};
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&b);
		text_escape(&b, rows[i].in, strlen(rows[i].in), false);
		assert_string_equal(buf_str(&b), rows[i].out);
	}
	buf_reset(&b);
	text_escape(&b, "a\\\0b", 4, true);
	assert_string_equal(buf_str(&b), "a\\\\\\x00b");
}

/* Whatever the bytes: no control comes out, and what comes out is UTF-8. */
static void
test_escape_random(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	uint64_t seed = 3;
	char in[64];
	uint32_t cp;
	size_t n;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 6364136223846793005ULL +
			    1442695040888963407ULL;
			in[i] = (char)(seed >> 56);
		}
		buf_reset(&b);
		text_escape(&b, in, sizeof(in), false);
		for (size_t i = 0; i < b.len; i += n) {
			n = text_utf8_next(b.data + i, b.len - i, &cp);
			assert_true(n > 0);
			assert_true(cp >= 0x20 && (cp < 0x7f || cp > 0x9f));
		}
	}
}

static void
test_width_and_fit(void **state)
{
	static const struct {
		const char *in;
		size_t cells;
		bool right, ascii;
		const char *out;
	} rows[] = {
		{ "abc", 5, false, false, "abc  " },
		{ "abc", 5, true, false, "  abc" },
		{ "abc", 3, false, false, "abc" },
		{ "abcd", 3, false, false, "ab\xe2\x80\xa6" },
		{ "abcd", 3, false, true, "ab~" },
		{ "abcd", 1, false, true, "~" },
		{ "abcd", 0, false, true, "" },
		/* A wide character that would stick out becomes a blank. */
		{ "\xe6\xbc\xa2\xe5\xad\x97", 4, false, true,
		    "\xe6\xbc\xa2\xe5\xad\x97" },
		{ "\xe6\xbc\xa2\xe5\xad\x97", 3, false, true, "\xe6\xbc\xa2~" },
		{ "\xe6\xbc\xa2\xe5\xad\x97", 2, false, true, "~ " },
	};
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	assert_int_equal(text_width("\xe6\xbc\xa2x"), 3);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&b);
		text_fit(&b, rows[i].in, rows[i].cells, rows[i].right,
		    rows[i].ascii);
		assert_string_equal(buf_str(&b), rows[i].out);
		assert_int_equal(text_width(buf_str(&b)), rows[i].cells);
	}
}

static void
test_cut(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "", "" },
		{ "ab", "ab" },
		{ "ab\xe2\x82\xac", "ab\xe2\x82\xac" },
		{ "ab\xe2\x82", "ab" },
		{ "ab\xe2", "ab" },
		{ "\xf0\x9f\x98", "" },
	};
	char s[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		strcpy(s, rows[i].in);
		text_cut_utf8(s);
		assert_string_equal(s, rows[i].out);
	}
}

static void
test_parse_u64(void **state)
{
	static const char *const bad[] = { "", " 1", "+1", "-1", "1 ", "0x1",
		"1.0", "18446744073709551616", "9", "101" };
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (text_parse_u64(bad[i], 10, 100, &n))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(n, 7);
	}
	assert_true(text_parse_u64("10", 10, 100, &n));
	assert_int_equal(n, 10);
	assert_true(text_parse_u64("18446744073709551615", 0, UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
}

static void
test_trim(void **state)
{
	static const char *const rows[][2] = { { "", "" }, { " \t\r\n", "" },
		{ "a", "a" }, { " a b\t", "a b" }, { "\r\n a\r\n", "a" } };
	char line[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		strcpy(line, rows[i][0]);
		assert_string_equal(text_trim(line), rows[i][1]);
	}
}

static void
test_parse_bytes(void **state)
{
	static const char *const bad[] = { "", "K", "1k", "1KB", "-1", "1 K",
		"1.5G", "8388608T", "99999999999999999999999999G" };
	int64_t n = 5;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (text_parse_bytes(bad[i], &n))
			fail_msg("\"%s\" was taken", bad[i]);
	assert_int_equal(n, 5);
	assert_true(text_parse_bytes("0", &n));
	assert_int_equal(n, 0);
	assert_true(text_parse_bytes("17K", &n));
	assert_int_equal(n, 17 << 10);
	assert_true(text_parse_bytes("8388607T", &n));
	assert_int_equal(n, 8388607LL << 40);
	assert_true(text_parse_bytes("9223372036854775807", &n));
	assert_int_equal(n, INT64_MAX);
}

static void
test_is_name(void **state)
{
	(void)state;
	assert_true(text_is_name("ab-1", "ab-1", 4));
	assert_false(text_is_name("ab-1", "ab-1", 3));
	assert_false(text_is_name("", "ab", 3));
	assert_false(text_is_name("a/b", "ab", 3));
}

/* A descriptor that is no terminal: COLUMNS, else what the caller says. */
static void
test_terminal_width(void **state)
{
	(void)state;
	setenv("COLUMNS", "123", 1);
	assert_int_equal(text_terminal_width(-1, 80), 123);
	setenv("COLUMNS", "0", 1);
	assert_int_equal(text_terminal_width(-1, 80), 80);
	unsetenv("COLUMNS");
	assert_int_equal(text_terminal_width(-1, 77), 77);
}

static void
test_distance(void **state)
{
	(void)state;
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("", "abc"), 3);
	assert_int_equal(text_distance("took", "tok"), 1);
	assert_int_equal(text_distance("took", "toko"), 1);
	assert_int_equal(text_distance("method", "metohd"), 1);
	assert_int_equal(text_distance("vm", "image"), 4);
	assert_int_equal(text_distance("a",
			     "123456789012345678901234567890123"),
	    SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_random),
		cmocka_unit_test(test_width_and_fit),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_parse_u64),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_parse_bytes),
		cmocka_unit_test(test_is_name),
		cmocka_unit_test(test_terminal_width),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
