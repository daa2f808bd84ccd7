/* SPDX-License-Identifier: ISC */
#include "parsing.h"

#include "trace/join.h"

#define T0_US (T0 / NSEC_PER_USEC)
#define LINE_MAX_PIECE 49152

static void
field(struct fixture *f, const char *key, const char *value)
{
	if (value != NULL)
		entry_add(parser_entry(f->p), key, strlen(key), value,
		    strlen(value), false);
}

/* An entry of that stream, 1 ms and 100 bytes behind the one before it. */
static void
piece(struct fixture *f, const char *stream, const char *how, const char *text,
    size_t len)
{
	struct record_pos pos = { .offset = f->offset,
		.lines = f->offset / 100 + 1,
		.safe_offset = f->offset,
		.safe_lines = f->offset / 100 };
	char stamp[32], cursor[32];

	snprintf(cursor, sizeof(cursor), "s=c;i=%d", (int)f->offset);
	if (f->journal)
		pos.safe_cursor = cursor;
	parser_at(f->p, &pos);
	entry_reset(parser_entry(f->p));
	snprintf(stamp, sizeof(stamp), "%lld", (long long)(T0_US + f->us));
	field(f, "__REALTIME_TIMESTAMP", stamp);
	snprintf(stamp, sizeof(stamp), "%lld", (long long)f->us + 1);
	field(f, "__MONOTONIC_TIMESTAMP", stamp);
	field(f, "_BOOT_ID", f->boot);
	field(f, "_TRANSPORT", "stdout");
	field(f, "_SYSTEMD_UNIT", "bangerd.service");
	field(f, "_PID", "100");
	field(f, "_STREAM_ID", stream);
	field(f, "_LINE_BREAK", how);
	entry_add(parser_entry(f->p), "MESSAGE", 7, text, len, false);
	parser_feed_entry(f->p, true);
	f->offset += 100;
	f->us += 1000;
}

static void
text(struct fixture *f, const char *stream, const char *how, const char *s)
{
	piece(f, stream, how, s, strlen(s));
}

static void
nothing(struct fixture *f)
{
	assert_false(parser_next(f->p, &f->r));
}

/* The next record, and its text where raw is one. */
static struct record *
take(struct fixture *f, enum record_kind kind, unsigned flags, const char *raw)
{
	next(f, kind, flags);
	if (raw != NULL)
		assert_string_equal(buf_str(&f->r.raw), raw);
	return &f->r;
}

/* A slog line, so long that it comes in several pieces. */
static void
long_line(struct buf *out, size_t len)
{
	buf_puts(out,
	    "{\"time\":\"2026-04-26T22:13:04Z\",\"level\":\"INFO\","
	    "\"msg\":\"operation stage\",\"op_id\":\"op-1\",\"stage\":\"s\","
	    "\"x\":\"");
	while (out->len < len - 2)
		buf_putc(out, (char)('a' + out->len % 26));
	buf_puts(out, "\"}");
}

/* Two streams at once, each line in three pieces, and a whole one between. */
static void
test_interleaved(void **state)
{
	struct fixture *f = *state;
	struct buf line = BUF_INIT;
	struct record *r;

	long_line(&line, 130000);
	for (size_t at = 0; at < line.len; at += LINE_MAX_PIECE) {
		bool last = line.len - at < LINE_MAX_PIECE;
		size_t n = last ? line.len - at : LINE_MAX_PIECE;

		piece(f, "one", last ? NULL : "line-max", line.data + at, n);
		if (!last)
			nothing(f);
		else
			break;
		piece(f, "two", "line-max", line.data + at, n);
		nothing(f);
		text(f, "three", NULL, "{\"msg\":\"x\"}");
		take(f, RECORD_OTHER, 0, "{\"msg\":\"x\"}");
		/* What began first is not given yet. */
		assert_int_equal(f->r.pos.safe_offset, 0);
		assert_int_equal(f->r.pos.safe_lines, 0);
		nothing(f);
	}
	r = take(f, RECORD_EVENT, RECORD_JOINED, line.data);
	assert_string_equal(r->op.text, "op-1");
	assert_string_equal(event_str(&r->ev, FIELD_STAGE), "s");
	assert_int_equal(r->real_ns, T0);
	assert_int_equal(r->mono_ns, 1000);
	assert_int_equal(r->pid, 100);
	assert_string_equal(r->unit, "bangerd.service");
	assert_int_equal(r->pos.offset, 0);
	assert_int_equal(r->pos.lines, 1);
	/* The other stream's line began with the second entry. */
	assert_int_equal(r->pos.safe_offset, 100);
	assert_int_equal(r->pos.safe_lines, 1);
	nothing(f);
	piece(f, "two", NULL, line.data + (size_t)(2 * LINE_MAX_PIECE),
	    line.len - (size_t)(2 * LINE_MAX_PIECE));
	r = take(f, RECORD_EVENT, RECORD_JOINED, line.data);
	assert_int_equal(r->pos.offset, 100);
	assert_int_equal(r->pos.safe_offset, 700);
	nothing(f);
	buf_done(&line);
}

