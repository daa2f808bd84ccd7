/* SPDX-License-Identifier: ISC */
/*
 * A parser and the record that comes out of it, and ways to feed it: lines as
 * they stand, entries of `journalctl -o json` and of `-o export`.  Where the
 * case is in the text, expect() reads it in all three forms, which must give
 * one answer.
 */
#ifndef TESTS_UNIT_PARSING_H
#define TESTS_UNIT_PARSING_H

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
	/* Of tests that count where and when the next entry stands. */
	uint64_t offset;
	int64_t us; /* since the start */
	const char *boot;
	bool journal; /* positions are cursors */
};

static inline int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->p = parser_new();
	f->boot = "b0b0";
	record_init(&f->r);
	*state = f;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	parser_free(f->p);
	record_done(&f->r);
	buf_done(&f->text);
	free(f);
	return 0;
}

static inline struct record *
next(struct fixture *f, enum record_kind kind, unsigned flags)
{
	assert_true(parser_next(f->p, &f->r));
	assert_int_equal(f->r.kind, kind);
	assert_int_equal(f->r.flags, flags);
	return &f->r;
}

static inline void
assert_raw(const struct record *r, const char *want, size_t len)
{
	assert_int_equal(r->raw.len, len);
	assert_memory_equal(buf_str(&r->raw), want, len);
}

/* A line as it stands. */
static inline void
feed(struct fixture *f, const char *line)
{
	parser_feed(f->p, line, strlen(line), true);
}

/* An entry of journalctl's with that JSON as its MESSAGE. */
static inline void
journal(struct fixture *f, const char *message)
{
	buf_reset(&f->text);
	buf_printf(&f->text, "{\"MESSAGE\":%s," STAMPS "}", message);
	feed(f, f->text.data);
}

/* As journalctl: text that is printable is a string, else all is numbers. */
static inline void
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

static inline void
entry_field(struct entry *e, const char *key, const char *value)
{
	entry_add(e, key, strlen(key), value, strlen(value), false);
}

/* Reads a message in that form; its bytes must have been kept. */
static inline struct record *
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
static inline struct record *
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
