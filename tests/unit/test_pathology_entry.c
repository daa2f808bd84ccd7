/* SPDX-License-Identifier: ISC */
/*
 * What a journal can hold that is not an ordinary line, one test a case: how
 * a message comes, how lines end, and who wrote them.
 */
#include "parsing.h"

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
	assert_raw(next(f, RECORD_NOMSG, 0), "", 0);
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

/*
 * An entry of that unit with these fields more, separated by blanks; a newline
 * stands for a blank within one.
 */
static void
feed_fields(struct fixture *f, const char *unit, const char *fields)
{
	struct entry *e = parser_entry(f->p);
	char text[200], *rest = text, *field, *value, *blank;

	snprintf(text, sizeof(text), "_SYSTEMD_UNIT=%s.service %s", unit,
	    fields);
	entry_reset(e);
	entry_field(e, "MESSAGE", "{\"op_id\":\"op-1\"}");
	while ((field = strsep(&rest, " ")) != NULL) {
		if (*field == '\0')
			continue;
		value = strchr(field, '=');
		*value++ = '\0';
		blank = strchr(value, '\n');
		if (blank != NULL)
			*blank = ' ';
		entry_field(e, field, value);
	}
	parser_feed_entry(f->p, true);
}

/* Fields that only journald sets: all that are given must agree. */
static void
test_policy(void **state)
{
	enum says { OURS, FOREIGN, NOTE };
	static const struct {
		const char *unit, *fields;
		enum says says, named; /* by the usual units; by --unit */
	} rows[] = {
		{ "bangerd", "", OURS, OURS },
		{ "bangerd", "_TRANSPORT=stdout", OURS, OURS },
		{ "bangerd", "_TRANSPORT=journal", OURS, OURS },
		{ "bangerd", "_TRANSPORT=syslog", FOREIGN, FOREIGN },
		{ "bangerd", "_TRANSPORT=kernel", FOREIGN, FOREIGN },
		{ "bangerd", "_TRANSPORT=audit", FOREIGN, FOREIGN },
		{ "bangerd", "_TRANSPORT=", FOREIGN, FOREIGN },
		{ "bangerd", "_TRANSPORT=stdout _TRANSPORT=stdout", FOREIGN,
		    FOREIGN },
		{ "bangerd", "_UID=0", OURS, OURS },
		{ "bangerd", "_UID=990", OURS, OURS },
		{ "banger-helper", "_UID=0", OURS, OURS },
		{ "banger-helper", "_UID=990", FOREIGN, OURS },
		{ "banger-helper", "_UID=00", FOREIGN, OURS },
		{ "banger-helper", "_UID=0 _UID=0", FOREIGN, OURS },
		{ "bangerd-root", "_UID=0", OURS, OURS },
		{ "bangerd-root", "_UID=1", FOREIGN, OURS },
		{ "bangerd", "_EXE=/usr/bin/bangerd", OURS, OURS },
		{ "bangerd", "_EXE=/opt/b/bangerd", OURS, OURS },
		/* Upgraded while it ran. */
		{ "bangerd", "_EXE=/usr/bin/bangerd\n(deleted)", OURS, OURS },
		{ "bangerd", "_EXE=/usr/bin/banger-helper", FOREIGN, OURS },
		{ "bangerd", "_EXE=/usr/bin/qemu-system-x86_64", FOREIGN,
		    OURS },
		{ "bangerd", "_EXE=/usr/bin/bangerd2", FOREIGN, OURS },
		{ "bangerd", "_EXE=/usr/bin/xbangerd", FOREIGN, OURS },
		{ "bangerd", "_EXE=/usr/bin/bangerd/sh", FOREIGN, OURS },
		{ "bangerd", "_EXE=/usr/bin/bangerd\n(deleted)x", FOREIGN,
		    OURS },
		{ "bangerd", "_EXE=/bangerd _EXE=/bangerd", FOREIGN, OURS },
		/* No path: it tells nothing. */
		{ "bangerd", "_EXE=bash", OURS, OURS },
		{ "banger-helper", "_UID=0 _EXE=/x/banger-helper", OURS, OURS },
		{ "banger-helper", "_UID=0 _EXE=/x/bangerd", FOREIGN, OURS },
		{ "bangerd-root", "_UID=0 _EXE=/x/anything", OURS, OURS },
		/* systemd, from within the unit, before the program runs. */
		{ "bangerd",
		    "_TRANSPORT=journal _EXE=/usr/lib/systemd/systemd "
		    "UNIT=bangerd.service",
		    NOTE, OURS },
		{ "bangerd",
		    "_TRANSPORT=journal _EXE=/lib/systemd/systemd-executor "
		    "UNIT=bangerd.service",
		    NOTE, OURS },
		{ "bangerd", "_EXE=/usr/lib/systemd/systemd UNIT=x.service",
		    FOREIGN, OURS },
		{ "bangerd",
		    "_EXE=/tmp/lib/systemd/systemd "
		    "UNIT=bangerd.service",
		    FOREIGN, OURS },
		{ "session-1",
		    "_EXE=/usr/lib/systemd/systemd "
		    "UNIT=bangerd.service",
		    FOREIGN, FOREIGN },
		{ "other", "_UID=7 _EXE=/usr/bin/other", FOREIGN, OURS },
		{ "other", "_TRANSPORT=syslog", FOREIGN, FOREIGN },
	};
	static const char *const units[] = { "other.service", "bangerd.service",
		"banger-helper.service", "bangerd-root.service", NULL };
	static const struct {
		enum record_kind kind;
		unsigned flags;
	} want[] = { { RECORD_OTHER, 0 }, { RECORD_FOREIGN, RECORD_ELSEWHERE },
		{ RECORD_TEXT, RECORD_NOTE } };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		size_t row = i / 2;
		enum says says = i % 2 ? rows[row].named : rows[row].says;

		parser_units(f->p, i % 2 ? units : NULL);
		feed_fields(f, rows[row].unit, rows[row].fields);
		assert_true(parser_next(f->p, &f->r));
		if (f->r.kind != want[says].kind ||
		    f->r.flags != want[says].flags)
			fail_msg("%s %s, units %d: %d %x", rows[row].unit,
			    rows[row].fields, (int)(i % 2), (int)f->r.kind,
			    f->r.flags);
		assert_int_equal(opid_is_set(&f->r.op), says == OURS);
		assert_string_equal(f->r.about,
		    says == NOTE ? "bangerd.service" : "");
	}
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
		TEST(test_forged),
		TEST(test_policy),
		TEST(test_suppressed),
	};

	return cmocka_run_group_tests_name("pathology_entry", tests, NULL,
	    NULL);
}