static void
test_cursor(void **state)
{
	struct fixture *f = *state;

	f->journal = true;
	text(f, "one", NULL, "a");
	assert_string_equal(take(f, RECORD_TEXT, 0, "a")->pos.safe_cursor,
	    "s=c;i=0");
	text(f, "one", "line-max", "b");
	nothing(f);
	text(f, "two", NULL, "c");
	assert_string_equal(take(f, RECORD_TEXT, 0, "c")->pos.safe_cursor,
	    "s=c;i=100");
	text(f, "one", NULL, "d");
	assert_string_equal(take(f, RECORD_TEXT, RECORD_JOINED, "bd")
				->pos.safe_cursor,
	    "s=c;i=300");
	assert_string_equal(f->r.unit, "bangerd.service");
	assert_string_equal(f->r.boot, "b0b0");
	text(f, "one", "line-max", "e");
	text(f, "two", "line-max", "f");
	parser_flush(f->p);
	/* Both could still become whole: reading on begins with the first. */
	for (int i = 0; i < 2; i++)
		assert_string_equal(take(f, RECORD_TORN, 0, NULL)
					->pos.safe_cursor,
		    "s=c;i=400");
	nothing(f);
	parser_flush(f->p);
	nothing(f);
}

static void
test_flush(void **state)
{
	struct fixture *f = *state;
	struct record *r;

	text(f, "one", "line-max", "{\"op_id\":\"op-1\",\"x\":\"");
	text(f, "two", NULL, "t");
	take(f, RECORD_TEXT, 0, "t");
	text(f, "two", "line-max", "plain ");
	text(f, "two", "line-max", "text");
	parser_flush(f->p);
	r = take(f, RECORD_TORN, 0, "{\"op_id\":\"op-1\",\"x\":\"");
	assert_string_equal(r->op.text, "op-1");
	assert_int_equal(r->pos.offset, 0);
	assert_int_equal(r->pos.safe_offset, 0);
	r = take(f, RECORD_TORN, RECORD_JOINED, "plain text");
	assert_int_equal(r->pos.offset, 200);
	assert_int_equal(r->pos.safe_offset, 0);
	nothing(f);
	/* And all is forgotten. */
	text(f, "one", NULL, "rest");
	assert_int_equal(take(f, RECORD_TEXT, 0, "rest")->pos.safe_offset, 400);
}

/* A multiple of LineMax: the end of the line is empty, and dropped. */
static void
test_no_last_piece(void **state)
{
	struct fixture *f = *state;
	struct buf line = BUF_INIT;

	for (size_t n = 1; n < 3; n++) {
		buf_reset(&line);
		long_line(&line, n * LINE_MAX_PIECE);
		piece(f, "one", "line-max", line.data, LINE_MAX_PIECE);
		if (n == 2) {
			nothing(f);
			piece(f, "one", "line-max", line.data + LINE_MAX_PIECE,
			    LINE_MAX_PIECE);
		}
		take(f, RECORD_EVENT, n == 1 ? 0 : RECORD_JOINED, line.data);
		nothing(f);
	}
	buf_done(&line);
	/* Text does not say that it is whole; what follows it does. */
	text(f, "one", "line-max", "panic: x");
	nothing(f);
	text(f, "one", NULL, "{\"msg\":\"operation started\"}");
	take(f, RECORD_TEXT, 0, "panic: x");
	assert_int_equal(f->r.pos.safe_offset, 400);
	take(f, RECORD_EVENT, 0, "{\"msg\":\"operation started\"}");
	nothing(f);
	/* The same of a NUL before the newline. */
	text(f, "one", "nul", "{\"op_id\":\"op-2\"}");
	nothing(f);
	text(f, "one", NULL, "{\"msg\":\"operation started\"}");
	take(f, RECORD_BAD, 0, "{\"op_id\":\"op-2\"}");
	assert_string_equal(f->r.op.text, "op-2");
	take(f, RECORD_EVENT, 0, NULL);
}

