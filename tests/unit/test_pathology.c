/* SPDX-License-Identifier: ISC */
/*
 * What a journal can hold that is not an ordinary line, one test a case, each
 * as slog and journalctl write it.  Where the case is in the text, it is read
 * in three forms, which must give one answer: a bare line, an entry of
 * `journalctl -o json`, and one of `-o export`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "trace/parse.h"

/* 2026-04-26T22:13:04Z, where all test data begins. */
#define T0 1777241584000000000LL

#define STAMPS                                                     \
	"\"__REALTIME_TIMESTAMP\":\"1777241584000040\","           \
	"\"__MONOTONIC_TIMESTAMP\":\"5000000\",\"_PID\":\"100\","  \
	"\"_BOOT_ID\":\"b0b0\",\"PRIORITY\":\"3\",\"_TRANSPORT\":" \
	"\"stdout\",\"_STREAM_ID\":\"57e4\",\"_SYSTEMD_UNIT\":"    \
	"\"bangerd.service\""

enum form { BARE, JSON, EXPORT, FORMS };

struct fixture {
	struct parser *p;
	struct record r;
	struct buf text;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->p = parser_new();
	record_init(&f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	parser_free(f->p);
	record_done(&f->r);
	buf_done(&f->text);
	free(f);
	return 0;
}

static struct record *
next(struct fixture *f, enum record_kind kind, unsigned flags)
{
	assert_true(parser_next(f->p, &f->r));
	assert_int_equal(f->r.kind, kind);
	assert_int_equal(f->r.flags, flags);
	return &f->r;
}

static void
assert_raw(const struct record *r, const char *want, size_t len)
{
	assert_int_equal(r->raw.len, len);
	assert_memory_equal(buf_str(&r->raw), want, len);
}

/* A line as it stands. */
static void
feed(struct fixture *f, const char *line)
{
	parser_feed(f->p, line, strlen(line), true);
}

/* An entry of journalctl's with that JSON as its MESSAGE. */
static void
journal(struct fixture *f, const char *message)
{
	buf_reset(&f->text);
	buf_printf(&f->text, "{\"MESSAGE\":%s," STAMPS "}", message);
	feed(f, f->text.data);
}

/* As journalctl: text that is printable is a string, else all is numbers. */
static void
put_message(struct buf *out, const char *s, size_t len)
{
	bool plain = true;
	uint32_t cp;
	size_t n;

	for (size_t i = 0; i < len && plain; i += n) {
		n = text_utf8_next(s + i, len - i, &cp);
		plain = n > 0 && (cp >= 0x20 || cp == '\t' || cp == '\n') &&
		    (cp < 0x7f || cp > 0x9f);
	}
	if (plain) {
		line_put_string(out, s, len, SIZE_MAX / 8);
		return;
	}
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "%c%d", i == 0 ? '[' : ',',
		    (unsigned char)s[i]);
	buf_putc(out, ']');
}

static void
entry_field(struct entry *e, const char *key, const char *value)
{
	entry_add(e, key, strlen(key), value, strlen(value), false);
}

/* Reads a message in that form; its bytes must have been kept. */
static struct record *
read_as(struct fixture *f, enum form form, const char *s, size_t len)
{
	_cleanup_buf_ struct buf message = BUF_INIT;
	struct entry *e = parser_entry(f->p);

	parser_restart(f->p);
	if (form == BARE) {
		parser_feed(f->p, s, len, true);
	} else if (form == JSON) {
		put_message(&message, s, len);
		journal(f, message.data);
	} else {
		entry_reset(e);
		entry_field(e, "__REALTIME_TIMESTAMP", "1777241584000040");
		entry_field(e, "_PID", "100");
		entry_field(e, "_SYSTEMD_UNIT", "bangerd.service");
		entry_field(e, "PRIORITY", "3");
		entry_add(e, "MESSAGE", 7, s, len, false);
		parser_feed_entry(f->p, true);
	}
	assert_true(parser_next(f->p, &f->r));
	assert_raw(&f->r, s, len);
	return &f->r;
}

/* The same in all forms, of which the last stays in f->r. */
static struct record *
expect(struct fixture *f, const char *s, size_t len, enum record_kind kind,
    unsigned flags, const char *op)
{
	for (enum form form = BARE; form < FORMS; form++) {
		const struct record *r = read_as(f, form, s, len);

		if (r->kind != kind || r->flags != flags)
			print_error("form %d: %.100s\n", (int)form, s);
		assert_int_equal(r->kind, kind);
		assert_int_equal(r->flags, flags);
		assert_string_equal(r->op.text, op);
		assert_false(parser_next(f->p, &f->r));
	}
	return &f->r;
}

