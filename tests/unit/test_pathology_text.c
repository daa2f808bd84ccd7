/* SPDX-License-Identifier: ISC */
/*
 * What a line can hold that is not ordinary, one test a case: what slog
 * writes, what JSON allows, and what it does not.
 */
#include "parsing.h"

#include <sys/resource.h>

#include "trace/opset.h"

/* ---- what slog writes ---------------------------------------------------- */

static void
test_slog_times(void **state)
{
	static const struct {
		const char *text;
		int64_t ns; /* since T0, or -1: the journal's */
	} rows[] = {
		{ "2026-04-26T22:13:04Z", 0 },
		{ "2026-04-26T22:13:04.1Z", 100000000 },
		{ "2026-04-26T22:13:04.12Z", 120000000 },
		{ "2026-04-26T22:13:04.123Z", 123000000 },
		{ "2026-04-26T22:13:04.1234Z", 123400000 },
		{ "2026-04-26T22:13:04.12345Z", 123450000 },
		{ "2026-04-26T22:13:04.123456Z", 123456000 },
		{ "2026-04-26T22:13:04.1234567Z", 123456700 },
		{ "2026-04-26T22:13:04.12345678Z", 123456780 },
		{ "2026-04-26T22:13:04.123456789Z", 123456789 },
		{ "2026-04-27T03:58:04.000000001+05:45", 1 },
		{ "2026-04-26T15:13:04-07:00", 0 },
		{ "0001-01-01T00:00:00Z", -1 },
		{ "9999-12-31T23:59:59.999999999Z", -1 },
		{ "2026-13-26T22:13:04Z", -1 },
		{ "soon", -1 },
		{ "", -1 },
	};
	struct fixture *f = *state;
	char line[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct record *r;

		snprintf(line, sizeof(line), "{\"time\":\"%s\",\"msg\":\"x\"}",
		    rows[i].text);
		r = expect(f, line, strlen(line), RECORD_OTHER, 0, "");
		assert_int_equal(r->time_from,
		    rows[i].ns < 0 ? RECORD_TIME_JOURNAL : RECORD_TIME_OWN);
		assert_int_equal(r->time_ns,
		    T0 + (rows[i].ns < 0 ? 40000 : rows[i].ns));
	}
	/* slog leaves the zero time out. */
	EXPECT(f, "{\"level\":\"INFO\",\"msg\":\"x\"}", RECORD_OTHER, 0, "");
	assert_int_equal(f->r.time_from, RECORD_TIME_JOURNAL);
	EXPECT(f, "{\"time\":1777241584,\"msg\":\"x\"}", RECORD_OTHER, 0, "");
	assert_int_equal(f->r.time_from, RECORD_TIME_JOURNAL);
}

static void
test_slog_year(void **state)
{
	struct fixture *f = *state;

	EXPECT(f,
	    "{\"time\":\"!ERROR:Time.MarshalJSON: year outside of range "
	    "[0,9999]\"\"10000-01-01T00:00:00Z\",\"level\":\"INFO\",\"msg\":"
	    "\"operation started\",\"op_id\":\"op-1\"}",
	    RECORD_BAD, 0, "op-1");
	assert_int_equal(f->r.time_from, RECORD_TIME_JOURNAL);
}

static void
test_levels(void **state)
{
	static const struct {
		const char *text;
		int level; /* 99: none */
	} rows[] = {
		{ "\"DEBUG\"", -4 },
		{ "\"INFO\"", 0 },
		{ "\"WARN\"", 4 },
		{ "\"ERROR\"", 8 },
		{ "\"DEBUG-3\"", -7 },
		{ "\"DEBUG+2\"", -2 },
		{ "\"ERROR+12\"", 20 },
		{ "\"NOTICE\"", 99 },
		{ "\"INFO+\"", 99 },
		{ "\"\"", 99 },
		{ "4", 99 },
		{ "null", 99 },
	};
	struct fixture *f = *state;
	char line[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct record *r;

		snprintf(line, sizeof(line), "{\"level\":%s,\"msg\":\"x\"}",
		    rows[i].text);
		r = expect(f, line, strlen(line), RECORD_OTHER, 0, "");
		assert_int_equal(r->ev.has_level, rows[i].level != 99);
		if (rows[i].level != 99)
			assert_int_equal(r->ev.level, rows[i].level);
	}
}

