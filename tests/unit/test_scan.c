/* SPDX-License-Identifier: ISC */
/*
 * The fast ways of reading a line beside the general ones: usual lines, which
 * they must take, and the same lines broken in every way, which they may read
 * only as the general ones do.
 */
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

#include "../fuzz/scan_judge.h"

#define LINES 20000
#define MUTANTS 20

/* xorshift64*: the same lines each time. */
static uint64_t
next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static unsigned
below(uint64_t *state, unsigned n)
{
	return (unsigned)(next(state) >> 33) % n;
}

/* A plain string of up to `most` bytes, with its quotes. */
static void
put_string(struct buf *out, uint64_t *state, unsigned most)
{
	buf_putc(out, '"');
	for (unsigned n = below(state, most + 1); n > 0; n--) {
		char c = (char)(0x20 + below(state, 0x60));

		buf_putc(out, c == '"' || c == '\\' ? '_' : c);
	}
	buf_putc(out, '"');
}

static void
put_key(struct buf *out, uint64_t *state, const char *const *keys, unsigned n)
{
	buf_putc(out, out->data[out->len - 1] == '{' ? '"' : ',');
	if (out->data[out->len - 1] == ',')
		buf_putc(out, '"');
	buf_puts(out, keys[below(state, n)]);
	buf_puts(out, "\":");
}

/* A line as a program of ours writes it. */
static void
put_line(struct buf *out, uint64_t *state)
{
	static const char *const keys[] = { "time", "level", "msg", "run",
		"seq", "op_id", "stage", "duration_ms", "vm_name", "x" };
	static const char *const bare[] = { "0", "-1", "12.5", "true", "false",
		"null", "123456789012345678901", "0.000001", "-0" };

	buf_putc(out, '{');
	for (unsigned n = 1 + below(state, 12); n > 0; n--) {
		put_key(out, state, keys, ARRAY_LEN(keys));
		if (below(state, 3) == 0)
			buf_puts(out, bare[below(state, ARRAY_LEN(bare))]);
		else
			put_string(out, state, 40);
	}
	buf_putc(out, '}');
}

/* The same as a string of JSON. */
static void
put_message(struct buf *out, uint64_t *state)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	put_line(&line, state);
	line_put_string(out, line.data, line.len, SIZE_MAX);
}

static void
put_entry(struct buf *out, uint64_t *state)
{
	/* Each at most once, as in an object of journalctl. */
	static const char *const keys[] = { "__CURSOR", "__REALTIME_TIMESTAMP",
		"__MONOTONIC_TIMESTAMP", "_BOOT_ID", "_PID", "_UID", "_GID",
		"_COMM", "_SYSTEMD_UNIT", "_TRANSPORT", "_STREAM_ID", "UNIT",
		"PRIORITY", "SYSLOG_FACILITY", "_LINE_BREAK", "N_DROPPED",
		"_SYSTEMD_INVOCATION_ID", "COREDUMP_UNIT", "MESSAGE_ID",
		"OBJECT_SYSTEMD_UNIT", "__BANGER_CONTROL" };
	unsigned message = below(state, ARRAY_LEN(keys));

	buf_putc(out, '{');
	for (unsigned i = 0; i < ARRAY_LEN(keys); i++) {
		if (i == message) {
			buf_puts(out,
			    out->len > 1 ? ",\"MESSAGE\":" : "\"MESSAGE\":");
			put_message(out, state);
		}
		if (below(state, 3) == 0)
			continue;
		put_key(out, state, keys + i, 1);
		put_string(out, state, 40);
	}
	buf_putc(out, '}');
}

/* Changes, adds, takes or doubles a few bytes. */
static void
mutate(struct buf *b, uint64_t *state)
{
	static const char odd[] = "\"\\{}[],:\0\x1f\x7f\xc3\xa9\xff nu0-.eE \n";
	size_t at, n;

	for (unsigned k = 1 + below(state, 3); k > 0 && b->len > 0; k--) {
		at = below(state, (unsigned)b->len);
		n = 1 + below(state, 4);
		switch (below(state, 5)) {
		case 0:
			b->data[at] = odd[below(state, sizeof(odd) - 1)];
			break;
		case 1:
			b->data[at] = (char)next(state);
			break;
		case 2:
			b->len = at;
			break;
		case 3:
			n = n < b->len - at ? n : b->len - at;
			memmove(b->data + at, b->data + at + n,
			    b->len - at - n);
			b->len -= n;
			break;
		default:
			buf_reserve(b, n);
			memmove(b->data + at + n, b->data + at, b->len - at);
			b->len += n;
			b->data[at] = odd[below(state, sizeof(odd) - 1)];
			break;
		}
	}
	if (b->data != NULL)
		b->data[b->len] = '\0';
}

