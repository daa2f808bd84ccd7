/* SPDX-License-Identifier: ISC */
/* Packed lines come back byte for byte, and say what they said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "trace/pack.h"
#include "trace/parse.h"
#include "trace/source.h"

#define MAX 4000

/* Lines in, and the same out of a pack that was stored and loaded. */
struct fixture {
	struct codebook *book;
	struct pack pack;
	struct record in[MAX];
	unsigned n;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->book = codebook_new();
	for (size_t i = 0; i < MAX; i++)
		record_init(&f->in[i]);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	codebook_free(f->book);
	pack_done(&f->pack);
	for (size_t i = 0; i < MAX; i++)
		record_done(&f->in[i]);
	free(f);
	return 0;
}

/* A book as a later process has it: from what was stored. */
static struct codebook *
again(const struct codebook *b)
{
	struct codebook *c = codebook_new();
	const char *text;
	size_t len;

	for (int k = 0; k < CODEBOOK_KINDS; k++)
		for (uint32_t i = 0;
		     i < codebook_count(b, (enum codebook_kind)k); i++) {
			text = codebook_text(b, (enum codebook_kind)k, i, &len);
			assert_true(codebook_restore(c, (enum codebook_kind)k,
			    text, len));
		}
	return c;
}

static void
assert_same(const struct record *a, const struct record *b)
{
	assert_int_equal(a->raw.len, b->raw.len);
	assert_memory_equal(a->raw.data, b->raw.data, a->raw.len);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->time_ns, b->time_ns);
	assert_int_equal(a->time_from, b->time_from);
	assert_int_equal(a->real_ns, b->real_ns);
	assert_int_equal(a->mono_ns, b->mono_ns);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->priority, b->priority);
	assert_int_equal(a->pos.offset, b->pos.offset);
	assert_string_equal(a->unit, b->unit);
	assert_string_equal(a->boot, b->boot);
	assert_string_equal(a->op.text, b->op.text);
	assert_true(a->ev.set == b->ev.set);
}

/* Loads what is packed, and compares; returns the pack, read to its end. */
static struct pack
unpack(struct fixture *f)
{
	_cleanup_(codebook_freep) struct codebook *book = again(f->book);
	_cleanup_record_ struct record r;
	struct pack p = PACK_INIT;
	int64_t input;

	record_init(&r);
	pack_load(&p, f->pack.bytes.data, f->pack.bytes.len);
	for (unsigned i = 0; i < f->n; i++) {
		assert_int_equal(pack_next(&p, book, &r, &input), 1);
		assert_same(&f->in[i], &r);
		assert_int_equal(input, 7);
	}
	assert_int_equal(pack_next(&p, book, &r, &input), 0);
	return p;
}

/* Packs the line where it may be; returns whether it was. */
static bool
put(struct fixture *f, const struct record *r)
{
	if (f->n == MAX || !pack_put(&f->pack, f->book, r, 7))
		return false;
	record_copy(&f->in[f->n++], r);
	return true;
}

static bool
put_text(struct fixture *f, const char *text)
{
	_cleanup_record_ struct record r;

	record_init(&r);
	buf_puts(&r.raw, text);
	parse_message(&r, true);
	return put(f, &r);
}

static void
test_recorded(void **state)
{
	static const char *const files[] = { "start.daemon", "start.helper",
		"journal", "two", "failed" };
	struct fixture *f = *state;
	_cleanup_record_ struct record r;
	struct pack p;
	char path[64];
	size_t bytes = 0;

	record_init(&r);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		_cleanup_(source_freep) struct source *src = NULL;

		snprintf(path, sizeof(path), "tests/data/%s.jsonl", files[i]);
		assert_int_equal(source_open_file(path, 0, NULL, &src, NULL),
		    0);
		while (source_next(src, &r, NULL) == SOURCE_MORE)
			if (put(f, &r))
				bytes += r.raw.len;
	}
	assert_true(f->n > 50);
	p = unpack(f);
	/* These are few; what more of them takes is measured in bench. */
	assert_true(4 * f->pack.bytes.len < bytes);
	pack_done(&p);
}

