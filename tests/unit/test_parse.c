/* SPDX-License-Identifier: ISC */
#include "parsing.h"

/* Feeds a line and takes its first record. */
static struct record *
first(struct fixture *f, const char *line, bool complete)
{
	parser_feed(f->p, line, strlen(line), complete);
	assert_true(parser_next(f->p, &f->r));
	return &f->r;
}

static void
test_bare_event(void **state)
{
	static const char line[] =
	    "{\"time\":\"2026-04-26T22:13:04.0002Z\",\"level\":\"INFO\","
	    "\"msg\":\"operation stage\",\"run\":\"d0d0d0d0\",\"seq\":3,"
	    "\"operation\":\"vm.start\",\"op_id\":\"op-7f00000000000001\","
	    "\"vm_name\":\"web-1\",\"stage\":\"validate\","
	    "\"since_start_ms\":0.2,\"tap\":\"bgr1\"}";
	struct record *r = first(*state, line, true);

	assert_int_equal(r->kind, RECORD_EVENT);
	assert_int_equal(r->ev.kind, EVENT_OP_STAGE);
	assert_string_equal(r->op.text, "op-7f00000000000001");
	assert_int_equal(r->time_ns, T0 + 200000);
	assert_int_equal(r->time_from, RECORD_TIME_OWN);
	assert_string_equal(event_str(&r->ev, FIELD_STAGE), "validate");
	assert_int_equal(event_num(&r->ev, FIELD_SINCE_START, -1), 200000);
	assert_string_equal(record_run(r), "d0d0d0d0");
	assert_string_equal(record_emitter(r), "bangerd");
	assert_string_equal(line_find(&r->line, "tap")->text, "bgr1");
	assert_int_equal(r->flags, 0);
	assert_raw(r, line, strlen(line));
	assert_false(parser_next(((struct fixture *)*state)->p, r));
}

static void
test_other_text_and_blank(void **state)
{
	struct fixture *f = *state;
	struct record *r = first(f, "{\"msg\":\"hello\",\"op_id\":\"op-1\"}",
	    true);

	assert_int_equal(r->kind, RECORD_OTHER);
	assert_string_equal(r->op.text, "op-1");
	assert_int_equal(r->time_from, RECORD_TIME_NONE);
	/* A key with a NUL in it is another key. */
	r = first(f, "{\"msg\":\"hello\",\"op_id\\u0000x\":\"op-1\"}", true);
	assert_int_equal(r->kind, RECORD_OTHER);
	assert_false(opid_is_set(&r->op));
	r = first(f, "panic: oh no", true);
	assert_int_equal(r->kind, RECORD_TEXT);
	assert_false(opid_is_set(&r->op));
	assert_raw(r, "panic: oh no", 12);
	assert_int_equal(first(f, "[1,2]", true)->kind, RECORD_TEXT);
	assert_int_equal(first(f, "text end", false)->kind, RECORD_TEXT);
	parser_feed(f->p, " \t\r", 3, true);
	assert_false(parser_next(f->p, &f->r));
	parser_feed(f->p, "", 0, false);
	assert_false(parser_next(f->p, &f->r));
}

static void
test_bad_and_torn(void **state)
{
	struct fixture *f = *state;
	struct record *r;

	r = first(f,
	    "{\"time\":\"2026-04-26T22:13:05Z\",\"x\":\"\\ud800\","
	    "\"op_id\":\"op-abc\"}",
	    true);
	assert_int_equal(r->kind, RECORD_BAD);
	assert_string_equal(r->op.text, "op-abc");
	assert_int_equal(r->time_ns, T0 + NSEC_PER_SEC);
	/* slog's own year error: the time that follows is no value. */
	r = first(f,
	    "{\"time\":\"!ERROR:year\"\"10000-01-01T00:00:00Z\","
	    "\"op_id\":\"op-y\"}",
	    true);
	assert_int_equal(r->kind, RECORD_BAD);
	assert_string_equal(r->op.text, "op-y");
	assert_int_equal(r->time_from, RECORD_TIME_NONE);
	r = first(f, "{\"msg\":\"operation completed\",\"op_id\":\"op-t",
	    false);
	assert_int_equal(r->kind, RECORD_TORN);
	assert_false(opid_is_set(&r->op));
	r = first(f, "{\"msg\":\"whole\",\"op_id\":\"op-w\"}", false);
	assert_int_equal(r->kind, RECORD_OTHER);
}