#define EXPECT(f, s, kind, flags, op) \
	expect((f), (s), sizeof(s) - 1, (kind), (flags), (op))

/* ---- how the message comes --------------------------------------------- */

static void
test_null_message(void **state)
{
	struct fixture *f = *state;
	struct record *r;

	journal(f, "null");
	r = next(f, RECORD_BAD, RECORD_WITHHELD);
	/* No text: the whole entry stands for it. */
	assert_raw(r, f->text.data, f->text.len);
	assert_int_equal(r->time_ns, T0 + 40000);
}

static void
test_bytes_message(void **state)
{
	/* Not UTF-8, ESC, DEL, C1, another control; and NUL. */
	static const char *const odd[] = { "[1,256]", "[1,-1]", "[1,2.5]",
		"[1e1]", "[256]", "[99999999999999999999]" };
	static const char *const texts[] = { "\xff\xfe", "\x1b[31m", "\x7f",
		"\xc2\x9b", "a\x01" };
	struct fixture *f = *state;
	_cleanup_buf_ struct buf s = BUF_INIT;

	EXPECT(f, "\0", RECORD_TEXT, 0, "");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		expect(f, texts[i], strlen(texts[i]), RECORD_TEXT, 0, "");
		/* Within JSON only DEL and C1 are allowed as they stand. */
		buf_reset(&s);
		buf_printf(&s, "{\"op_id\":\"op-1\",\"a\":\"%s\"}", texts[i]);
		expect(f, s.data, s.len,
		    i == 2 || i == 3 ? RECORD_OTHER : RECORD_BAD, 0, "op-1");
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		journal(f, odd[i]);
		assert_raw(next(f, RECORD_BAD, 0), odd[i], strlen(odd[i]));
	}
	/* Tabs, newlines and emoji come as a string. */
	journal(f, "\"a\\tb\\nc\xf0\x9f\x98\x80\"");
	assert_raw(next(f, RECORD_TEXT, 0), "a\tb\nc\xf0\x9f\x98\x80", 9);
}

static void
test_repeated_message(void **state)
{
	static const char *const want[] = { "one", "two", "bad",
		"{\"msg\":1}" };
	struct fixture *f = *state;

	journal(f,
	    "[ \"one\", \"two\", [ 98, 97, 100 ], \"{\\\"msg\\\":1}\" ]");
	for (unsigned i = 0; i < 4; i++) {
		struct record *r = next(f, i < 3 ? RECORD_TEXT : RECORD_OTHER,
		    0);

		assert_raw(r, want[i], strlen(want[i]));
		assert_int_equal(r->pos.sub, i);
		assert_int_equal(r->pos.more, i < 3);
		assert_int_equal(r->real_ns, T0 + 40000);
	}
	assert_false(parser_next(f->p, &f->r));
}

static void
test_no_message(void **state)
{
	struct fixture *f = *state;

	feed(f, "{" STAMPS "}");
	assert_raw(next(f, RECORD_TEXT, RECORD_NO_TEXT), "", 0);
	assert_int_equal(f->r.time_ns, T0 + 40000);
	journal(f, "\"\"");
	assert_raw(next(f, RECORD_TEXT, 0), "", 0);
}

static void
test_key_order(void **state)
{
	static const char *const entries[] = {
		"{\"MESSAGE\":\"{\\\"msg\\\":\\\"x\\\"}\",\"_PID\":\"7\","
		"\"_SYSTEMD_UNIT\":\"bangerd.service\",\"X\":\"msg\","
		"\"__REALTIME_TIMESTAMP\":\"1777241584000000\"}",
		"{\"X\":\"msg\",\"__REALTIME_TIMESTAMP\":\"1777241584000000\","
		"\"_SYSTEMD_UNIT\":\"bangerd.service\",\"_PID\":\"7\","
		"\"MESSAGE\":\"{\\\"msg\\\":\\\"x\\\"}\"}",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		feed(f, entries[i]);
		next(f, RECORD_OTHER, 0);
		assert_string_equal(f->r.ev.msg, "x");
		assert_string_equal(f->r.unit, "bangerd.service");
		assert_int_equal(f->r.pid, 7);
		assert_int_equal(f->r.real_ns, T0);
	}
}

/* ---- how lines end ------------------------------------------------------ */