/* A line of ours in an entry of the journal, read by that parser. */
static void
put_entry(struct fixture *f, struct parser *p, const char *stage, unsigned seq)
{
	_cleanup_record_ struct record r;
	char text[600];

	record_init(&r);
	snprintf(text, sizeof(text),
	    "{\"__REALTIME_TIMESTAMP\":\"1777241584000040\","
	    "\"_SYSTEMD_UNIT\":\"bangerd.service\",\"_TRANSPORT\":\"stdout\","
	    "\"MESSAGE\":\"{\\\"time\\\":\\\"2026-04-26T22:13:%02uZ\\\","
	    "\\\"level\\\":\\\"INFO\\\",\\\"msg\\\":\\\"operation stage\\\","
	    "\\\"run\\\":\\\"aaaaaaaa\\\",\\\"seq\\\":%u,%s"
	    "\\\"op_id\\\":\\\"op-1\\\"}\"}",
	    seq % 60, seq, stage);
	parser_feed(p, text, strlen(text), true);
	assert_true(parser_next(p, &r));
	assert_int_not_equal(r.form_hint, 0);
	assert_true(put(f, &r));
}

/* The hints of two parsers, each of which counts its own, are told apart. */
static void
test_hints(void **state)
{
	struct fixture *f = *state;
	_cleanup_(parser_freep) struct parser *a = parser_new();
	_cleanup_(parser_freep) struct parser *b = parser_new();
	struct pack p;

	for (unsigned i = 0; i < 6; i += 2) {
		put_entry(f, a, "\\\"stage\\\":\\\"network\\\",", i);
		put_entry(f, b, "\\\"vm_id\\\":\\\"web-1\\\",", i + 1);
	}
	p = unpack(f);
	pack_done(&p);
}

/* What was loaded goes on as if it had never been stored. */
static void
test_goes_on(void **state)
{
	static const char line[] =
	    "{\"time\":\"2026-04-26T22:13:%02u.%uZ\",\"level\":\"INFO\","
	    "\"msg\":\"operation stage\",\"run\":\"%s\",\"seq\":%u,"
	    "\"stage\":\"st%u\",\"op_id\":\"op-1\",\"since_start_ms\":%u.%02u}";
	struct fixture *f = *state;
	char text[400];
	struct pack p;

	for (unsigned i = 0; i < 60; i++) {
		snprintf(text, sizeof(text), line, i, i,
		    i % 3 ? "aaaaaaaa" : "bbbbbbbb", 5 * i, i % 7, i, i);
		/* ".…0Z" is not how we write a time, and comes back too. */
		assert_true(put_text(f, text));
		if (i % 10 == 9) {
			struct codebook *book = again(f->book);

			p = unpack(f);
			pack_done(&f->pack);
			f->pack = p;
			codebook_free(f->book);
			f->book = book;
		}
	}
	p = unpack(f);
	pack_done(&p);
}