static void
test_hostile_values(void **state)
{
	struct fixture *f = *state;
	struct buf line = BUF_INIT;
	struct record *r;
	char first_id[OPID_TEXT_MAX + 1];

	buf_puts(&line, "{\"msg\":\"operation started\",\"op_id\":\"op-");
	for (int i = 0; i < 4096; i++)
		buf_putc(&line, 'z');
	buf_puts(&line, "\"}");
	r = first(f, line.data, true);
	assert_int_equal(r->kind, RECORD_EVENT);
	assert_int_equal(r->flags, RECORD_ODD_OP);
	assert_int_equal(strlen(r->op.text), 20);
	assert_memory_equal(r->op.text, "op-x", 4);
	strcpy(first_id, r->op.text);
	r = first(f, line.data, true);
	assert_string_equal(r->op.text, first_id);
	buf_done(&line);

	r = first(f,
	    "{\"msg\":\"operation stage\",\"op_id\":\"op-a\",\"op_id\":"
	    "\"op-b\",\"n\":1e400,\"m\":18446744073709551616,\"z\":"
	    "\"\\u0000\"}",
	    true);
	assert_int_equal(r->kind, RECORD_EVENT);
	assert_int_equal(r->flags, RECORD_DUP_KEY | RECORD_TWO_OPS);
	assert_string_equal(r->op.text, "op-a");
	assert_int_equal(line_find(&r->line, "z")->text_len, 1);
	r = first(f, "\xef\xbb\xbf {\"msg\":\"x\"}", true);
	assert_int_equal(r->kind, RECORD_OTHER);
	assert_int_equal(first(f, "{\"a\":\"\x1b\"}", true)->kind, RECORD_BAD);
	assert_int_equal(first(f, "{\"a\":1} x", true)->kind, RECORD_BAD);
}

static void
test_journal_string(void **state)
{
	struct record *r = first(*state,
	    "{" STAMPS ",\"MESSAGE\":\"{\\\"time\\\":"
	    "\\\"2026-04-26T22:13:04Z\\\",\\\"msg\\\":\\\"daemon started\\\"}"
	    "\"}",
	    true);

	assert_int_equal(r->kind, RECORD_EVENT);
	assert_int_equal(r->ev.kind, EVENT_DAEMON_STARTED);
	assert_int_equal(r->time_ns, T0);
	assert_int_equal(r->real_ns, T0 + 40000);
	assert_int_equal(r->mono_ns, 5000000000LL);
	assert_int_equal(r->pid, 100);
	assert_int_equal(r->priority, 3);
	assert_string_equal(r->unit, "bangerd.service");
	assert_string_equal(r->boot, "b0b0");
	assert_string_equal(record_emitter(r), "bangerd.service");
	assert_int_equal(r->raw.data[0], '{');
	assert_int_equal(r->raw.len, 54);
}