/* Judges a copy of that very size, so that a byte too far is seen. */
static void
judge(struct scan_judge *j, const struct buf *b, uint64_t n)
{
	char *text = malloc(b->len + 1);
	const char *wrong;

	assert_non_null(text);
	memcpy(text, buf_str(b), b->len);
	wrong = scan_judge(j, text, b->len);
	if (wrong != NULL)
		fail_msg("line %llu: %s: %.*s", (unsigned long long)n, wrong,
		    (int)b->len, text);
	free(text);
}

static void
run(void (*put)(struct buf *, uint64_t *), bool entry)
{
	uint64_t state = 0x9e3779b97f4a7c15ULL, taken = 0;
	static struct scan_judge j;
	_cleanup_buf_ struct buf line = BUF_INIT, mutant = BUF_INIT;

	scan_judge_init(&j);
	for (uint64_t n = 0; n < LINES; n++) {
		buf_reset(&line);
		put(&line, &state);
		judge(&j, &line, n);
		assert_true(entry ? j.entry_taken : j.line_taken);
		for (unsigned k = 0; k < MUTANTS; k++) {
			buf_reset(&mutant);
			buf_put(&mutant, line.data, line.len);
			mutate(&mutant, &state);
			judge(&j, &mutant, n);
			taken += entry ? j.entry_taken : j.line_taken;
		}
	}
	scan_judge_done(&j);
	/* Many of the changes are within a value, and harmless. */
	assert_in_range(taken, LINES, LINES * MUTANTS / 10 * 8);
}

/* ---- one line after another ---------------------------------------------- */

/* A line of one of our programs, with what the next one has too. */
static void
put_usual_line(struct buf *out, uint64_t *state)
{
	static const char *const times[] = { "2026-04-26T22:13:03.00715471Z",
		"2026-04-26T22:13:03Z", "2026-04-26T22:13:04.1+02:00",
		"2026-04-26T22:13:04.123456789Z" };
	static const char *const heads[] = { "operation stage",
		"operation failed", "helper rpc completed",
		"helper rpc completed" };

	unsigned form = below(state, 4);

	buf_printf(out, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":\"%s\"",
	    times[below(state, ARRAY_LEN(times))], form == 1 ? "ERROR" : "INFO",
	    heads[form]);
	buf_printf(out, ",\"seq\":%u,\"op_id\":\"op-%08x\"",
	    below(state, 1u << 20), below(state, 1u << 20));
	/* Some values are slog's words for what went wrong. */
	if (form < 2 && below(state, 200) == 0)
		buf_puts(out, ",\"vm_name\":\"<nil>\"");
	else if (form < 2)
		buf_printf(out, ",\"vm_name\":\"web%u\"", below(state, 3000));
	if (form == 1)
		buf_printf(out, ",\"x\":true,\"y\":-%u,\"error\":\"no\"",
		    below(state, 20));
	if (form > 1)
		buf_printf(out,
		    form == 2 ? ",\"call\":%u" : ",\"stage\":\"%u\"",
		    below(state, 99));
	buf_printf(out, ",\"duration_ms\":%u.%u}", below(state, 100),
	    below(state, 100));
}

