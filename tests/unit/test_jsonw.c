/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "base/text.h"

/* No comma is missing and none too many, whatever follows what. */
static void
test_nesting(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out);

	(void)state;
	buf_puts(&out, "> ");
	jsonw_object(&w, NULL);
	jsonw_array(&w, "none");
	jsonw_array_end(&w);
	jsonw_object(&w, "empty");
	jsonw_object_end(&w);
	jsonw_array(&w, "deep");
	jsonw_array(&w, NULL);
	jsonw_array_end(&w);
	jsonw_object(&w, NULL);
	jsonw_int(&w, "a", 1);
	jsonw_int(&w, "b", 2);
	jsonw_object_end(&w);
	jsonw_int(&w, NULL, 3);
	jsonw_string(&w, NULL, "x");
	jsonw_array_end(&w);
	jsonw_null(&w, "last");
	jsonw_object_end(&w);
	assert_string_equal(buf_str(&out),
	    "> {\"none\":[],\"empty\":{},"
	    "\"deep\":[[],{\"a\":1,\"b\":2},3,\"x\"],\"last\":null}");
}

static void
test_values(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out);

	(void)state;
	jsonw_array(&w, NULL);
	jsonw_null(&w, NULL);
	jsonw_bool(&w, NULL, true);
	jsonw_bool(&w, NULL, false);
	jsonw_int(&w, NULL, INT64_MIN);
	jsonw_uint(&w, NULL, UINT64_MAX);
	jsonw_string(&w, NULL, NULL);
	jsonw_string(&w, NULL, "");
	jsonw_ms(&w, NULL, 0);
	jsonw_ms(&w, NULL, 1500000);
	jsonw_ms(&w, NULL, -1);
	jsonw_seconds(&w, NULL, 1234567891);
	jsonw_time(&w, NULL, 1772359232500000000);
	jsonw_array_end(&w);
	assert_string_equal(buf_str(&out),
	    "[null,true,false,-9223372036854775808,18446744073709551615,"
	    "null,\"\",0,1.5,null,1.234568,\"2026-03-01T10:00:32.5Z\"]");
}

static void
test_strings(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain / text", "plain / text" },
		{ "\"\\", "\\\"\\\\" },
		{ "\x1b[31m\n\x7f", "\\u001b[31m\\u000a\\u007f" },
		{ "\xc2\x9b[2J", "\\u009b[2J" },                  /* C1 */
		{ "\xe2\x80\xae\xe2\x81\xa6", "\\u202e\\u2066" }, /* bidi */
		{ "\xe2\x80\x8b\xef\xbb\xbf", "\\u200b\\ufeff" }, /* no width */
		{ "\xe2\x80\xa8", "\\u2028" },
		{ "\xf3\xa0\x80\x81", "\\udb40\\udc01" }, /* a tag */
		{ "\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac" },
		{ "\xf0\x9f\x90\x9f", "\xf0\x9f\x90\x9f" },
		{ "a\xff\xe2\x82", "a\\ufffd\\ufffd\\ufffd" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT, want = BUF_INIT;
		struct jsonw w = JSONW_INIT(&out);

		jsonw_string(&w, NULL, rows[i].in);
		buf_printf(&want, "\"%s\"", rows[i].out);
		assert_string_equal(buf_str(&out), buf_str(&want));
	}
}

/* Each code point comes back from a parser, and none is hostile on the way. */
static void
test_every_character(void **state)
{
	(void)state;
	for (uint32_t cp = 1; cp <= 0x10ffff; cp += cp < 0x3000 ? 1 : 97) {
		_cleanup_buf_ struct buf esc = BUF_INIT, out = BUF_INIT,
					 safe = BUF_INIT;
		struct jsonw w = JSONW_INIT(&out);
		json_t *in, *back;

		if (cp >= 0xd800 && cp <= 0xdfff)
			continue;
		if (cp < 0x10000)
			buf_printf(&esc, "\"\\u%04x\"", cp);
		else
			buf_printf(&esc, "\"\\u%04x\\u%04x\"",
			    0xd7c0 + (cp >> 10), 0xdc00 + (cp & 0x3ff));
		in = json_loads(buf_str(&esc), JSON_DECODE_ANY, NULL);
		assert_non_null(in);
		jsonw_string(&w, NULL, json_string_value(in));
		text_escape(&safe, out.data, out.len, false);
		assert_string_equal(buf_str(&safe), buf_str(&out));
		back = json_loads(buf_str(&out), JSON_DECODE_ANY, NULL);
		assert_non_null(back);
		assert_true(json_equal(in, back));
		json_decref(in);
		json_decref(back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_every_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