#define TWO_OPS                                                   \
	"{\"msg\":\"operation stage\",\"stage\":\"s\",\"op_id\":" \
	"\"op-1\",\"op_id\":\"op-2\"}"

static const char *const two_ops[] = { "op-1", "op-2", NULL };

static void
test_duplicate_keys(void **state)
{
	struct fixture *f = *state;

	EXPECT(f,
	    "{\"msg\":\"operation stage\",\"op_id\":\"op-1\",\"stage\":\"a\","
	    "\"stage\":\"b\",\"op_id\":\"op-1\"}",
	    RECORD_EVENT, RECORD_DUP_KEY, "op-1");
	assert_string_equal(event_str(&f->r.ev, FIELD_STAGE), "a");
	assert_int_equal(f->r.line.n, 5);
	EXPECT(f, "{\"msg\":\"x\",\"op_id\":\"op-1\",\"op_id\":\"op-2\"}",
	    RECORD_OTHER, RECORD_DUP_KEY | RECORD_TWO_OPS, "op-1");
	assert_string_equal(f->r.other_op.text, "op-2");
	/* Of more, the first two. */
	EXPECT(f,
	    "{\"op_id\":\"op-1\",\"op_id\":\"op-1\",\"op_id\":\"op-3\","
	    "\"op_id\":\"op-2\"}",
	    RECORD_OTHER, RECORD_DUP_KEY | RECORD_TWO_OPS, "op-1");
	assert_string_equal(f->r.other_op.text, "op-3");
	EXPECT(f, "{\"op_id\":\"op-1\",\"op_id\":\" \"}", RECORD_OTHER,
	    RECORD_DUP_KEY | RECORD_TWO_OPS | RECORD_ODD_OP, "op-1");
	assert_memory_equal(f->r.other_op.text, "op-x", 4);
	/* The next line's is its own. */
	EXPECT(f, "{\"op_id\":\"op-1\"}", RECORD_OTHER, 0, "op-1");
	assert_false(opid_is_set(&f->r.other_op));
}

/* The assembler counts such a line for both. */
static void
test_two_operations(void **state)
{
	struct fixture *f = *state;
	_cleanup_(opset_freep) struct opset *set = opset_new(0);
	_cleanup_record_ struct record copy;
	struct opid id;

	record_init(&copy);
	read_as(f, BARE, TWO_OPS, sizeof(TWO_OPS) - 1);
	record_copy(&copy, &f->r);
	assert_true(opset_add(set, &copy));
	assert_int_equal(opset_len(set), 2);
	for (const char *const *name = two_ops; *name != NULL; name++) {
		const struct op *op;

		assert_true(opid_parse(*name, strlen(*name), &id));
		op = opset_find(set, &id);
		assert_int_equal(op->records, 1);
		assert_int_equal(op->n_stages, 1);
	}
}

static void
test_slog_mishaps(void **state)
{
	static const char line[] =
	    "{\"msg\":\"operation started\",\"op_id\":\"op-1\",\"!BADKEY\":"
	    "\"!BADKEY\",\"a\":\"!ERROR:json: unsupported type: chan int\","
	    "\"b\":\"!PANIC: boom\",\"c\":\"<nil>\",\"d\":null,\"e\":{},"
	    "\"f\":1500000000,\"g\":\"\\u0001\\u2028\\ufffd\\b\\f\x7f\"}";
	struct fixture *f = *state;
	const struct record *r = EXPECT(f, line, RECORD_EVENT,
	    RECORD_SLOG_ERROR, "op-1");

	assert_int_equal(r->line.n, 10);
	assert_string_equal(line_find(&r->line, "!BADKEY")->text, "!BADKEY");
	assert_string_equal(line_find(&r->line, "b")->text, "!PANIC: boom");
	assert_string_equal(line_find(&r->line, "c")->text, "<nil>");
	assert_string_equal(line_find(&r->line, "f")->text, "1500000000");
	assert_string_equal(line_find(&r->line, "g")->text,
	    "\x01\xe2\x80\xa8\xef\xbf\xbd\b\f\x7f");
}

