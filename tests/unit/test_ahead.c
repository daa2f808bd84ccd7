/* SPDX-License-Identifier: ISC */
/* Reading ahead on a thread changes nothing of what comes, nor its order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "trace/parse.h"
#include "trace/source.h"

/* Counts up to `n`, and says that something is lost before each `lost`-th. */
struct counting {
	struct source head;
	unsigned n, lost, at;
	bool told;
	bool *closed;
};

static enum source_status
counting__next(struct source *s, struct record *r, struct error *err)
{
	struct counting *c = (struct counting *)s;

	if (c->lost != 0 && c->at % c->lost == c->lost - 1 && !c->told) {
		c->told = true;
		error_set(err, -1, "before %u", c->at);
		return SOURCE_LOST;
	}
	if (c->at == c->n)
		return SOURCE_END;
	c->told = false;
	record_reset(r);
	buf_printf(&r->raw, "line %u", c->at++);
	r->pos.lines = c->at;
	return SOURCE_MORE;
}

static void
counting__stats(const struct source *s, struct source_stats *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->lines = ((const struct counting *)s)->at;
}

static const char *
counting__name(const struct source *s, unsigned source)
{
	(void)s;
	return source == 0 ? "counting" : NULL;
}

static void
counting__close(struct source *s)
{
	*((struct counting *)s)->closed = true;
	free(s);
}

static const struct source_ops counting_ops = {
	.next = counting__next,
	.stats = counting__stats,
	.name = counting__name,
	.close = counting__close,
};

static struct source *
counting(unsigned n, unsigned lost, bool *closed)
{
	struct counting *c = xcalloc(1, sizeof(*c));

	c->head.ops = &counting_ops;
	c->n = n;
	c->lost = lost;
	c->closed = closed;
	*closed = false;
	return source_ahead(&c->head, SOURCE_AHEAD_FILES);
}

/* Reads all; returns how many were told lost. */
static unsigned
expect_count(unsigned n, unsigned lost)
{
	_cleanup_record_ struct record r;
	struct error err = ERROR_INIT;
	struct source_stats st;
	enum source_status is;
	unsigned at = 0, told = 0;
	bool closed;
	struct source *s = counting(n, lost, &closed);
	char text[32];

	record_init(&r);
	while ((is = source_next(s, &r, &err)) != SOURCE_END) {
		if (is == SOURCE_LOST) {
			snprintf(text, sizeof(text), "before %u", at);
			assert_string_equal(err.text, text);
			told++;
		} else if (is == SOURCE_MORE) {
			snprintf(text, sizeof(text), "line %u", at++);
			assert_string_equal(buf_str(&r.raw), text);
			assert_int_equal(r.pos.lines, at);
		}
	}
	assert_int_equal(at, n);
	assert_int_equal(source_next(s, &r, &err), SOURCE_END);
	source_stats(s, &st);
	assert_int_equal(st.lines, n);
	assert_string_equal(source_name(s, 0), "counting");
	source_free(s);
	assert_true(closed);
	return told;
}

static void
test_order(void **state)
{
	(void)state;
	/* None, one batch and around it, all batches, and many times round. */
	expect_count(0, 0);
	expect_count(1, 0);
	expect_count(255, 0);
	expect_count(256, 0);
	expect_count(257, 0);
	expect_count(1024, 0);
	expect_count(100000, 0);
}

static void
test_lost(void **state)
{
	(void)state;
	assert_int_equal(expect_count(1000, 1), 1001);
	assert_int_equal(expect_count(5000, 256), 19);
	assert_int_equal(expect_count(5000, 7), 714);
}

/* It may be closed at any time, with the thread in the midst of its work. */
static void
test_early_close(void **state)
{
	bool closed;

	(void)state;
	for (unsigned take = 0; take < 2000; take += 97) {
		_cleanup_record_ struct record r;
		struct source *s = counting(1000000, 0, &closed);
		unsigned left = take;

		record_init(&r);
		while (left > 0)
			left -= source_next(s, &r, NULL) == SOURCE_MORE;
		source_free(s);
		assert_true(closed);
	}
}

/*
 * A line with a time, one without, one of no time in an entry, a foreign one,
 * one of another program.  Those with a time have another form now and then.
 */
static void
put_line(FILE *out, int which, int i)
{
	if (which == 1) {
		fprintf(out, "no time %d\n", i);
		return;
	}
	fprintf(out, "{\"_SYSTEMD_UNIT\":\"%s.service\",\"_PID\":\"%d\",",
	    which == 3       ? "cron"
		: which == 4 ? "banger-helper"
			     : "bangerd",
	    which == 4 ? 9 : 7);
	if (which == 0 || which == 4)
		fputs("\"__REALTIME_TIMESTAMP\":\"1777241583000075\","
		      "\"_BOOT_ID\":\"7c1e0f6b52d94a3f8e60b1d2c3a4f596\",",
		    out);
	if (which == 2)
		fprintf(out, "\"MESSAGE\":\"text \\\"%d\\\"\"}\n", i);
	else
		fprintf(out,
		    "\"MESSAGE\":\"{\\\"time\\\":\\\"2026-04-26T22:13:0%d.5Z"
		    "\\\",\\\"level\\\":\\\"INFO\\\",\\\"msg\\\":\\\"daemon "
		    "started\\\",\\\"run\\\":\\\"12278575\\\",\\\"seq\\\":"
		    "%d,\\\"k%d\\\":1}\"}\n",
		    i % 10, i, i / 20);
}

