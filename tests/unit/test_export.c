/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/export.h"
#include "trace/parse_short.h"
#include "trace/source.h"

#define OURS "_SYSTEMD_UNIT=bangerd.service\n"

struct fixture {
	char path[32];
	struct source *s;
	struct record r;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	strcpy(f->path, "/tmp/export.XXXXXX");
	fd = mkstemp(f->path);
	if (fd < 0)
		return -1;
	close(fd);
	record_init(&f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	source_free(f->s);
	record_done(&f->r);
	free(f);
	return 0;
}

static void
open_text(struct fixture *f, const char *text, size_t len)
{
	FILE *file = fopen(f->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
	f->s = source_free(f->s);
	assert_int_equal(source_open_file(f->path, 0, NULL, &f->s, NULL), 0);
}

/* The next record, which there must be. */
static struct record *
next(struct fixture *f)
{
	assert_int_equal(source_next(f->s, &f->r, NULL), SOURCE_MORE);
	return &f->r;
}

static void
assert_end(struct fixture *f)
{
	assert_int_equal(source_next(f->s, &f->r, NULL), SOURCE_END);
}

static void
test_text_and_binary(void **state)
{
	/* "a\nb" and "=x": a length, so that neither is taken for a field. */
	static const char text[] =
	    "__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1777241584000040\n" OURS
	    "PRIORITY=3\n_PID=100\nMESSAGE\n\3\0\0\0\0\0\0\0a\nb\n\n"
	    "__CURSOR=s=1;i=2\nMESSAGE=one\nMESSAGE\n\2\0\0\0\0\0\0\0=x\n" OURS
	    "\n"
	    "__CURSOR=s=1;i=3\n" OURS "\n";
	struct fixture *f = *state;
	struct record *r;

	open_text(f, text, sizeof(text) - 1);
	r = next(f);
	assert_int_equal(r->kind, RECORD_TEXT);
	assert_int_equal(r->raw.len, 3);
	assert_memory_equal(r->raw.data, "a\nb", 3);
	assert_int_equal(r->time_ns, 1777241584000040000LL);
	assert_int_equal(r->time_from, RECORD_TIME_JOURNAL);
	assert_int_equal(r->pid, 100);
	assert_int_equal(r->priority, 3);
	assert_string_equal(r->unit, "bangerd.service");
	assert_int_equal(r->pos.offset, 0);
	assert_string_equal(buf_str(&next(f)->raw), "one");
	assert_int_equal(r->pos.sub, 0);
	assert_int_equal(r->pos.lines, 2);
	/* 17 + 38 + 30 + 11 + 9 + (8 + 8 + 4) + 1 bytes before it. */
	assert_int_equal(r->pos.offset, 17 + 38 + 30 + 11 + 9 + 20 + 1);
	assert_string_equal(buf_str(&next(f)->raw), "=x");
	assert_int_equal(r->pos.sub, 1);
	assert_int_equal(next(f)->kind, RECORD_NOMSG);
	assert_end(f);
}

/* What is no field is a line; an end in mid-entry leaves it torn. */
static void
test_lines_between_and_torn(void **state)
{
	static const char text[] = "__CURSOR=s=1;i=1\n" OURS "MESSAGE=first\n"
				   "{\"msg\":\"a bare line\"}\n\n\n"
				   "__CURSOR=s=1;i=2\n" OURS
				   "MESSAGE={\"msg\":\"cut o";
	struct fixture *f = *state;

	open_text(f, text, sizeof(text) - 1);
	assert_string_equal(buf_str(&next(f)->raw), "first");
	assert_int_equal(next(f)->kind, RECORD_OTHER);
	assert_string_equal(f->r.ev.msg, "a bare line");
	assert_int_equal(next(f)->kind, RECORD_TORN);
	assert_string_equal(buf_str(&f->r.raw), "{\"msg\":\"cut o");
	assert_end(f);
	/* Not an export stream from the start: fields are text. */
	open_text(f, "{\"msg\":\"x\"}\n__CURSOR=1\nMESSAGE=y\n", 33);
	assert_int_equal(next(f)->kind, RECORD_OTHER);
	assert_string_equal(buf_str(&next(f)->raw), "__CURSOR=1");
	assert_string_equal(buf_str(&next(f)->raw), "MESSAGE=y");
	assert_end(f);
}

/* A value beyond the bound is cut, and what stands behind it is read. */
static void
test_long_values(void **state)
{
	static const char after[] = "\n" OURS "\n__CURSOR=2\nMESSAGE=z\n\n";
	struct fixture *f = *state;
	size_t len = EXPORT_VALUE_MAX + 1000, n;
	char *text = malloc(len + 200);

	for (int binary = 0; binary < 2; binary++) {
		n = (size_t)sprintf(text, "__CURSOR=1\nMESSAGE%c",
		    binary ? '\n' : '=');
		for (int i = 0; binary && i < 8; i++)
			text[n++] = (char)(len >> 8 * i & 255);
		memset(text + n, 'm', len);
		n += len;
		memcpy(text + n, after, sizeof(after) - 1);
		open_text(f, text, n + sizeof(after) - 1);
		assert_int_equal(next(f)->flags, RECORD_CUT);
		assert_true(f->r.raw.len >= EXPORT_VALUE_MAX - 16);
		assert_true(f->r.raw.len <= EXPORT_VALUE_MAX);
		assert_string_equal(f->r.unit, "bangerd.service");
		assert_string_equal(buf_str(&next(f)->raw), "z");
		assert_int_equal(f->r.flags, 0);
		assert_end(f);
	}
	free(text);
}

static void
test_short_heads(void **state)
{
	static const struct {
		const char *head;
		int64_t pid;
	} heads[] = {
		{ "Nov 23 00:09:32 host bangerd[123]: ", 123 },
		{ "Nov  3 00:09:32.123456 host bangerd[123]: ", 123 },
		{ "Mon 2026-11-23 00:09:32 UTC host bangerd.service[7]: ", 7 },
		{ "Mon 2026-11-23 00:09:32.5 CEST bangerd[7]: ", 7 },
		{ "2026-11-23T00:09:32+0000 host bangerd[7]: ", 7 },
		{ "2026-11-23T00:09:32.123456+01:00 host bangerd[7]: ", 7 },
		{ "1777241584.000040 host bangerd[7]: ", 7 },
		{ "[    4.998900] host bangerd[7]: ", 7 },
		{ "[ 4999.000000 <    0.1     >] host bangerd[7]: ", 7 },
		{ "Nov 23 00:09:32 host kernel: ", -1 },
	};
	static const char *const none[] = {
		"{\"msg\":\"x: y\"}",
		"panic: oh no",
		"Nov 23 host bangerd[1]: x",
		"Nov 23 00:09:32 {\"a\": 1}",
		"Nov 23 00:09:32 a b c: x",
		"Nov 23 00:09:32 host bangerd",
	};
	char line[128];
	int64_t pid;

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		snprintf(line, sizeof(line), "%s{\"a\":1}", heads[i].head);
		pid = -1;
		assert_int_equal(short_head(line, strlen(line), &pid),
		    strlen(heads[i].head));
		assert_int_equal(pid, heads[i].pid);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(short_head(none[i], strlen(none[i]), &pid), 0);
}

/* A head counts only where the input has not begun with bare lines. */
static void
test_short_lines(void **state)
{
	static const char text[] = "-- Boot 0123 --\n"
				   "Nov 23 00:09:32 h bangerd[12]: "
				   "{\"msg\":\"x\",\"op_id\":\"op-1\"}\n"
				   "{\"msg\":\"bare\"}\n"
				   "Nov 23 00:09:32 h bangerd[12]: [1.2K blob "
				   "data]\n";
	static const char bare[] = "{\"msg\":\"bare\"}\n"
				   "Nov 23 00:09:32 h x[1]: {\"msg\":\"y\"}\n";
	struct fixture *f = *state;

	open_text(f, text, sizeof(text) - 1);
	assert_int_equal(next(f)->kind, RECORD_TEXT);
	assert_int_equal(next(f)->kind, RECORD_OTHER);
	assert_string_equal(f->r.op.text, "op-1");
	assert_int_equal(f->r.pid, 12);
	assert_string_equal(next(f)->ev.msg, "bare");
	assert_int_equal(next(f)->flags, RECORD_WITHHELD | RECORD_BLOB);
	assert_memory_equal(buf_str(&f->r.raw), "Nov 23", 6);
	assert_end(f);
	open_text(f, bare, sizeof(bare) - 1);
	assert_int_equal(next(f)->kind, RECORD_OTHER);
	assert_int_equal(next(f)->kind, RECORD_TEXT);
	assert_end(f);
}

static void
test_trusted_fields(void **state)
{
	static const struct {
		const char *fields;
		enum record_kind kind;
		unsigned flags;
		const char *about;
		int64_t dropped;
	} rows[] = {
		{ "_SYSTEMD_UNIT=bangerd.service\n_TRANSPORT=stdout\n",
		    RECORD_OTHER, 0, "", -1 },
		{ "_SYSTEMD_UNIT=bangerd-root.service\n", RECORD_OTHER, 0, "",
		    -1 },
		{ "", RECORD_OTHER, 0, "", -1 },
		/* Names that anybody may choose. */
		{ "_SYSTEMD_UNIT=evil.service\nSYSLOG_IDENTIFIER=bangerd\n"
		  "UNIT=bangerd.service\n_PID=100\n_UID=1000\n"
		  "OBJECT_SYSTEMD_UNIT=bangerd.service\n",
		    RECORD_FOREIGN, RECORD_ELSEWHERE, "", -1 },
		{ "_TRANSPORT=kernel\n", RECORD_FOREIGN, RECORD_ELSEWHERE, "",
		    -1 },
		/* Two values are none. */
		{ "_SYSTEMD_UNIT=bangerd.service\n_SYSTEMD_UNIT=b\n",
		    RECORD_FOREIGN, RECORD_ELSEWHERE, "", -1 },
		{ "_SYSTEMD_UNIT=init.scope\n_PID=1\nUNIT=bangerd.service\n",
		    RECORD_TEXT, RECORD_NOTE, "bangerd.service", -1 },
		{ "_SYSTEMD_UNIT=init.scope\n_PID=1\nUNIT=cron.service\n",
		    RECORD_FOREIGN, RECORD_ELSEWHERE, "", -1 },
		{ "_SYSTEMD_UNIT=systemd-journald.service\n_UID=0\nN_DROPPED="
		  "42\n"
		  "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\n"
		  "OBJECT_SYSTEMD_UNIT=banger-helper.service\n",
		    RECORD_TEXT, RECORD_NOTE | RECORD_SUPPRESSED,
		    "banger-helper.service", 42 },
		/* The same, not from root. */
		{ "_SYSTEMD_UNIT=x.service\n_UID=7\nN_DROPPED=42\n"
		  "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\n"
		  "OBJECT_SYSTEMD_UNIT=bangerd.service\n",
		    RECORD_FOREIGN, RECORD_ELSEWHERE, "", -1 },
	};
	struct fixture *f = *state;
	char text[600];
	int n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		n = snprintf(text, sizeof(text),
		    "__CURSOR=1\n%sMESSAGE={\"msg\":\"m\",\"op_id\":\"op-1\"}"
		    "\n\n",
		    rows[i].fields);
		open_text(f, text, (size_t)n);
		assert_int_equal(next(f)->kind, rows[i].kind);
		assert_int_equal(f->r.flags, rows[i].flags);
		assert_string_equal(f->r.about, rows[i].about);
		assert_int_equal(f->r.dropped, rows[i].dropped);
		assert_int_equal(opid_is_set(&f->r.op),
		    rows[i].kind == RECORD_OTHER);
		assert_end(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_text_and_binary, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_lines_between_and_torn,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_values, setup,
		    teardown),
		cmocka_unit_test(test_short_heads),
		cmocka_unit_test_setup_teardown(test_short_lines, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_trusted_fields, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