static void
test_journal_forms(void **state)
{
	struct fixture *f = *state;
	struct record *r;

	r = first(f, "{" STAMPS ",\"MESSAGE\":[104,105,27,0,255]}", true);
	assert_int_equal(r->kind, RECORD_TEXT);
	assert_int_equal(r->time_from, RECORD_TIME_JOURNAL);
	assert_raw(r, "hi\x1b\0\xff", 5);

	r = first(f,
	    "{\"MESSAGE\":[\"one\", [116,119,111], null, 7]," STAMPS "}", true);
	assert_raw(r, "one", 3);
	assert_int_equal(r->pos.sub, 0);
	assert_true(parser_next(f->p, r));
	assert_raw(r, "two", 3);
	assert_int_equal(r->pos.sub, 1);
	assert_true(parser_next(f->p, r));
	assert_int_equal(r->kind, RECORD_BAD);
	assert_int_equal(r->flags, RECORD_WITHHELD);
	assert_true(parser_next(f->p, r));
	assert_int_equal(r->kind, RECORD_BAD);
	assert_raw(r, "7", 1);
	assert_false(parser_next(f->p, r));

	r = first(f, "{\"MESSAGE\":null," STAMPS "}", true);
	assert_int_equal(r->kind, RECORD_BAD);
	assert_int_equal(r->flags, RECORD_WITHHELD);
	r = first(f, "{" STAMPS "}", true);
	assert_int_equal(r->kind, RECORD_NOMSG);
	assert_int_equal(r->flags, 0);
	r = first(f, "{" STAMPS ",\"MESSAGE\":\"\"}", true);
	assert_int_equal(r->kind, RECORD_TEXT);
	r = first(f, "{" STAMPS ",\"MESSAGE\":[1,256]}", true);
	assert_int_equal(r->kind, RECORD_BAD);
	assert_raw(r, "[1,256]", 7);
	r = first(f, "{" STAMPS ",\"MESSAGE\":[]}", true);
	assert_int_equal(r->raw.len, 0);
	r = first(f,
	    "{" STAMPS ",\"_LINE_BREAK\":\"eof\",\"MESSAGE\":\"{\\\"a\"}",
	    true);
	assert_int_equal(r->kind, RECORD_TORN);
	/* A slog line may have such an attribute; it is no journal entry. */
	r = first(f, "{\"msg\":\"x\",\"MESSAGE\":\"y\"}", true);
	assert_int_equal(r->kind, RECORD_OTHER);
	assert_string_equal(r->ev.msg, "x");
}

static void
test_copy_and_move(void **state)
{
	struct fixture *f = *state;
	struct record *r = first(f,
	    "{" STAMPS ",\"MESSAGE\":\"{\\\"msg\\\":\\\"operation stage\\\","
	    "\\\"op_id\\\":\\\"op-1\\\",\\\"stage\\\":\\\"s\\\"}\"}",
	    true);
	struct record copy, moved;

	record_init(&copy);
	record_init(&moved);
	/* What the source put there is no part of the text. */
	r->time_ns = T0;
	r->time_from = RECORD_TIME_CARRIED;
	r->pos.lines = 7;
	record_copy(&copy, r);
	record_reset(r);
	assert_string_equal(event_str(&copy.ev, FIELD_STAGE), "s");
	assert_string_equal(copy.unit, "bangerd.service");
	assert_string_equal(copy.op.text, "op-1");
	assert_int_equal(copy.time_ns, T0);
	assert_int_equal(copy.time_from, RECORD_TIME_CARRIED);
	assert_int_equal(copy.pos.lines, 7);
	record_move(&moved, &copy);
	assert_string_equal(event_str(&moved.ev, FIELD_STAGE), "s");
	assert_int_equal(copy.raw.len, 0);
	record_done(&copy);
	record_done(&moved);
}

/* What a record keeps stays what it was while more is kept. */
static void
test_kept(void **state)
{
	_cleanup_record_ struct record r;
	char cursor[1000];

	(void)state;
	memset(cursor, 'c', sizeof(cursor) - 1);
	cursor[sizeof(cursor) - 1] = '\0';
	record_init(&r);
	record_set_origin(&r, "bangerd.service", "0123456789abcdef");
	record_set_about(&r, "banger-helper.service");
	record_set_cursor(&r, cursor);
	assert_string_equal(r.unit, "bangerd.service");
	assert_string_equal(r.boot, "0123456789abcdef");
	assert_string_equal(r.about, "banger-helper.service");
	assert_string_equal(r.pos.safe_cursor, cursor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		TEST(test_bare_event),
		TEST(test_other_text_and_blank),
		TEST(test_bad_and_torn),
		TEST(test_hostile_values),
		TEST(test_journal_string),
		TEST(test_journal_forms),
		TEST(test_copy_and_move),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