static void
test_refused(void **state)
{
	static const char *const other[] = {
		"plain text",
		"{\"msg\":\"no time\",\"run\":\"r\",\"seq\":1}",
		"{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"x\",\"seq\":1}",
		"{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"x\","
		"\"run\":\"r\"}",
		"{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"x\","
		"\"run\":\"r\",\"seq\":-1}",
		"{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"x\","
		"\"run\":\"r\",\"seq\":1,\"a\":1,\"a\":2}",
		" {\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"x\","
		"\"run\":\"r\",\"seq\":1}",
		"{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"x\","
		"\"run\":\"r\",\"seq\":1",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		if (put_text(f, other[i]))
			fail_msg("taken: %s", other[i]);
	assert_int_equal(f->pack.bytes.len, 0);
}

/* ---- at random --------------------------------------------------------- */

static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* A line of odd values, blanks and keys; valid JSON, with run and number. */
static void
odd_line(uint32_t *seed, struct buf *out)
{
	static const char *const values[] = { "0", "-0", "-1", "1.0", "1.50",
		"0.000000001", "0.0000000001", "123456789012345",
		"1234567890123456", "1e3", "0.5", "10.25", "true", "null", "{}",
		"[1, \"a\", {\"b\":[]}]", "\"\"", "\"a\"", "\"ab\"", "\"abc\"",
		"\"op-7f00000000000001\"", "\"a\\\"b\\\\\"",
		"\"\\u0001\\ud83d\\ude00\"", "\"\xc3\xa4\"",
		"\"a word of some length\"", "\"another, with a , in it\"",
		"18446744073709551616" };
	static const char *const keys[] = { "stage", "vm_id", "method", "call",
		"a", "b", "duration_ms", "x\\\"y", "\\u0061bc", "q\\\\",
		"error" };
	static const char *const blanks[] = { "", "", "", " ", "\t", "  " };
	static const char *const times[] = { "2026-04-26T22:13:04Z",
		"2026-04-26T22:13:04.000000001Z", "2026-04-26T22:13:04.10Z",
		"2026-04-26T22:13:04.1Z", "1969-12-31T23:59:59.5Z",
		"2026-04-26t22:13:04z", "2026-04-26T22:13:04+02:00",
		"2026-04-26T22:13:04.123456789123Z" };
	static const char *const runs[] = { "aa", "bb", "c\\u0063",
		"\xc3\xa4" };
	unsigned used = 0;

#define PICK(list) list[next(seed) % ARRAY_LEN(list)]
	buf_reset(out);
	buf_printf(out,
	    "{%s\"time\":%s\"%s\"%s,\"msg\":\"%s\",\"run\":\"%s\","
	    "\"seq\"%s:%u",
	    PICK(blanks), PICK(blanks), PICK(times), PICK(blanks),
	    next(seed) % 2 ? "operation stage" : "other", PICK(runs),
	    PICK(blanks), next(seed) % 3 ? next(seed) % 50 : next(seed));
	for (unsigned n = next(seed) % 6; n > 0; n--) {
		unsigned k = next(seed) % ARRAY_LEN(keys);

		if ((used >> k & 1) != 0)
			continue;
		used |= 1U << k;
		buf_printf(out, ",%s\"%s\"%s:%s%s", PICK(blanks), keys[k],
		    PICK(blanks), PICK(blanks), PICK(values));
	}
	buf_printf(out, "%s}%s", PICK(blanks), PICK(blanks));
#undef PICK
}

static void
test_odd_lines(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf text = BUF_INIT;
	uint32_t seed = 1;
	struct pack p;

	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 500; i++) {
			_cleanup_record_ struct record r;

			record_init(&r);
			odd_line(&seed, &text);
			buf_puts(&r.raw, text.data);
			if (next(&seed) % 2)
				record_set_origin(&r, "u.service", "boot");
			if (next(&seed) % 2)
				r.real_ns = next(&seed) * 1000LL;
			if (next(&seed) % 2)
				r.mono_ns = next(&seed) * 1000LL;
			r.pid = next(&seed) % 4 - 1;
			r.priority = (int)(next(&seed) % 9) - 1;
			parse_message(&r, true);
			r.pos.offset = next(&seed);
			put(f, &r);
		}
		/* With more forms than a book holds, the rest is refused. */
		assert_int_equal(f->n == 500, round < 8);
		p = unpack(f);
		pack_done(&p);
		pack_done(&f->pack);
		memset(&f->pack, 0, sizeof(f->pack));
		f->n = 0;
	}
}

/* Bytes that are no pack are told, and nothing else happens. */
static void
test_damaged(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_record_ struct record r;
	uint32_t seed = 2;
	unsigned told = 0;

	record_init(&r);
	for (unsigned i = 0; i < 100; i++) {
		odd_line(&seed, &text);
		put_text(f, text.data);
	}
	for (unsigned i = 0; i < 5000; i++) {
		struct pack p = PACK_INIT;
		int64_t input;
		int rc;

		pack_load(&p, f->pack.bytes.data,
		    i % 2 ? f->pack.bytes.len
			  : next(&seed) % f->pack.bytes.len);
		for (unsigned k = next(&seed) % 4; p.bytes.len > 0 && k > 0;
		     k--)
			p.bytes.data[next(&seed) % p.bytes.len] = (char)next(
			    &seed);
		while ((rc = pack_next(&p, f->book, &r, &input)) == 1)
			continue;
		told += rc < 0;
		pack_done(&p);
	}
	assert_true(told > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_recorded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hints, setup, teardown),
		cmocka_unit_test_setup_teardown(test_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd_lines, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
