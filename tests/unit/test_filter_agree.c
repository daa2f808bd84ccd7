/* SPDX-License-Identifier: ISC */
/*
 * The two back ends of the filter against each other: random expressions, over
 * operations of all kinds that went through a real index on the one side and
 * through the assembler alone on the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/map.h"
#include "trace/filter.h"
#include "trace/opset.h"
#include "trace/query.h"
#include "trace/source.h"
#include "trace/store.h"

#include "population.h"

#define EXPRESSIONS 20000

/* ---- both sides -------------------------------------------------------- */

struct sides {
	char dir[32], db[64], log[64];
	struct store *store;
	struct opset *set;
	const struct op *ops[OPS];
	size_t n;
	int64_t now_ns;
};

static void
keep(struct sides *s, const struct op *const *ops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_true(s->n < OPS);
		s->ops[s->n++] = op_copy(ops[i]);
	}
}

static void
fill(struct sides *s)
{
	const char *const paths[] = { s->log };
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_(store_freep) struct store *w = NULL;
	const struct op *const *ops;
	struct record r;

	record_init(&r);
	assert_int_equal(store_open_write(s->db, &w, NULL), 0);
	assert_int_equal(source_open_files(paths, NULL, 1, 0, &src, NULL), 0);
	assert_int_equal(store_input(w, 0, s->log, NULL), 0);
	while (source_next(src, &r, NULL) == SOURCE_MORE) {
		assert_int_equal(store_append(w, &r, NULL), 0);
		opset_add(s->set, &r);
		if (r.time_ns > s->now_ns)
			s->now_ns = r.time_ns;
	}
	record_done(&r);
	assert_int_equal(store_commit(w, NULL), 0);
	opset_tick(s->set, s->now_ns);
	keep(s, ops, opset_in_flight(s->set, &ops));
	keep(s, ops, opset_ended(s->set, &ops));
	assert_int_equal(s->n, OPS);
}