/*
 * Of a file the messages are read on this side: what they say, and the time of
 * a line that has none, is the same as without a thread.
 */
static void
test_messages(void **state)
{
	char path[] = "/tmp/ahead.XXXXXX";
	FILE *out = fdopen(mkstemp(path), "w");
	_cleanup_(source_freep) struct source *plain = NULL, *ahead = NULL;
	_cleanup_record_ struct record a, b;
	unsigned carried = 0, own = 0;
	static long at[3000];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		at[i] = ftell(out);
		put_line(out, (i + i / 7) % 5, i);
	}
	assert_int_equal(fclose(out), 0);
	assert_int_equal(source_open_file(path, 0, NULL, &plain, NULL), 0);
	assert_int_equal(source_open_file(path, 0, NULL, &ahead, NULL), 0);
	ahead = source_ahead(ahead, SOURCE_AHEAD_FILES);
	record_init(&a);
	record_init(&b);
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(source_next(plain, &a, NULL), SOURCE_MORE);
		while (source_next(ahead, &b, NULL) == SOURCE_WAIT)
			continue;
		assert_string_equal(buf_str(&a.raw), buf_str(&b.raw));
		assert_int_equal(a.kind, b.kind);
		assert_int_equal(a.flags, b.flags);
		assert_int_equal(a.ev.kind, b.ev.kind);
		assert_int_equal(a.time_from, b.time_from);
		assert_int_equal(a.time_ns, b.time_ns);
		assert_int_equal(a.pos.offset, at[i]);
		assert_int_equal(a.pos.lines, i + 1);
		assert_int_equal(b.pos.offset, at[i]);
		assert_int_equal(b.pos.lines, i + 1);
		assert_int_equal(a.pos.safe_offset, b.pos.safe_offset);
		assert_int_equal(a.pos.safe_lines, b.pos.safe_lines);
		assert_int_equal(a.real_ns, b.real_ns);
		assert_int_equal(a.mono_ns, b.mono_ns);
		assert_string_equal(a.unit, b.unit);
		assert_string_equal(a.boot, b.boot);
		assert_int_equal(a.pid, b.pid);
		carried += a.time_from == RECORD_TIME_CARRIED;
		own += a.time_from == RECORD_TIME_OWN;
	}
	assert_int_equal(source_next(plain, &a, NULL), SOURCE_END);
	assert_int_equal(source_next(ahead, &b, NULL), SOURCE_END);
	assert_true(carried > 500 && own > 500);
	unlink(path);
}

/* ---- of a journal -------------------------------------------------------- */

/* Entries of which only some have a cursor of their own. */
struct entries {
	struct source head;
	struct parser *parser;
	unsigned n;
};

static const char *
cursor_of(unsigned n, char room[16])
{
	snprintf(room, 16, "c%u", n / 9);
	return n < 5 ? NULL : room;
}

static enum source_status
entries__next(struct source *s, struct record *r, struct error *err)
{
	static const char line[] =
	    "{\"_SYSTEMD_UNIT\":\"bangerd.service\",\"_PID\":\"7\",\"MESSAGE\":"
	    "\"{\\\"time\\\":\\\"2026-04-26T22:13:01Z\\\",\\\"level\\\":"
	    "\\\"INFO\\\",\\\"msg\\\":\\\"daemon started\\\",\\\"run\\\":"
	    "\\\"12278575\\\",\\\"seq\\\":1}\"}";
	struct entries *e = (struct entries *)s;
	struct record_pos at = { 0 };
	char room[16];

	(void)err;
	if (e->n == 1000)
		return SOURCE_END;
	at.safe_offset = e->n;
	at.safe_cursor = cursor_of(e->n++, room);
	parser_at(e->parser, &at);
	parser_feed(e->parser, line, sizeof(line) - 1, true);
	assert_true(parser_next(e->parser, r));
	return SOURCE_MORE;
}

static void
entries__unread(struct source *s, bool unread)
{
	parser_leave_unread(((struct entries *)s)->parser, unread);
}

static void
entries__close(struct source *s)
{
	parser_free(((struct entries *)s)->parser);
	free(s);
}

static const struct source_ops entries_ops = {
	.next = entries__next,
	.stats = counting__stats,
	.name = counting__name,
	.unread = entries__unread,
	.close = entries__close,
};

/* Each comes with the cursor that it was given. */
static void
test_cursors(void **state)
{
	struct entries *e = xcalloc(1, sizeof(*e));
	_cleanup_(source_freep) struct source *s = NULL;
	_cleanup_record_ struct record r;
	char room[16];

	(void)state;
	record_init(&r);
	e->head.ops = &entries_ops;
	e->parser = parser_new();
	s = source_ahead(&e->head, SOURCE_AHEAD_JOURNAL);
	for (unsigned n = 0; n < 1000; n++) {
		const char *due = cursor_of(n, room);

		while (source_next(s, &r, NULL) == SOURCE_WAIT)
			continue;
		assert_int_equal(r.kind, RECORD_EVENT);
		assert_int_equal(r.pos.safe_offset, n);
		assert_int_equal(r.pos.safe_cursor == NULL, due == NULL);
		if (due != NULL)
			assert_string_equal(r.pos.safe_cursor, due);
	}
	assert_int_equal(source_next(s, &r, NULL), SOURCE_END);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_cursors),
		cmocka_unit_test(test_early_close),
	};

	return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