/* An entry of one of two programs, its members in any order; or the line. */
static void
put_usual(struct buf *out, uint64_t *state, bool bare)
{
	static const char *const members[2][10] = {
		{ "\"_UID\":\"990\"", "\"_PID\":\"27220\"",
		    "\"_EXE\":\"/usr/bin/bangerd\"", "\"PRIORITY\":\"6\"",
		    "\"_SYSTEMD_UNIT\":\"bangerd.service\"",
		    "\"_SYSTEMD_CGROUP\":\"/system.slice/bangerd.service\"",
		    "\"_HOSTNAME\":\"vmhost1\"", "\"_TRANSPORT\":\"stdout\"",
		    "\"_BOOT_ID\":\"7c1e0f6b52d94a3f8e60b1d2c3a4f596\"", NULL },
		{ "\"_UID\":\"0\"", "\"_PID\":\"29219\"",
		    "\"_EXE\":\"/usr/bin/banger-helper\"", "\"PRIORITY\":\"4\"",
		    "\"_SYSTEMD_UNIT\":\"banger-helper.service\"",
		    "\"_SYSTEMD_CGROUP\":\"/system.slice/helper.service\"",
		    "\"_HOSTNAME\":\"vmhost1\"", "\"_TRANSPORT\":\"stdout\"",
		    "\"_BOOT_ID\":\"7c1e0f6b52d94a3f8e60b1d2c3a4f596\"", NULL },
	};
	_cleanup_buf_ struct buf line = BUF_INIT;
	unsigned order[12], program = below(state, 2), k, was;

	if (bare) {
		put_usual_line(out, state);
		return;
	}
	put_usual_line(&line, state);
	for (unsigned i = 0; i < ARRAY_LEN(order); i++) {
		k = below(state, i + 1);
		order[i] = i;
		was = order[k];
		order[k] = i;
		order[i] = was;
	}
	buf_putc(out, '{');
	for (unsigned i = 0; i < ARRAY_LEN(order); i++) {
		buf_puts(out, i > 0 ? "," : "");
		if (order[i] < 9) {
			buf_puts(out, members[program][order[i]]);
		} else if (order[i] == 9) {
			buf_puts(out, "\"MESSAGE\":");
			line_put_string(out, line.data, line.len, SIZE_MAX);
		} else {
			buf_printf(out, "\"__%s_TIMESTAMP\":\"%u\"",
			    order[i] == 10 ? "REALTIME" : "MONOTONIC",
			    below(state, 1u << 30));
		}
	}
	buf_putc(out, '}');
}

static void
judge_neighbours(bool bare)
{
	uint64_t state = 0x9e3779b97f4a7c15ULL, usual = 0, before;
	static struct scan_judge j;
	_cleanup_buf_ struct buf line = BUF_INIT, mutant = BUF_INIT;

	scan_judge_init(&j);
	for (uint64_t n = 0; n < LINES; n++) {
		buf_reset(&line);
		put_usual(&line, &state, bare);
		before = j.remembered;
		judge(&j, &line, n);
		assert_int_equal(j.entry_taken, !bare);
		assert_int_equal(j.got.kind, RECORD_EVENT);
		usual += j.remembered - before;
		for (unsigned k = 0; k < MUTANTS; k++) {
			buf_reset(&mutant);
			buf_put(&mutant, line.data, line.len);
			mutate(&mutant, &state);
			judge(&j, &mutant, n);
		}
	}
	/*
	 * The lines that come again are, beside many that do not.  Of a bare
	 * one more is changed that makes another form, which takes a place.
	 */
	assert_true(usual > LINES / 100 * (bare ? 90 : 98));
	assert_true(j.remembered - usual > (bare ? LINES / 4 : LINES));
	scan_judge_done(&j);
}

/*
 * Nearly all entries are remembered, and each is read as it is, whatever came
 * before it.
 */
static void
test_neighbours(void **unused)
{
	(void)unused;
	judge_neighbours(false);
	judge_neighbours(true);
}

/* Judges the changed line between two that are usual. */
static void
between(struct scan_judge *j, const struct buf *line, struct buf *changed,
    uint64_t n)
{
	judge(j, changed, n);
	judge(j, line, n);
	buf_reset(changed);
	buf_put(changed, line->data, line->len);
}

/* A judge who has seen usual lines, the last of which is in `line`. */
static void
begin_usual(struct scan_judge *j, uint64_t *state, struct buf *line, bool bare)
{
	scan_judge_init(j);
	for (unsigned i = 0; i < 100; i++) {
		buf_reset(line);
		put_usual(line, state, bare);
		judge(j, line, i);
	}
}

