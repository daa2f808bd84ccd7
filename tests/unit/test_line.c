/* SPDX-License-Identifier: ISC */
/* wire/line: JSON in, slog's JSON out, byte for byte. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "wire/line.h"

#define _cleanup_line_ _cleanup_(line_done)
/* A literal and its length, so that it may hold NULs. */
#define LIT(s) s, sizeof(s) - 1

/* Fails with the row's text where the two differ. */
static void
same(const char *what, const char *got, size_t got_len, const char *want,
    size_t want_len)
{
	if (got_len != want_len || memcmp(got, want, want_len) != 0)
		fail_msg("%s: got '%.*s' (%zu), wanted '%.*s' (%zu)", what,
		    (int)got_len, got, got_len, (int)want_len, want, want_len);
}

/* ---- reading ------------------------------------------------------------- */

static void
test_read_values(void **state)
{
	static const struct {
		const char *json;
		enum line_type type;
		const char *text;
		size_t len;
	} rows[] = {
		{ "\"\"", LINE_STRING, LIT("") },
		{ "\"plain <&'>\"", LINE_STRING, LIT("plain <&'>") },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", LINE_STRING,
		    LIT("\"\\/\b\f\n\r\t") },
		{ "\"\\u0041\\u00e9\\u20AC\"", LINE_STRING,
		    LIT("A\xc3\xa9\xe2\x82\xac") },
		{ "\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"", LINE_STRING,
		    LIT("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf") },
		{ "\"\\ud83d\\ude00\"", LINE_STRING, LIT("\xf0\x9f\x98\x80") },
		{ "\"\\ud800\\udc00\\uDBFF\\uDFFF\"", LINE_STRING,
		    LIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") },
		{ "\"\\u0000x\"", LINE_STRING, LIT("\0x") },
		{ "\"\x7f\xe2\x80\xa8\xf4\x8f\xbf\xbf\"", LINE_STRING,
		    LIT("\x7f\xe2\x80\xa8\xf4\x8f\xbf\xbf") },
		{ "0", LINE_NUMBER, LIT("0") },
		{ "-0", LINE_NUMBER, LIT("-0") },
		{ "12.50", LINE_NUMBER, LIT("12.50") },
		{ "1E+05", LINE_NUMBER, LIT("1E+05") },
		{ "-1.5e-3", LINE_NUMBER, LIT("-1.5e-3") },
		{ "1e400", LINE_NUMBER, LIT("1e400") },
		{ "123456789012345678901234567890.0", LINE_NUMBER,
		    LIT("123456789012345678901234567890.0") },
		{ "true", LINE_TRUE, LIT("true") },
		{ "false", LINE_FALSE, LIT("false") },
		{ "null", LINE_NULL, LIT("null") },
		{ "{}", LINE_OBJECT, LIT("{}") },
		{ "[ ]", LINE_ARRAY, LIT("[ ]") },
		{ "{\"a\" : [1,\"\\u0000\"] , \"a\":null}", LINE_OBJECT,
		    LIT("{\"a\" : [1,\"\\u0000\"] , \"a\":null}") },
		{ "[[],{},-1,true,\"]\"]", LINE_ARRAY,
		    LIT("[[],{},-1,true,\"]\"]") },
	};
	_cleanup_line_ struct line ln = LINE_INIT;
	struct error err = ERROR_INIT;
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "{\"k\":%s,\"z\":1}",
		    rows[i].json);
		if (line_read(text, strlen(text), &ln, &err) != 0)
			fail_msg("%s: %s", text, err.text);
		assert_int_equal(ln.n, 2);
		same("key", ln.attrs[0].key, ln.attrs[0].key_len, "k", 1);
		assert_int_equal(ln.attrs[0].type, rows[i].type);
		same(rows[i].json, ln.attrs[0].text, ln.attrs[0].text_len,
		    rows[i].text, rows[i].len);
		assert_int_equal(ln.attrs[0].text[rows[i].len], '\0');
		same("next", ln.attrs[1].text, ln.attrs[1].text_len, "1", 1);
	}
}