/* As `journalctl -o json` has a piece; how may be NULL. */
static void
piece(struct fixture *f, const char *stream, const char *how, const char *s,
    size_t len)
{
	_cleanup_buf_ struct buf m = BUF_INIT;

	put_message(&m, s, len);
	buf_reset(&f->text);
	buf_printf(&f->text,
	    "{\"_STREAM_ID\":\"%s\",%s%s%s\"MESSAGE\":%s,"
	    "\"_TRANSPORT\":\"stdout\",\"_PID\":\"100\","
	    "\"_SYSTEMD_UNIT\":\"bangerd.service\"}",
	    stream, how != NULL ? "\"_LINE_BREAK\":\"" : "",
	    how != NULL ? how : "", how != NULL ? "\"," : "", m.data);
	parser_feed(f->p, f->text.data, f->text.len, true);
}

static void
test_split_line(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_puts(&line,
	    "{\"msg\":\"operation stage\",\"op_id\":\"op-1\","
	    "\"stage\":\"s\",\"x\":\"");
	while (line.len < 130000)
		buf_puts(&line, "größe ");
	buf_puts(&line, "\"}");
	/* A split may be in the middle of a character. */
	piece(f, "a", "line-max", line.data, 49152);
	piece(f, "b", NULL, "between", 7);
	assert_raw(next(f, RECORD_TEXT, 0), "between", 7);
	piece(f, "a", "line-max", line.data + 49152, 49152);
	assert_false(parser_next(f->p, &f->r));
	piece(f, "a", NULL, line.data + 98304, line.len - 98304);
	assert_raw(next(f, RECORD_EVENT, RECORD_JOINED), line.data, line.len);
	assert_string_equal(f->r.op.text, "op-1");
	assert_false(parser_next(f->p, &f->r));
}

static void
test_nul_in_line(void **state)
{
	struct fixture *f = *state;

	piece(f, "a", "nul", "{\"op_id\":\"op-1\",\"x\":\"a", 22);
	assert_false(parser_next(f->p, &f->r));
	piece(f, "a", NULL, "b\"}", 3);
	assert_raw(next(f, RECORD_BAD, RECORD_JOINED),
	    "{\"op_id\":\"op-1\",\"x\":\"a\0b\"}", 26);
	assert_string_equal(f->r.op.text, "op-1");
	piece(f, "a", "nul", "text", 4);
	piece(f, "a", "nul", "", 0);
	piece(f, "a", NULL, "end", 3);
	assert_raw(next(f, RECORD_BAD, RECORD_JOINED), "text\0\0end", 9);
}

static void
test_end_of_stream(void **state)
{
	static const char *const how[] = { "eof", "pid-change" };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		piece(f, "a", how[i], "{\"op_id\":\"op-1\",\"x", 18);
		next(f, RECORD_TORN, 0);
		assert_string_equal(f->r.op.text, "op-1");
		piece(f, "a", how[i], "{\"msg\":\"x\"}", 11);
		next(f, RECORD_OTHER, 0);
		piece(f, "a", how[i], "Killed", 6);
		next(f, RECORD_TEXT, 0);
		piece(f, "a", "line-max", "{\"op_id\":", 9);
		piece(f, "a", how[i], "\"op-2\",", 7);
		assert_raw(next(f, RECORD_TORN, RECORD_JOINED),
		    "{\"op_id\":\"op-2\",", 16);
	}
}

static void
test_blanks(void **state)
{
	struct fixture *f = *state;

	EXPECT(f, " \t {\"op_id\":\"op-1\"}", RECORD_OTHER, 0, "op-1");
	EXPECT(f, "{\"op_id\":\"op-1\"} \t", RECORD_OTHER, 0, "op-1");
	EXPECT(f, "\tat main.go:1", RECORD_TEXT, 0, "");
}

static void
test_plain_text(void **state)
{
	static const char *const lines[] = {
		"panic: runtime error: index out of range [3] with length 3",
		"goroutine 1 [running]:",
		"fatal error: all goroutines are asleep - deadlock!",
		"op_id=op-1",
		"\"op_id\":\"op-1\"}",
		"[{\"op_id\":\"op-1\"}]",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const struct record *r = expect(f, lines[i], strlen(lines[i]),
		    RECORD_TEXT, 0, "");

		assert_int_equal(r->priority, 3);
		assert_int_equal(r->time_from, RECORD_TIME_JOURNAL);
		assert_int_equal(r->time_ns, T0 + 40000);
	}
}

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
	const struct record *r = EXPECT(f, line, RECORD_EVENT, 0, "op-1");

	assert_int_equal(r->line.n, 10);
	assert_string_equal(line_find(&r->line, "!BADKEY")->text, "!BADKEY");
	assert_string_equal(line_find(&r->line, "b")->text, "!PANIC: boom");
	assert_string_equal(line_find(&r->line, "c")->text, "<nil>");
	assert_string_equal(line_find(&r->line, "f")->text, "1500000000");
	assert_string_equal(line_find(&r->line, "g")->text,
	    "\x01\xe2\x80\xa8\xef\xbf\xbd\b\f\x7f");
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