/* Each alone; and what only looks like one is an ordinary value. */
static void
test_slog_mishap_alone(void **state)
{
	static const char *const bad[] = {
		"\"!BADKEY\":7",
		"\"a\":\"!BADKEY\"",
		"\"a\":\"!ERROR:x\"",
		"\"a\":\"!ERROR:\"",
		"\"a\":\"!PANIC: x\"",
		"\"!ERROR:x\":1",
		"\"error\":\"<nil>\"",
		"\"a\":\"\\u0021PANIC: x\"",
	};
	static const char *const good[] = { "\"!\":1", "\"a\":\"!\"",
		"\"a\":\"!BADKEYS\"", "\"a\":\"!ERROR\"", "\"a\":\"<nil\"",
		"\"a\":\"<nil>x\"", "\"a\":\"\"", "\"\":\"a\"",
		"\"a\":\"x!ERROR:x\"" };
	struct fixture *f = *state;
	char line[100];

	for (size_t i = 0; i < ARRAY_LEN(bad) + ARRAY_LEN(good); i++) {
		bool odd = i < ARRAY_LEN(bad);

		snprintf(line, sizeof(line), "{\"op_id\":\"op-1\",%s}",
		    odd ? bad[i] : good[i - ARRAY_LEN(bad)]);
		expect(f, line, strlen(line), RECORD_OTHER,
		    odd ? RECORD_SLOG_ERROR : 0, "op-1");
	}
}

/* ---- what JSON allows, and what it does not ------------------------------ */

static void
test_big_numbers(void **state)
{
	static const char line[] =
	    "{\"msg\":\"operation completed\",\"op_id\":\"op-1\","
	    "\"seq\":9223372036854775808,\"duration_ms\":1e400,"
	    "\"u\":18446744073709551615,\"v\":-1e400}";
	struct fixture *f = *state;
	const struct record *r = EXPECT(f, line, RECORD_EVENT, 0, "op-1");

	assert_false(event_has(&r->ev, FIELD_SEQ));
	assert_false(event_has(&r->ev, FIELD_DURATION));
	assert_string_equal(line_find(&r->line, "u")->text,
	    "18446744073709551615");
	assert_string_equal(line_find(&r->line, "v")->text, "-1e400");
}

static void
test_escaped_nul(void **state)
{
	struct fixture *f = *state;
	const struct line_attr *a;

	EXPECT(f,
	    "{\"msg\":\"operation stage\",\"op_id\":\"op-1\",\"stage\":"
	    "\"a\\u0000b\",\"x\":\"c\\u0000d\",\"op_id\\u0000\":\"op-2\"}",
	    RECORD_EVENT, 0, "op-1");
	/* A name that would be cut short is none. */
	assert_false(event_has(&f->r.ev, FIELD_STAGE));
	a = line_find(&f->r.line, "x");
	assert_int_equal(a->text_len, 3);
	assert_memory_equal(a->text, "c\0d", 3);
	assert_int_equal(f->r.line.attrs[4].key_len, 6);
	assert_memory_equal(f->r.line.attrs[4].key, "op_id\0", 6);
}

static void
test_not_json(void **state)
{
#define ROW(s)                   \
	{                        \
		s, sizeof(s) - 1 \
	}
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
		ROW("{\"op_id\":\"op-1\",\"x\":\"\\ud800\"}"),
		ROW("{\"op_id\":\"op-1\",\"x\":\"\\udc00\"}"),
		ROW("{\"op_id\":\"op-1\",\"x\":\"\\ud800\\ud800\"}"),
		ROW("{\"op_id\":\"op-1\",\"x\":\"a\tb\"}"),
		ROW("{\"op_id\":\"op-1\",\"x\":\"a\0b\"}"),
		ROW("{\"op_id\":\"op-1\",\"x\":\"\xff\"}"),
		ROW("{\"op_id\":\"op-1\",\"x\":\"\xc0\xaf\"}"),
		ROW("{\"op_id\":\"op-1\",\"x\":\"\xed\xa0\x80\"}"),
		ROW("{\"op_id\":\"op-1\",\"x\":NaN}"),
		ROW("{\"op_id\":\"op-1\",\"x\":-Infinity}"),
		ROW("{\"op_id\":\"op-1\",\"x\":01}"),
		ROW("{\"op_id\":\"op-1\"} {}"),
		ROW("{\"op_id\":\"op-1\"}x"),
		ROW("{\"op_id\":\"op-1\"}\0"),
		ROW("{\"op_id\":\"op-1\",}"),
		ROW("{\"op_id\": \"op-1\", 'x': 1}"),
		ROW("{\"op_id\":\"op-1\",\"x\":\"cut"),
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(f, rows[i].text, rows[i].len, RECORD_BAD, 0, "op-1");
	/* A byte order mark alone is no harm. */
	EXPECT(f, "\xef\xbb\xbf{\"op_id\":\"op-1\"}", RECORD_OTHER, 0, "op-1");
}