static int
setup(void **state)
{
	struct sides *s = calloc(1, sizeof(*s));

	setenv("TZ", "UTC", 1);
	strcpy(s->dir, "/tmp/agree.XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		return -1;
	snprintf(s->db, sizeof(s->db), "%s/i.db", s->dir);
	snprintf(s->log, sizeof(s->log), "%s/log", s->dir);
	s->set = opset_new(0);
	write_population(s->log);
	fill(s);
	if (store_open_read(s->db, &s->store, NULL) < 0)
		return -1;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct sides *s = *state;
	char cmd[64];

	for (size_t i = 0; i < s->n; i++)
		op_free((struct op *)(uintptr_t)s->ops[i]);
	store_free(s->store);
	opset_free(s->set);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", s->dir);
	free(s);
	return system(cmd);
}

/* Fails when they differ; returns how many operations match. */
static size_t
compare(struct sides *s, const char *expression, int64_t now_ns)
{
	_cleanup_(filter_freep) struct filter *f = NULL;
	_cleanup_(map_freep) struct map *rows = map_new(NULL);
	_cleanup_rows_ struct query_rows got = QUERY_ROWS_INIT;
	struct query_want want = QUERY_WANT_INIT;
	struct error err = ERROR_INIT;
	size_t at, n = 0;

	if (filter_parse(expression, now_ns, &f, &at, &err) < 0)
		fail_msg("%s\n%s", expression, err.text);
	want.everything = true;
	want.filter = f;
	want.now_ns = now_ns;
	if (query_find(s->store, &want, &got, &err) < 0)
		fail_msg("%s\n%s", expression, err.text);
	for (size_t i = 0; i < got.n; i++)
		map_put(rows, got.rows[i].op_id, s);
	for (size_t i = 0; i < s->n; i++) {
		bool live = filter_match(f, s->ops[i], now_ns);

		n += live;
		if (live != (map_find(rows, s->ops[i]->id.text) != NULL))
			fail_msg("%s\n%s: live %d, SQL %d", expression,
			    s->ops[i]->id.text, live, !live);
	}
	assert_int_equal(n, got.n);
	return n;
}

/* ---- expressions ------------------------------------------------------- */

/* A text of the population, quoted; JSON's escapes are undone by hand. */
static void
put_text(struct buf *b)
{
	static const char *const texts[] = { "vm.start", "vm.stop", "web-1",
		"Web-1", "", "device is busy", "operation_failed", "canceled",
		"validate", "boot_guest", "odd name", "nat.apply", "a\\\"b",
		"'; DROP TABLE op; --", "' OR 1=1 --", "x' y", "\x1b[31mred",
		"%s%n", "r\xc3\xa9sum\xc3\xa9", "?1", "@", "\xef\xbf\xbd", "12",
		"tiny", "\xff", "d1d1d1d1", "op-0000000000001000",
		"vmm_handshake", "busy" };

	buf_printf(b, "\"%s\"", PICK(texts));
}

static void
put_pattern(struct buf *b)
{
	static const char *const patterns[] = { "/^vm\\./", "/WEB/i", "/^$/",
		"/./", "/busy/i", "\"^web-\"", "/[\"\\\\]/", "/\\d/", "/^.$/",
		"/r.sum.$/", "/'|;/", "/\\W/", "/(a+)+[bc]/",
		"/^op-.*[02468]$/", "/_/", "/ed$/", "/\\x1b/",
		"/\xf0\x9f\x98\x80|\xef\xbf\xbd/", "/(?s)line.break/" };

	buf_puts(b, PICK(patterns));
}

static void
put_duration(struct buf *b)
{
	static const char *const spans[] = { "0ns", "1ns", "500us", "1ms",
		"800ms", "1s", "2.5s", "1999999.999us", "2500ms", "1h", "90min",
		"\"1s 200ms\"", "292y" };

	buf_puts(b, PICK(spans));
}

static void
put_test(struct buf *b)
{
	static const char *const words[] = { "failed", "running", "completed",
		"canceled", "interrupted", "lost", "conflict", "stage:validate",
		"helper:nat.apply", "stage:\"odd name\"", "helper:'x\\' y'",
		"status = failed", "status != completed" };
	static const char *const text_fields[] = { "op", "method", "vm",
		"vm_id", "image", "image_id", "stage", "error", "code", "run",
		"helper", "helper_error", "helper_code" };
	static const char *const durations[] = { "took", "elapsed",
		"unaccounted", "stage:validate", "stage:boot_guest",
		"stage:\"\"", "stage:'a\"b'", "helper:nat.apply",
		"helper:vmm.launch" };
	static const char *const orders[] = { " < ", " <= ", " > ",
		" >= ", " = ", " != " };
	static const char *const times[] = { "\"2h ago\"", "-90min", "today",
		"2026-04-26", "\"2026-04-26 21:30:00\"", "now", "@0",
		"2026-04-26T22:00:00.5Z" };

	switch (draw(8)) {
	case 0:
		buf_puts(b, PICK(words));
		break;
	case 1:
	case 2:
		buf_printf(b, "%s %s ", PICK(text_fields),
		    draw(2) ? "=" : "!=");
		put_text(b);
		break;
	case 3:
	case 4:
		buf_printf(b, "%s %s ", draw(10) ? PICK(text_fields) : "status",
		    draw(2) ? "~" : "!~");
		put_pattern(b);
		break;
	case 5:
	case 6:
		if (draw(4) == 0) {
			buf_printf(b, "started%s%s", orders[draw(4)],
			    PICK(times));
			break;
		}
		buf_printf(b, "%s%s", PICK(durations), PICK(orders));
		put_duration(b);
		break;
	default:
		buf_printf(b, "%s%s%u", draw(2) ? "records" : "calls",
		    PICK(orders), draw(8));
	}
}

static void
put_expression(struct buf *b, unsigned depth)
{
	unsigned kind = depth == 0 ? 0 : draw(6);

	if (kind < 2) {
		put_test(b);
	} else if (kind == 2) {
		buf_puts(b, "not ");
		put_expression(b, depth - 1);
	} else if (kind == 3) {
		buf_putc(b, '(');
		put_expression(b, depth - 1);
		buf_putc(b, ')');
	} else {
		put_expression(b, depth - 1);
		buf_puts(b, kind == 4 ? " and " : " or ");
		put_expression(b, depth - 1);
	}
}

static void
test_random(void **state)
{
	struct sides *s = *state;
	_cleanup_buf_ struct buf b = BUF_INIT;
	unsigned some = 0;
	size_t n;

	for (unsigned i = 0; i < EXPRESSIONS; i++) {
		buf_reset(&b);
		put_expression(&b, draw(5));
		n = compare(s, buf_str(&b),
		    s->now_ns + (int64_t)draw(3) * 3600 * NSEC_PER_SEC);
		some += n > 0 && n < s->n;
	}
	/* All or none is no evidence. */
	assert_true(some > EXPRESSIONS / 2);
}

/* The population has what the comparison is about. */
static void
test_population(void **state)
{
	static const char *const all_kinds[] = { "failed", "running",
		"completed", "canceled", "interrupted", "lost", "conflict",
		"not took >= 0s", "took > 0s", "not method ~ /^/",
		"not vm ~ /^/", "vm = \"\"", "vm ~ /'/", "error ~ /\"/",
		"not stage:validate < 1h and stage:validate",
		"not unaccounted >= 0s", "helper:nat.apply > 1s", "calls > 3",
		"helper_error ~ /busy/", "started < \"2h ago\"" };
	struct sides *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(all_kinds); i++)
		if (compare(s, all_kinds[i], s->now_ns) == 0)
			fail_msg("no operation is: %s", all_kinds[i]);
}

/* What the parser takes, SQLite takes. */
static void
test_deepest(void **state)
{
	struct sides *s = *state;
	static const char *const opens[] = { "(", "not (", "failed and (",
		"failed or not (", "stage:a > 1s or (lost and (",
		"not (failed and not (", "(running or lost) and (" };
	static const char *const inner[] = { "failed", "error ~ /x/",
		"stage:validate > 1ms", "not helper_error ~ /x/",
		"elapsed > 1s", "calls > 1" };

	for (size_t i = 0; i < ARRAY_LEN(opens); i++) {
		for (size_t k = 0; k < ARRAY_LEN(inner); k++) {
			_cleanup_buf_ struct buf b = BUF_INIT;
			size_t depth = 0, closing = 0, step = 0, nots = 0;

			for (const char *c = opens[i]; *c != '\0'; c++) {
				closing += *c == '(';
				nots += strncmp(c, "not", 3) == 0;
				closing -= *c == ')';
			}
			step = closing + nots;
			for (; depth + step <= FILTER_DEPTH_MAX - 1;
			     depth += step)
				buf_puts(&b, opens[i]);
			buf_puts(&b, inner[k]);
			for (; depth > 0; depth -= step)
				for (size_t c = 0; c < closing; c++)
					buf_putc(&b, ')');
			compare(s, buf_str(&b), s->now_ns);
		}
	}
}

static void
test_longest(void **state)
{
	static const char *const terms[] = { "op=a", "lost", "vm~a", "helper=a",
		"stage:a", "not took<1s" };
	struct sides *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		buf_puts(&b, terms[i]);
		while (b.len + strlen(terms[i]) + 4 <= FILTER_TEXT_MAX)
			buf_printf(&b, " or %s", terms[i]);
		compare(s, buf_str(&b), s->now_ns);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_population),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_deepest),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