static void
test_read_refused(void **state)
{
	static const struct {
		const char *json;
		size_t len;
		const char *error;
	} rows[] = {
		{ LIT(""), "byte 1: not a JSON object" },
		{ LIT("[1]"), "byte 1: not a JSON object" },
		{ LIT(" \"a\""), "byte 2: not a JSON object" },
		{ LIT("panic: x"), "byte 1: not a JSON object" },
		{ LIT("\xef\xbb\xbf\xef\xbb\xbf{}"),
		    "byte 4: not a JSON object" },
		{ LIT("{"), "byte 2: key wanted" },
		{ LIT("{a:1}"), "byte 2: key wanted" },
		{ LIT("{,}"), "byte 2: key wanted" },
		{ LIT("{\"a\":1,}"), "byte 8: key wanted" },
		{ LIT("{\"a\" 1}"), "byte 6: ':' wanted" },
		{ LIT("{\"a\"}"), "byte 5: ':' wanted" },
		{ LIT("{\"a\":"), "byte 6: value wanted" },
		{ LIT("{\"a\":}"), "byte 6: not a value" },
		{ LIT("{\"a\":1"), "byte 7: unfinished object" },
		{ LIT("{\"a\":1 \"b\":2}"), "byte 8: ',' wanted" },
		{ LIT("{} x"), "byte 4: text behind the object" },
		{ LIT("{}{}"), "byte 3: text behind the object" },
		{ LIT("{}\0"), "byte 3: text behind the object" },
		{ LIT("{\"a\":01}"), "byte 7: ',' wanted" },
		{ LIT("{\"a\":-}"), "byte 7: not a value" },
		{ LIT("{\"a\":+1}"), "byte 6: not a value" },
		{ LIT("{\"a\":.5}"), "byte 6: not a value" },
		{ LIT("{\"a\":1.}"), "byte 8: digits wanted after the point" },
		{ LIT("{\"a\":1e}"), "byte 8: digits wanted in the exponent" },
		{ LIT("{\"a\":1e+}"), "byte 9: digits wanted in the exponent" },
		{ LIT("{\"a\":NaN}"), "byte 6: not a value" },
		{ LIT("{\"a\":tru}"), "byte 6: not a value" },
		{ LIT("{\"a\":nul"), "byte 6: not a value" },
		{ LIT("{\"a\":True}"), "byte 6: not a value" },
		{ LIT("{\"a\":truex}"), "byte 10: ',' wanted" },
		{ LIT("{\"a\":'b'}"), "byte 6: not a value" },
		{ LIT("{\"a\":\"b"), "byte 8: unfinished string" },
		{ LIT("{\"a\":\"\\"), "byte 8: unfinished string" },
		{ LIT("{\"a\":\"\\q\"}"), "byte 8: unknown escape" },
		{ LIT("{\"a\":\"\\\0\"}"), "byte 8: unknown escape" },
		{ LIT("{\"a\":\"b\tc\"}"), "byte 8: raw control character" },
		{ LIT("{\"a\":\"b\0c\"}"), "byte 8: raw control character" },
		{ LIT("{\"a\n\":1}"), "byte 4: raw control character" },
		{ LIT("{\"a\":\"\\u12\"}"),
		    "byte 9: \\u wants four hex digits" },
		{ LIT("{\"a\":\"\\u+123\"}"),
		    "byte 9: \\u wants four hex digits" },
		{ LIT("{\"a\":\"\\u00g0\"}"),
		    "byte 9: \\u wants four hex digits" },
		{ LIT("{\"a\":\"\\ud800\"}"), "byte 9: lone surrogate" },
		{ LIT("{\"a\":\"\\udc00\"}"), "byte 9: lone surrogate" },
		{ LIT("{\"a\":\"\\ud800\\n----\"}"), "byte 9: lone surrogate" },
		{ LIT("{\"a\":\"\\ud800\\ud800\"}"), "byte 9: lone surrogate" },
		{ LIT("{\"a\":\"\\ud800\\u0041\"}"), "byte 9: lone surrogate" },
		{ LIT("{\"a\":\"\\ud800\\ue000\"}"), "byte 9: lone surrogate" },
		{ LIT("{\"a\":\"\xff\"}"), "byte 7: invalid UTF-8" },
		{ LIT("{\"a\":\"\xc0\x80\"}"), "byte 7: invalid UTF-8" },
		{ LIT("{\"a\":\"\xed\xa0\x80\"}"), "byte 7: invalid UTF-8" },
		{ LIT("{\"a\":\"\xf4\x90\x80\x80\"}"),
		    "byte 7: invalid UTF-8" },
		{ LIT("{\"a\":\"\xe2\x82\"}"), "byte 7: invalid UTF-8" },
		{ LIT("{\"\xff\":1}"), "byte 3: invalid UTF-8" },
		{ LIT("{\"a\":[1"), "byte 8: unfinished value" },
		{ LIT("{\"a\":[1 2]}"), "byte 9: ',' wanted" },
		{ LIT("{\"a\":[1,]}"), "byte 9: not a value" },
		{ LIT("{\"a\":[1}"), "byte 8: ',' wanted" },
		{ LIT("{\"a\":{1:2}}"), "byte 7: key wanted" },
		{ LIT("{\"a\":{\"b\" 2}}"), "byte 11: ':' wanted" },
		{ LIT("{\"a\":{\"b\":\"\xff\"}}"), "byte 12: invalid UTF-8" },
		{ LIT("{\"a\":[\"\\ud800\"]}"), "byte 10: lone surrogate" },
	};
	_cleanup_line_ struct line ln = LINE_INIT;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		error_clear(&err);
		if (line_read(rows[i].json, rows[i].len, &ln, &err) != -EBADMSG)
			fail_msg("taken: %s", rows[i].json);
		if (strcmp(err.text, rows[i].error) != 0)
			fail_msg("%s: got '%s', wanted '%s'", rows[i].json,
			    err.text, rows[i].error);
		assert_int_equal(err.code, -EBADMSG);
		assert_int_equal(ln.n, 0);
	}
}

