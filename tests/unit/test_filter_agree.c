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

#define OPS 240
#define EXPRESSIONS 20000
/* 2026-04-26 20:00:00 UTC; the operations are of the three hours after it. */
#define FIRST_NS (1777233600LL * NSEC_PER_SEC)

static uint64_t rng = 0x9e3779b97f4a7c15ULL;

/* xorshift64* (Vigna, 2016). */
static unsigned
draw(unsigned n)
{
	rng ^= rng >> 12;
	rng ^= rng << 25;
	rng ^= rng >> 27;
	return (unsigned)((rng * 0x2545f4914f6cdd1dULL >> 33) % n);
}

#define PICK(words) (words)[draw(ARRAY_LEN(words))]

/* As JSON has them; what is hostile in the log, and hostile to SQL. */
static const char *const methods[] = { "vm.start", "vm.start", "vm.stop",
	"vm.create", "image.register", "VM.Start", "' OR 1=1 --", "vm.\\u0000x",
	"" };
static const char *const names[] = { "web-1", "web-2", "Web-1", "db_1", "",
	"a\\\"b\\\\c", "'; DROP TABLE op; --", "\\u001b[31mred", "%s%n",
	"r\\u00e9sum\\u00e9", "\\ud83d\\ude00", "?1", "@", "\\ufffd", "12",
	"line\\nbreak" };
static const char *const errors[] = { "device is busy", "Device is BUSY",
	"timeout after 5s", "nft: rule \\\"x\\\" \\\\ y", "\\u0007\\u202e", "",
	"aaaaaaaaaaaaaaaaaaaaaaaa" };
static const char *const codes[] = { "operation_failed", "canceled",
	"interrupted", "busy", "" };
static const char *const stage_names[] = { "validate", "nat_apply",
	"boot_guest", "odd name", "a\\\"b", "", "vmm_handshake" };
static const char *const call_methods[] = { "nat.apply", "vmm.launch",
	"tap.create", "x' y", "" };

/* ---- the population ---------------------------------------------------- */

struct log {
	FILE *file;
	unsigned seq;
	const char *run;
};

/* The beginning of a line, up to its op_id. */
static void
begin(struct log *l, int64_t at, const char *level, const char *msg, int op)
{
	char when[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(at, when);
	fprintf(l->file,
	    "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":\"%s\",\"run\":\"%s\","
	    "\"seq\":%u",
	    when, level, msg, l->run, ++l->seq);
	if (op >= 0)
		fprintf(l->file, ",\"op_id\":\"op-%016x\"",
		    0x1000 + 0x111 * op);
}

/* Mostly there, sometimes negative, sometimes not there. */
static int64_t
duration(struct log *l)
{
	int64_t us = draw(4) == 0 ? draw(1000) : draw(4000) * 1000;

	if (draw(6) == 0)
		return us;
	fprintf(l->file, ",\"duration_ms\":%s%u.%03u", draw(25) == 0 ? "-" : "",
	    (unsigned)(us / 1000), (unsigned)(us % 1000));
	return us;
}

static void
subject(struct log *l, const char *vm, const char *image)
{
	if (vm != NULL)
		fprintf(l->file, ",\"vm_name\":\"%s\",\"vm_id\":\"id-%s\"", vm,
		    vm);
	if (image != NULL)
		fprintf(l->file, ",\"image_name\":\"%s\"", image);
}

static void
failure(struct log *l)
{
	if (draw(4) != 0)
		fprintf(l->file, ",\"error\":\"%s\"", PICK(errors));
	if (draw(4) != 0)
		fprintf(l->file, ",\"code\":\"%s\"", PICK(codes));
	if (draw(2) == 0)
		fprintf(l->file, ",\"stage\":\"%s\"", PICK(stage_names));
}

/* Stages and calls, in any number, some without what they should have. */
static int64_t
write_parts(struct log *daemon, struct log *helper, int op, int64_t at)
{
	for (unsigned i = draw(6); i > 0; i--) {
		at += 1000 * (int64_t)draw(900000);
		if (draw(3) > 0) {
			begin(daemon, at, "INFO", "operation stage", op);
			if (draw(10) > 0)
				fprintf(daemon->file, ",\"stage\":\"%s\"",
				    PICK(stage_names));
			if (draw(4) == 0)
				fprintf(daemon->file,
				    ",\"since_start_ms\":%u.5", draw(3000));
			fputs("}\n", daemon->file);
		} else {
			bool failed = draw(3) == 0;

			begin(helper, at, failed ? "ERROR" : "INFO",
			    failed ? "helper rpc failed"
				   : "helper rpc completed",
			    op);
			if (draw(10) > 0)
				fprintf(helper->file, ",\"method\":\"%s\"",
				    PICK(call_methods));
			fprintf(helper->file, ",\"call\":%u", i);
			duration(helper);
			if (failed)
				failure(helper);
			fputs("}\n", helper->file);
		}
	}
	return at;
}

static void
write_op(struct log *daemon, struct log *helper, int op, int64_t at)
{
	const char *vm = draw(3) > 0 ? PICK(names) : NULL;
	const char *image = draw(3) == 0 ? PICK(names) : NULL;
	bool own = draw(8) > 0, failed = draw(3) == 0;

	if (own && draw(6) > 0) {
		/* A clock that was centuries off. */
		begin(daemon, draw(30) == 0 ? -8520336000LL * NSEC_PER_SEC : at,
		    "INFO", "operation started", op);
		if (draw(8) > 0)
			fprintf(daemon->file, ",\"operation\":\"%s\"",
			    PICK(methods));
		subject(daemon, vm, image);
		fputs("}\n", daemon->file);
	}
	at = write_parts(daemon, helper, op, at);
	for (unsigned ends = own ? draw(8) == 0 ? 0 : 1 + !draw(12) : 0;
	     ends > 0; ends--) {
		begin(daemon, at, failed ? "ERROR" : "INFO",
		    failed ? "operation failed" : "operation completed", op);
		at += 1000 * duration(daemon);
		if (failed)
			failure(daemon);
		fputs("}\n", daemon->file);
	}
	if (!own || draw(3) == 0) {
		begin(daemon, at, failed ? "WARN" : "INFO",
		    failed ? "rpc failed" : "rpc completed", op);
		fprintf(daemon->file, ",\"method\":\"%s\"", PICK(methods));
		duration(daemon);
		if (failed)
			failure(daemon);
		fputs("}\n", daemon->file);
	}
}

static void
write_population(const char *path)
{
	struct log daemon = { fopen(path, "w"), 0, "d0d0d0d0" };
	struct log helper = { daemon.file, 0, "4e1fe4b0" };
	int64_t at = FIRST_NS;

	assert_non_null(daemon.file);
	for (int i = 0; i < OPS; i++) {
		if (i == OPS / 2) {
			/* A new life: those in flight were interrupted. */
			daemon.run = "d1d1d1d1";
			daemon.seq = 0;
			begin(&daemon, at, "INFO", "daemon started", -1);
			fputs("}\n", daemon.file);
		}
		write_op(&daemon, &helper, i, at);
		at += (int64_t)draw(90) * NSEC_PER_SEC;
	}
	fclose(daemon.file);
}

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