static void
test_longest(void **state)
{
	struct fixture *f = *state;
	struct buf part = BUF_INIT;

	while (part.len < LINE_MAX_PIECE)
		buf_putc(&part, 'x');
	text(f, "one", "line-max", "{\"op_id\":\"op-1\",\"x\":\"");
	for (int i = 0; i < 40; i++)
		piece(f, "one", "line-max", part.data, part.len);
	nothing(f);
	text(f, "one", NULL, "\"}");
	take(f, RECORD_BAD, RECORD_CUT | RECORD_JOINED, NULL);
	assert_int_equal(f->r.raw.len, JOIN_BYTES);
	assert_string_equal(f->r.op.text, "op-1");
	buf_done(&part);
}

static void
test_most(void **state)
{
	struct fixture *f = *state;
	char stream[16];

	for (int i = 0; i < JOIN_LINES; i++) {
		snprintf(stream, sizeof(stream), "s%d", i);
		text(f, stream, "line-max", stream);
		nothing(f);
	}
	text(f, "more", "line-max", "m");
	/* The second has become the first of those that are unfinished. */
	assert_int_equal(take(f, RECORD_TORN, 0, "s0")->pos.safe_offset, 100);
	nothing(f);
	text(f, "s1", NULL, "!");
	take(f, RECORD_TEXT, RECORD_JOINED, "s1!");
	text(f, "s0", NULL, "!");
	take(f, RECORD_TEXT, 0, "!");
}

static void
test_too_late(void **state)
{
	struct fixture *f = *state;

	text(f, "one", "line-max", "a");
	f->us += JOIN_AGE_NS / 1000 - 1000;
	text(f, "one", NULL, "b");
	take(f, RECORD_TEXT, RECORD_JOINED, "ab");
	text(f, "one", "line-max", "c");
	f->us += JOIN_AGE_NS / 1000;
	text(f, "two", NULL, "d");
	take(f, RECORD_TORN, 0, "c");
	assert_int_equal(f->r.pos.safe_offset, 300);
	take(f, RECORD_TEXT, 0, "d");
	assert_int_equal(f->r.pos.safe_offset, 300);
	/* Of another boot the wall clock tells. */
	text(f, "one", "line-max", "e");
	f->boot = "b1b1";
	text(f, "two", NULL, "f");
	take(f, RECORD_TEXT, 0, "f");
	f->us += JOIN_AGE_NS / 1000;
	text(f, "two", NULL, "g");
	take(f, RECORD_TORN, 0, "e");
	take(f, RECORD_TEXT, 0, "g");
	nothing(f);
}

static void
json(struct fixture *f, const char *entry)
{
	parser_feed(f->p, entry, strlen(entry), true);
}

/* A middle piece that journalctl withheld. */
static void
test_hole(void **state)
{
	struct fixture *f = *state;

	text(f, "one", "line-max", "a");
	json(f,
	    "{\"MESSAGE\":null,\"_STREAM_ID\":\"one\",\"_PID\":\"100\","
	    "\"_LINE_BREAK\":\"line-max\"}");
	take(f, RECORD_TORN, 0, "a");
	take(f, RECORD_BAD, RECORD_WITHHELD, NULL);
	nothing(f);
	/* Another process on the same stream; and no stream at all. */
	text(f, "one", "line-max", "a");
	json(f, "{\"MESSAGE\":\"b\",\"_STREAM_ID\":\"one\",\"_PID\":\"101\"}");
	take(f, RECORD_TEXT, 0, "b");
	text(f, NULL, "line-max", "c");
	take(f, RECORD_TEXT, 0, "c");
	text(f, "one", NULL, "d");
	take(f, RECORD_TEXT, RECORD_JOINED, "ad");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_interleaved),
		TEST(test_cursor),
		TEST(test_flush),
		TEST(test_no_last_piece),
		TEST(test_longest),
		TEST(test_most),
		TEST(test_too_late),
		TEST(test_hole),
	};

	return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