/* Wherever a line is cut off, what is left is no line. */
static void
test_read_every_cut(void **state)
{
	static const char text[] =
	    "{\"a\":\"x\\ud83d\\ude00\xe2\x82\xac\",\"b\":[1.5e3,{\"c\":"
	    "null}],\"d\":true,\"e\":\"\\n\"}";
	_cleanup_line_ struct line ln = LINE_INIT;
	struct error err = ERROR_INIT;
	char *copy;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		/* A copy of that size shows a read past it. */
		copy = malloc(len + 1);
		memcpy(copy, text, len);
		if (line_read(copy, len, &ln, &err) == 0)
			fail_msg("taken: %.*s", (int)len, text);
		free(copy);
	}
	assert_int_equal(line_read(text, sizeof(text) - 1, &ln, &err), 0);
}

static void
test_read_keys_in_order(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbf \t{ \"a\" : 1 ,\r\n\"b\":\"\",\"a\":\"2\","
	    "\"\\u0062\":3,\"\":4,\"a\\u0000\":5 } \n";
	static const struct {
		const char *key;
		size_t key_len;
		const char *text;
	} want[] = {
		{ LIT("a"), "1" },
		{ LIT("b"), "" },
		{ LIT("a"), "2" },
		{ LIT("b"), "3" },
		{ LIT(""), "4" },
		{ LIT("a\0"), "5" },
	};
	_cleanup_line_ struct line ln = LINE_INIT;

	(void)state;
	assert_int_equal(line_read(text, sizeof(text) - 1, &ln, NULL), 0);
	assert_int_equal(ln.n, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		same("key", ln.attrs[i].key, ln.attrs[i].key_len, want[i].key,
		    want[i].key_len);
		assert_string_equal(ln.attrs[i].text, want[i].text);
	}
	assert_string_equal(line_find(&ln, "a")->text, "1");
	assert_string_equal(line_find(&ln, "b")->text, "");
	assert_string_equal(line_find(&ln, "")->text, "4");
	assert_null(line_find(&ln, "c"));
	/* The next line has nothing of this one. */
	assert_int_equal(line_read("{}", 2, &ln, NULL), 0);
	assert_int_equal(ln.n, 0);
	assert_null(line_find(&ln, "a"));
}

/* A line of 40 attributes grows the array while texts are borrowed. */
static void
test_read_many(void **state)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf text = BUF_INIT;
	char want[16];

	(void)state;
	buf_putc(&text, '{');
	for (int i = 0; i < 40; i++)
		buf_printf(&text, "%s\"k%d\":\"v%d\"", i > 0 ? "," : "", i, i);
	buf_putc(&text, '}');
	assert_int_equal(line_read(text.data, text.len, &ln, NULL), 0);
	assert_int_equal(ln.n, 40);
	for (int i = 0; i < 40; i++) {
		snprintf(want, sizeof(want), "k%d", i);
		assert_string_equal(ln.attrs[i].key, want);
		want[0] = 'v';
		assert_string_equal(ln.attrs[i].text, want);
	}
}