/* ---- who wrote it -------------------------------------------------------- */

#define FORGED                                                 \
	"\"MESSAGE\":\"{\\\"msg\\\":\\\"operation failed\\\"," \
	"\\\"op_id\\\":\\\"op-1\\\"}\",\"SYSLOG_IDENTIFIER\":\"bangerd\""

static void
test_forged(void **state)
{
	static const char *const entries[] = {
		/* systemd-cat -t bangerd, by a user */
		"{" FORGED ",\"_UID\":\"1000\",\"_TRANSPORT\":\"stdout\","
		"\"_SYSTEMD_UNIT\":\"session-1.scope\"}",
		"{" FORGED ",\"_UID\":\"1000\",\"_TRANSPORT\":\"journal\","
		"\"UNIT\":\"bangerd.service\",\"_PID\":\"77\"}",
		"{" FORGED ",\"_UID\":\"1000\",\"_TRANSPORT\":\"syslog\","
		"\"OBJECT_SYSTEMD_UNIT\":\"bangerd.service\"}",
		/* a guest's console, out of another unit */
		"{" FORGED ",\"_UID\":\"990\",\"_TRANSPORT\":\"stdout\","
		"\"_SYSTEMD_UNIT\":\"bangerd.service.evil\"}",
		"{" FORGED ",\"_SYSTEMD_UNIT\":\"\"}",
		"{" FORGED ",\"_TRANSPORT\":\"kernel\"}",
		"{" FORGED ",\"_SYSTEMD_UNIT\":[\"bangerd.service\",\"x\"]}",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		feed(f, entries[i]);
		next(f, RECORD_FOREIGN, RECORD_ELSEWHERE);
		assert_false(opid_is_set(&f->r.op));
		assert_int_equal(f->r.line.n, 0);
	}
	/* Its pieces push none of ours out, and are rows as they stand. */
	piece(f, "a", "line-max", "ours ", 5);
	for (int i = 0; i < 100; i++) {
		char entry[200];

		snprintf(entry, sizeof(entry),
		    "{\"MESSAGE\":\"x\",\"_STREAM_ID\":\"s%d\",\"_LINE_BREAK\""
		    ":\"line-max\",\"_SYSTEMD_UNIT\":\"evil.service\"}",
		    i);
		feed(f, entry);
		next(f, RECORD_FOREIGN, RECORD_ELSEWHERE);
	}
	piece(f, "a", NULL, "alone", 5);
	assert_raw(next(f, RECORD_TEXT, RECORD_JOINED), "ours alone", 10);
}

#define NOTICE                                                            \
	"\"_TRANSPORT\":\"driver\",\"_PID\":\"281\",\"N_DROPPED\":"       \
	"\"10034\",\"MESSAGE_ID\":\"a596d6fe7bfa4994828e72309e95d61e\","  \
	"\"_SYSTEMD_UNIT\":\"systemd-journald.service\","                 \
	"\"MESSAGE\":\"Suppressed 10034 messages from bangerd.service\"," \
	"\"OBJECT_SYSTEMD_UNIT\":\"bangerd.service\""

static void
test_suppressed(void **state)
{
	struct fixture *f = *state;

	feed(f, "{" NOTICE ",\"_UID\":\"0\"}");
	next(f, RECORD_TEXT, RECORD_NOTE | RECORD_SUPPRESSED);
	assert_int_equal(f->r.dropped, 10034);
	assert_string_equal(f->r.about, "bangerd.service");
	feed(f, "{" NOTICE ",\"_UID\":\"1000\"}");
	next(f, RECORD_FOREIGN, RECORD_ELSEWHERE);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_null_message),
		TEST(test_bytes_message),
		TEST(test_repeated_message),
		TEST(test_no_message),
		TEST(test_key_order),
		TEST(test_split_line),
		TEST(test_nul_in_line),
		TEST(test_end_of_stream),
		TEST(test_blanks),
		TEST(test_plain_text),
		TEST(test_slog_times),
		TEST(test_slog_year),
		TEST(test_levels),
		TEST(test_duplicate_keys),
		TEST(test_slog_mishaps),
		TEST(test_big_numbers),
		TEST(test_escaped_nul),
		TEST(test_not_json),
		TEST(test_depth),
		TEST(test_number_text),
		TEST(test_forged),
		TEST(test_suppressed),
		TEST(test_odd_op_id),
	};
	/* What nests must not eat the stack. */
	struct rlimit small = { 1024 * 1024, RLIM_INFINITY };

	setrlimit(RLIMIT_STACK, &small);
	return cmocka_run_group_tests_name("pathology", tests, NULL, NULL);
}