static void
judge_every_byte(bool bare)
{
	static const char odd[] = "\"\\{}[],:!<0-.e \x1f\x7f\xc3";
	uint64_t state = 0x2545f4914f6cdd1dULL;
	static struct scan_judge j;
	_cleanup_buf_ struct buf line = BUF_INIT, mutant = BUF_INIT;

	begin_usual(&j, &state, &line, bare);
	buf_put(&mutant, line.data, line.len);
	for (size_t at = 0; at < line.len; at++) {
		mutant.len = at;
		between(&j, &line, &mutant, at);
		memmove(mutant.data + at, mutant.data + at + 1,
		    mutant.len - at - 1);
		mutant.len--;
		between(&j, &line, &mutant, at);
		for (size_t k = 0; k < sizeof(odd) - 1; k++) {
			mutant.data[at] = odd[k];
			between(&j, &line, &mutant, at);
			buf_putc(&mutant, ' ');
			memmove(mutant.data + at + 1, mutant.data + at,
			    mutant.len - 1 - at);
			mutant.data[at] = odd[k];
			between(&j, &line, &mutant, at);
		}
	}
	scan_judge_done(&j);
}

/* One usual line, broken at every byte of it in every simple way. */
static void
test_every_byte(void **unused)
{
	(void)unused;
	judge_every_byte(false);
	judge_every_byte(true);
}

/* What stands between values is not what it says, or is not ASCII. */
static void
test_escapes(void **unused)
{
	static const char *const texts[] = {
		"\"level\":\"INFO\",\"msg\":\"operation stage\"",
		"\"level\":\"INFO\",\"msg\":\"operation\\u0020stage\"",
		"\"level\":\"INF\\u004f\",\"msg\":\"operation stage\"",
		"\"level\":\"INFO\",\"msg\":\"operation stage\",\"\\u006b\":1",
		"\"level\":\"INFO\",\"msg\":\"operation stage\",\"k\\\"\":1",
		"\"level\":\"INFO\",\"msg\":\"operation stage\",\"\xc3\xa4\":1",
		"\"level\":\"INFO\",\"msg\":\"operation stage\",\"\xc3\":1",
		"\"level\":\"INFO\",\"msg\":\"operation stage\",\"a\tb\":1",
		"\"level\":\"INFO\",\"msg\":\"operation stage\",\"x\":true",
	};
	static struct scan_judge j;
	_cleanup_buf_ struct buf line = BUF_INIT;

	(void)unused;
	scan_judge_init(&j);
	for (unsigned n = 0; n < 4 * ARRAY_LEN(texts); n++) {
		buf_reset(&line);
		buf_printf(&line,
		    "{\"time\":\"2026-04-26T22:13:0%u.5Z\",%s,"
		    "\"operation\":\"vm.start%u\"}",
		    n % 10, texts[n / 4], n);
		judge(&j, &line, n);
	}
	scan_judge_done(&j);
}

/* Every member of a usual line once more, at the place of every other. */
static void
test_members(void **unused)
{
	uint64_t state = 0x9e3779b97f4a7c15ULL;
	static struct scan_judge j;
	_cleanup_buf_ struct buf line = BUF_INIT, mutant = BUF_INIT;
	size_t at[16], n = 0;

	(void)unused;
	begin_usual(&j, &state, &line, false);
	for (size_t i = 0; i + 2 < line.len; i++)
		if (i == 0 || memcmp(line.data + i, "\",\"", 3) == 0)
			at[n++] = i == 0 ? 1 : i + 2;
	assert_int_equal(n, 12);
	at[n] = line.len;
	for (size_t from = 0; from < n; from++)
		for (size_t to = 0; to < n; to++) {
			/* As another one, and in place of it. */
			for (unsigned instead = 0; instead < 2; instead++) {
				buf_reset(&mutant);
				buf_put(&mutant, line.data, at[to]);
				buf_put(&mutant, line.data + at[from],
				    at[from + 1] - 1 - at[from]);
				buf_putc(&mutant, ',');
				buf_puts(&mutant, line.data + at[to + instead]);
				if (instead == 1 && to == n - 1)
					mutant.data[mutant.len - 1] = '}';
				between(&j, &line, &mutant, from * n + to);
			}
		}
	scan_judge_done(&j);
}

static void
test_lines(void **state)
{
	(void)state;
	run(put_line, false);
}

static void
test_entries(void **state)
{
	(void)state;
	run(put_entry, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