static int
read_nested(char open, size_t n, struct error *err)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf text = BUF_INIT;

	buf_puts(&text, "{\"a\":");
	for (size_t i = 0; i < n; i++)
		buf_puts(&text, open == '{' ? "{\"a\":" : "[");
	buf_putc(&text, '1');
	for (size_t i = 0; i < n; i++)
		buf_putc(&text, open == '{' ? '}' : ']');
	buf_putc(&text, '}');
	return line_read(text.data, text.len, &ln, err);
}

static void
test_read_depth(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	/* The line itself is the first level. */
	assert_int_equal(read_nested('[', LINE_DEPTH_MAX - 1, &err), 0);
	assert_int_equal(read_nested('{', LINE_DEPTH_MAX - 1, &err), 0);
	assert_int_equal(read_nested('[', LINE_DEPTH_MAX, &err), -EBADMSG);
	assert_string_equal(err.text, "byte 70: nested too deep");
	assert_int_equal(read_nested('{', LINE_DEPTH_MAX, &err), -EBADMSG);
	assert_int_equal(read_nested('[', 1000000, &err), -EBADMSG);
	assert_string_equal(err.text, "byte 70: nested too deep");
}

/* ---- writing ------------------------------------------------------------- */

static void
test_put_string(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} rows[] = {
		{ LIT(""), "\"\"" },
		{ LIT("plain"), "\"plain\"" },
		{ LIT("<&>'/`"), "\"<&>'/`\"" },
		{ LIT("a\"b\\c"), "\"a\\\"b\\\\c\"" },
		{ LIT("\n\r\t"), "\"\\n\\r\\t\"" },
		{ LIT("\0\a\b\f\v\x1b\x1f"),
		    "\"\\u0000\\u0007\\u0008\\u000c\\u000b\\u001b\\u001f\"" },
		{ LIT("\x7f"), "\"\x7f\"" },
		{ LIT("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"),
		    "\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\"" },
		{ LIT("\xc2\x9b\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
		    "\"\xc2\x9b\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		/* Each byte that starts no code point is one \ufffd. */
		{ LIT("\xff"), "\"\\ufffd\"" },
		{ LIT("a\xe2\x82"), "\"a\\ufffd\\ufffd\"" },
		{ LIT("\xc0\x80"), "\"\\ufffd\\ufffd\"" },
		{ LIT("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"" },
		{ LIT("\xe2\x28\xa1"), "\"\\ufffd(\\ufffd\"" },
		/* A true U+FFFD is text like any other. */
		{ LIT("\xef\xbf\xbd"), "\"\xef\xbf\xbd\"" },
	};
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&out);
		assert_true(
		    line_put_string(&out, rows[i].in, rows[i].len, 1000));
		same(rows[i].out, buf_str(&out), out.len, rows[i].out,
		    strlen(rows[i].out));
	}
}

/* A cut falls between code points, and between escapes. */
static void
test_put_string_cut(void **state)
{
	static const struct {
		const char *in;
		size_t room;
		const char *out;
	} rows[] = {
		{ "abc", 0, "" },
		{ "abc", 1, "" },
		{ "abc", 2, "\"\"" },
		{ "abc", 4, "\"ab\"" },
		{ "", 1, "" },
		{ "a\n", 4, "\"a\"" },
		{ "a\xe2\x82\xac", 5, "\"a\"" },
		{ "a\xf0\x9f\x98\x80z", 6, "\"a\"" },
		{ "a\x01z", 8, "\"a\"" },
		{ "a\x01z", 9, "\"a\\u0001\"" },
		{ "\xffz", 7, "\"\"" },
		{ "\xe2\x80\xa8z", 8, "\"\\u2028\"" },
	};
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&out);
		assert_false(line_put_string(&out, rows[i].in,
		    strlen(rows[i].in), rows[i].room));
		same(rows[i].in, buf_str(&out), out.len, rows[i].out,
		    strlen(rows[i].out));
	}
	/* One that just fits is whole. */
	buf_reset(&out);
	assert_true(line_put_string(&out, "a\n\xe2\x82\xac", 5, 8));
	assert_string_equal(buf_str(&out), "\"a\\n\xe2\x82\xac\"");
}