static void
nested(struct buf *out, int depth, bool objects)
{
	buf_reset(out);
	buf_puts(out, "{\"op_id\":\"op-1\",\"x\":");
	for (int i = 1; i < depth; i++)
		buf_puts(out, objects ? "{\"x\":" : "[");
	buf_puts(out, "1");
	for (int i = 1; i < depth; i++)
		buf_puts(out, objects ? "}" : "]");
	buf_puts(out, "}");
}

/* A small stack would not hold a call for each of a million brackets. */
static void
test_depth(void **state)
{
	static const int depths[] = { 64, 65, 5000, 1000000 };
	struct fixture *f = *state;
	_cleanup_buf_ struct buf s = BUF_INIT;

	for (size_t i = 0; i < 8; i++) {
		nested(&s, depths[i / 2], i % 2 == 1);
		expect(f, s.data, s.len, i < 2 ? RECORD_OTHER : RECORD_BAD, 0,
		    "op-1");
	}
	/* Around a message too: the entry is one line that is no JSON. */
	nested(&s, 5000, false);
	buf_reset(&f->text);
	buf_printf(&f->text, "{\"MESSAGE\":\"m\",\"Y\":%s}", s.data);
	feed(f, f->text.data);
	assert_raw(next(f, RECORD_BAD, 0), f->text.data, f->text.len);
}

static void
test_number_text(void **state)
{
	struct fixture *f = *state;
	const struct record *r = EXPECT(f,
	    "{\"msg\":\"x\",\"a\":0.1,\"b\":1.0,\"c\":1E+2,\"d\":-0,"
	    "\"e\":[ 0.10, 1 ]}",
	    RECORD_OTHER, 0, "");

	assert_string_equal(line_find(&r->line, "a")->text, "0.1");
	assert_string_equal(line_find(&r->line, "b")->text, "1.0");
	assert_string_equal(line_find(&r->line, "c")->text, "1E+2");
	assert_string_equal(line_find(&r->line, "d")->text, "-0");
	assert_string_equal(line_find(&r->line, "e")->text, "[ 0.10, 1 ]");
}

static void
test_odd_op_id(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf s = BUF_INIT;
	char id[OPID_TEXT_MAX + 1];

	EXPECT(f, "{\"msg\":\"operation started\"}", RECORD_EVENT, 0, "");
	EXPECT(f, "{\"msg\":\"x\",\"op_id\":\"\"}", RECORD_OTHER, 0, "");
	EXPECT(f, "{\"msg\":\"x\",\"op_id\":7}", RECORD_OTHER, 0, "");
	EXPECT(f, "{\"msg\":\"x\",\"op_id\":null}", RECORD_OTHER, 0, "");
	EXPECT(f, "{\"msg\":\"x\",\"op_id\":[\"op-1\"]}", RECORD_OTHER, 0, "");
	buf_puts(&s, "{\"msg\":\"operation started\",\"op_id\":\"");
	for (int i = 0; i < 4096; i++)
		buf_putc(&s, 'z');
	buf_puts(&s, "\"}");
	strcpy(id, read_as(f, BARE, s.data, s.len)->op.text);
	assert_int_equal(strlen(id), 20);
	assert_memory_equal(id, "op-x", 4);
	expect(f, s.data, s.len, RECORD_EVENT, RECORD_ODD_OP, id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_slog_times),
		TEST(test_slog_year),
		TEST(test_levels),
		TEST(test_duplicate_keys),
		TEST(test_two_operations),
		TEST(test_slog_mishaps),
		TEST(test_slog_mishap_alone),
		TEST(test_big_numbers),
		TEST(test_escaped_nul),
		TEST(test_not_json),
		TEST(test_depth),
		TEST(test_number_text),
		TEST(test_odd_op_id),
	};
	/* What nests must not eat the stack. */
	struct rlimit small = { 1024 * 1024, RLIM_INFINITY };

	setrlimit(RLIMIT_STACK, &small);
	return cmocka_run_group_tests_name("pathology_text", tests, NULL, NULL);
}