/* Every byte, alone and in a cut, comes back through the reader. */
static void
test_put_and_read(void **state)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	char in[3] = "[?]";

	(void)state;
	for (int c = 0; c < 256; c++) {
		in[1] = (char)c;
		for (size_t room = 2; room <= 10; room++) {
			buf_reset(&out);
			buf_puts(&out, "{\"k\":");
			line_put_string(&out, in, 3, room);
			assert_true(out.len - 5 <= room);
			buf_putc(&out, '}');
			if (line_read(out.data, out.len, &ln, &err) < 0)
				fail_msg("%s: %s", out.data, err.text);
		}
		same(out.data, ln.attrs[0].text, ln.attrs[0].text_len,
		    c < 128 ? in : "[\xef\xbf\xbd]", c < 128 ? 3 : 5);
	}
}

/* ---- levels -------------------------------------------------------------- */

static void
test_levels(void **state)
{
	static const struct {
		int level;
		const char *text;
	} rows[] = {
		{ LINE_DEBUG, "DEBUG" },
		{ LINE_INFO, "INFO" },
		{ LINE_WARN, "WARN" },
		{ LINE_ERROR, "ERROR" },
		{ LINE_DEBUG - 2, "DEBUG-2" },
		{ LINE_DEBUG + 3, "DEBUG+3" },
		{ LINE_INFO + 2, "INFO+2" },
		{ LINE_WARN + 1, "WARN+1" },
		{ LINE_ERROR + 4, "ERROR+4" },
		{ -1000, "DEBUG-996" },
	};
	char out[16];
	int level;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(line_format_level(rows[i].level, out),
		    strlen(rows[i].text));
		assert_string_equal(out, rows[i].text);
		assert_true(line_parse_level(rows[i].text, strlen(rows[i].text),
		    &level));
		assert_int_equal(level, rows[i].level);
	}
	for (int l = -40; l <= 40; l++) {
		assert_true(
		    line_parse_level(out, line_format_level(l, out), &level));
		assert_int_equal(level, l);
	}
	assert_true(line_format_level(INT32_MAX, out) < sizeof(out));
	assert_true(line_format_level(INT32_MIN, out) < sizeof(out));
}

static void
test_level_texts(void **state)
{
	static const char *const bad[] = { "", "INF", "INFO+", "INFO-", "INFO2",
		"INFO+2x", "INFO +2", "INFO++2", " INFO", "INFO ", "NOTICE",
		"2", "INFO+1234567" };
	static const struct {
		const char *text;
		int level;
	} good[] = {
		{ "info", LINE_INFO },
		{ "Warn+3", LINE_WARN + 3 },
		{ "ERROR-1", LINE_ERROR - 1 },
		{ "debug-0", LINE_DEBUG },
	};
	int level = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (line_parse_level(bad[i], strlen(bad[i]), &level))
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(level, 77);
	/* Only as many bytes count as were given. */
	assert_true(line_parse_level("INFOX", 4, &level));
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(line_parse_level(good[i].text, strlen(good[i].text),
		    &level));
		assert_int_equal(level, good[i].level);
	}
}

/* Where each value stands in the text, whatever stands around it. */
static void
test_read_spans(void **state)
{
	static const char text[] = " {\"a\" :\t\"x\\ty\" ,\"b\":[1, {}],\"c\": "
				   "-2.50e1\t,\"\\u0064\":null}";
	static const char *const want[] = { "\"x\\ty\"", "[1, {}]", "-2.50e1",
		"null" };
	_cleanup_(line_done) struct line ln = LINE_INIT;

	(void)state;
	assert_int_equal(line_read(text, strlen(text), &ln, NULL), 0);
	assert_int_equal(ln.n, ARRAY_LEN(want));
	for (size_t i = 0; i < ln.n; i++) {
		assert_int_equal(ln.attrs[i].span, strlen(want[i]));
		assert_memory_equal(text + ln.attrs[i].at, want[i],
		    ln.attrs[i].span);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_values),
		cmocka_unit_test(test_read_refused),
		cmocka_unit_test(test_read_every_cut),
		cmocka_unit_test(test_read_keys_in_order),
		cmocka_unit_test(test_read_many),
		cmocka_unit_test(test_read_spans),
		cmocka_unit_test(test_read_depth),
		cmocka_unit_test(test_put_string),
		cmocka_unit_test(test_put_string_cut),
		cmocka_unit_test(test_put_and_read),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_level_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
