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
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/mem.h"
#include "trace/journal_hash.h"
#include "trace/source.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define MANY 20000

struct fixture {
	char dir[32], one[64], two[64];
	struct record r;
	struct source *s;
	struct error err;
	/* Of the files: what is to be said of them, and how often it was. */
	const char *damaged;
	unsigned said;
	char first[200]; /* the first cursor */
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/journal.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->one, sizeof(f->one), "%s/one.journal", f->dir);
	snprintf(f->two, sizeof(f->two), "%s/two.journal", f->dir);
	record_init(&f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *rm = xasprintf("rm -rf %s", f->dir);

	source_free(f->s);
	record_done(&f->r);
	free(f);
	return system(rm);
}

/* Writes an export stream into the journal file. */
static FILE *
open_remote(const char *path)
{
	_cleanup_free_ char *cmd = xasprintf(REMOTE " -o %s - >/dev/null 2>&1",
	    path);
	FILE *p;

	if (access(REMOTE, X_OK) < 0)
		skip();
	p = popen(cmd, "w");
	assert_non_null(p);
	return p;
}

/* Writes entries m=from... m=to-1 into the journal file. */
static void
write_entries(const char *path, int from, int to)
{
	FILE *p = open_remote(path);

	for (int i = from; i < to; i++)
		fprintf(p,
		    "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n"
		    "_BOOT_ID=5d3bb1d5eb7a4e2b8e0c7f4ef3a1c2d4\n"
		    "_SYSTEMD_UNIT=%s\n_TRANSPORT=stdout\n_PID=77\n"
		    "PRIORITY=6\nMESSAGE=m=%d\n\n",
		    1700000000 + i, 1000 + i,
		    i % 10 == 9 ? "other.service" : "bangerd.service", i);
	assert_int_equal(pclose(p), 0);
}

static void
open_it(struct fixture *f, const char *path, unsigned flags, char *cursor)
{
	struct source_resume resume = { .cursor = cursor };

	f->s = source_free(f->s);
	if (source_open_journal(path, NULL, flags, &resume, &f->s, &f->err) < 0)
		fail_msg("%s", f->err.text);
}

/* The number of the next record; -1 END, -2 LOST, -3 WAIT. */
/* True for the damage that is expected; until then no place is behind it. */
static bool
is_damage(struct fixture *f, enum source_status st)
{
	const char *safe = f->r.pos.safe_cursor;

	if (f->damaged == NULL)
		return false;
	if (st == SOURCE_MORE && f->first[0] == '\0')
		snprintf(f->first, sizeof(f->first), "%s", safe);
	if (st == SOURCE_MORE && f->said == 0)
		assert_string_equal(safe, f->first);
	if (st == SOURCE_END)
		assert_string_not_equal(safe, f->first);
	if (st != SOURCE_LOST || f->err.code != -EBADMSG)
		return false;
	assert_non_null(strstr(f->err.text, f->damaged));
	f->said++;
	return true;
}

static int
next(struct fixture *f)
{
	enum source_status st;

	do
		st = source_next(f->s, &f->r, &f->err);
	while (is_damage(f, st));
	switch (st) {
	case SOURCE_MORE:
		assert_int_equal(strncmp(buf_str(&f->r.raw), "m=", 2), 0);
		return atoi(f->r.raw.data + 2);
	case SOURCE_END:
		return -1;
	case SOURCE_LOST:
		return -2;
	default:
		return -3;
	}
}

static void
expect_all(struct fixture *f, int from, int to)
{
	for (int i = from; i < to; i++) {
		if (i % 10 == 9)
			continue;
		assert_int_equal(next(f), i);
	}
	assert_int_equal(next(f), -1);
	assert_int_equal(next(f), -1);
}

/* Whose entry n is: the share of ours changes from one stretch to the next. */
static bool
stretch_is_ours(int n)
{
	static const int every[] = { 1, 100, 2, 3, 1, 1000 };
	int k = every[n / 6000 % 6];

	return k == 3 ? n % 3 != 0 : n % k == 0;
}

/* Entries m=from... of which some are ours in one way or another. */
static void
write_stretches(const char *path, int from, int to)
{
	static const char *const ours[] = {
		"_SYSTEMD_UNIT=bangerd.service\n_PID=77\n",
		"_SYSTEMD_UNIT=init.scope\n_PID=1\nUNIT=bangerd.service\n",
		"_UID=0\nOBJECT_SYSTEMD_UNIT=banger-helper.service\n",
		"_UID=0\n_PID=5\nCOREDUMP_UNIT=bangerd.service\n",
	};
	static const char *const others[] = {
		"_SYSTEMD_UNIT=x.service\n_UID=0\n_PID=78\n",
		"_SYSTEMD_UNIT=x.service\n_PID=79\nUNIT=bangerd.service\n",
		"_UID=7\n_PID=1\nCOREDUMP_UNIT=bangerd.service\n",
	};
	FILE *p = open_remote(path);

	for (int i = from; i < to; i++)
		fprintf(p,
		    "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n"
		    "_BOOT_ID=5d3bb1d5eb7a4e2b8e0c7f4ef3a1c2d4\n"
		    "_TRANSPORT=journal\n%sMESSAGE=m=%d\n\n",
		    1700000000 + i, 1000 + i,
		    stretch_is_ours(i) ? ours[i % 4] : others[i % 3], i);
	assert_int_equal(pclose(p), 0);
}

/* With libsystemd's matches or without, they are the same. */
static void
test_stretches(void **state)
{
	struct fixture *f = *state;
	const char *paths[] = { f->one, f->dir };

	write_stretches(f->one, 0, 2 * MANY);
	for (int i = 0; i < 2; i++) {
		open_it(f, paths[i], 0, NULL);
		for (int n = 0; n < 2 * MANY; n++)
			if (stretch_is_ours(n))
				assert_int_equal(next(f), n);
		assert_int_equal(next(f), -1);
	}
}

static void
test_all(void **state)
{
	struct fixture *f = *state;
	struct source_stats st;

	write_entries(f->one, 0, 50);
	write_entries(f->two, 50, 100);
	open_it(f, f->one, 0, NULL);
	expect_all(f, 0, 50);
	open_it(f, f->dir, 0, NULL);
	assert_int_equal(next(f), 0);
	assert_int_equal(next(f), 1);
	assert_string_equal(f->r.unit, "bangerd.service");
	assert_string_equal(f->r.boot, "5d3bb1d5eb7a4e2b8e0c7f4ef3a1c2d4");
	assert_int_equal(f->r.real_ns, 1700000001000);
	assert_int_equal(f->r.mono_ns, 1001000);
	assert_int_equal(f->r.pid, 77);
	assert_int_equal(f->r.priority, 6);
	assert_int_equal(f->r.pos.offset, 1);
	assert_non_null(f->r.pos.safe_cursor);
	expect_all(f, 2, 100);
	source_stats(f->s, &st);
	assert_int_equal(st.lines, 90);
}

/* Also larger than what a file is read by at once. */
static void
test_as_export(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *text = xasprintf("%s/text", f->dir);
	_cleanup_free_ char *cmd = xasprintf("journalctl --file %s -o export "
					     ">%s",
	    f->one, text);
	_cleanup_(source_freep) struct source *s = NULL;
	_cleanup_record_ struct record r;
	enum source_status st;
	int n = 0;

	record_init(&r);
	write_entries(f->one, 0, 3000);
	assert_int_equal(system(cmd), 0);
	open_it(f, f->one, 0, NULL);
	assert_int_equal(source_open_file(text, 0, NULL, &s, NULL), 0);
	while ((st = source_next(s, &r, &f->err)) == SOURCE_MORE) {
		if (r.kind == RECORD_FOREIGN)
			continue;
		assert_int_equal(next(f), n);
		n += n % 10 == 8 ? 2 : 1;
		assert_string_equal(r.raw.data, f->r.raw.data);
		assert_int_equal(r.kind, f->r.kind);
		assert_int_equal(r.flags, f->r.flags);
		assert_int_equal(r.time_ns, f->r.time_ns);
		assert_int_equal(r.real_ns, f->r.real_ns);
		assert_int_equal(r.mono_ns, f->r.mono_ns);
		assert_string_equal(r.unit, f->r.unit);
		assert_string_equal(r.boot, f->r.boot);
	}
	assert_int_equal(st, SOURCE_END);
	assert_int_equal(n, 3000);
	assert_int_equal(next(f), -1);
}

static void
test_resume(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *cursor = NULL;
	int n;

	write_entries(f->one, 0, 50);
	open_it(f, f->one, 0, NULL);
	for (int i = 0; i < 6; i++)
		assert_int_equal(next(f), i);
	cursor = xstrdup(f->r.pos.safe_cursor);
	open_it(f, f->one, 0, cursor);
	/* Not all have a cursor; the entry that has it comes first. */
	n = next(f);
	assert_in_range(n, 0, 5);
	assert_string_equal(f->r.pos.safe_cursor, cursor);
	expect_all(f, n + 1, 50);
	/* Gone: said, and then everything. */
	write_entries(f->two, 100, 120);
	open_it(f, f->two, 0, cursor);
	assert_int_equal(next(f), -2);
	assert_non_null(strstr(f->err.text, "no longer has"));
	expect_all(f, 100, 120);
	open_it(f, f->two, 0, (char[]){ "nonsense" });
	assert_int_equal(next(f), -2);
	expect_all(f, 100, 120);
	/* The last before the end has a cursor. */
	write_entries(f->two, 120, 129);
	open_it(f, f->two, 0, NULL);
	while (next(f) != 128)
		;
	xset(&cursor, f->r.pos.safe_cursor);
	open_it(f, f->two, 0, cursor);
	expect_all(f, 128, 129);
}

/* Lines in three pieces with others between, so that cursors fall anywhere. */
static void
write_split(const char *path, int groups)
{
	static const char *const pieces[][3] = {
		{ "A\n_LINE_BREAK=line-max", "m=", " a" },
		{ "B", "m=", " plain" },
		{ "A\n_LINE_BREAK=line-max", "b", "" },
		{ "A", "c", "" },
		{ "B", "m=", " plain" },
	};
	FILE *p = open_remote(path);

	for (int i = 0; i < 5 * groups; i++)
		fprintf(p,
		    "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n"
		    "_BOOT_ID=5d3bb1d5eb7a4e2b8e0c7f4ef3a1c2d4\n"
		    "_SYSTEMD_UNIT=bangerd.service\n_TRANSPORT=stdout\n"
		    "_PID=77\n_STREAM_ID=%s\nMESSAGE=%s%d%s\n\n",
		    1700000000 + i, 1000 + i, pieces[i % 5][0],
		    pieces[i % 5][1], i / 5, pieces[i % 5][2]);
	assert_int_equal(pclose(p), 0);
}

/* No record is half of a line; returns how many there were, up to max. */
static int
expect_whole(struct fixture *f, int max)
{
	int n = 0, at;

	while (n < max && (at = next(f)) != -1) {
		_cleanup_free_ char *line = xasprintf("m=%d ab%dc%d", at, at,
		    at);
		_cleanup_free_ char *plain = xasprintf("m=%d plain", at);

		if (f->r.raw.data[f->r.raw.len - 1] == 'n')
			assert_string_equal(f->r.raw.data, plain);
		else
			assert_string_equal(f->r.raw.data, line);
		n++;
	}
	return n;
}

/* From no cursor does one read on within a split line. */
static void
test_split(void **state)
{
	struct fixture *f = *state;
	char *cursors[100] = { NULL };
	size_t n = 0;

	write_split(f->one, 3000);
	open_it(f, f->one, 0, NULL);
	while (next(f) != -1) {
		if (n > 0 && strcmp(cursors[n - 1], f->r.pos.safe_cursor) == 0)
			continue;
		assert_in_range(n, 0, 99);
		cursors[n++] = xstrdup(f->r.pos.safe_cursor);
	}
	assert_in_range(n, 10, 60);
	for (size_t i = 0; i < n; i++) {
		open_it(f, f->one, 0, cursors[i]);
		expect_whole(f, 20);
		free(cursors[i]);
	}
	open_it(f, f->one, 0, NULL);
	assert_int_equal(expect_whole(f, INT32_MAX), 9000);
}

/* Overwrites len bytes, `before` bytes before the last object of a journal. */
static void
damage(const char *path, uint64_t before, size_t len)
{
	_cleanup_free_ char *junk = xcalloc(1, len);
	FILE *p = fopen(path, "r+");
	uint64_t tail;

	assert_non_null(p);
	assert_int_equal(fseek(p, 136, SEEK_SET), 0);
	assert_int_equal(fread(&tail, sizeof(tail), 1, p), 1);
	assert_in_range(le64toh(tail), before, INT32_MAX);
	assert_int_equal(fseek(p, (long)(le64toh(tail) - before), SEEK_SET), 0);
	memset(junk, 0xff, len);
	assert_int_equal(fwrite(junk, len, 1, p), 1);
	assert_int_equal(fclose(p), 0);
}

/* libsystemd passes over it; we say so, and give what there is. */
static void
test_damaged(void **state)
{
	struct fixture *f = *state;
	int n, last = -1, given = 0;

	write_entries(f->one, 0, MANY);
	damage(f->one, 600000, 100000);
	f->damaged = "is damaged";
	open_it(f, f->one, 0, NULL);
	while ((n = next(f)) >= 0) {
		assert_in_range(n, last + 1, MANY - 1);
		last = n;
		given++;
	}
	assert_int_equal(n, -1);
	assert_int_equal(f->said, 1);
	assert_in_range(given, MANY / 4, MANY - MANY / 10 - 1);
}

static void
test_left_out(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *bad = xasprintf("%s/system@1.journal", f->dir);
	FILE *p = fopen(bad, "w");

	assert_non_null(p);
	fprintf(p, "%0500d\n", 0);
	fclose(p);
	write_entries(f->one, 0, 50);
	f->damaged = bad;
	open_it(f, f->dir, 0, NULL);
	expect_all(f, 0, 50);
	assert_int_equal(f->said, 1);
}

static pid_t
child_of_mine(void)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/task/%d/children",
	    (int)getpid());
	FILE *p = fopen(path, "r");
	int pid = 0;

	assert_non_null(p);
	assert_int_equal(fscanf(p, "%d", &pid), 1);
	fclose(p);
	return pid;
}

static void
test_killed(void **state)
{
	struct fixture *f = *state;
	int n, lost = 0, want = 0;

	write_entries(f->one, 0, MANY);
	open_it(f, f->one, 0, NULL);
	while ((n = next(f)) != -1) {
		if (n == -2) {
			assert_non_null(strstr(f->err.text, "signal 9"));
			lost++;
			continue;
		}
		assert_int_equal(n, want);
		want += want % 10 == 8 ? 2 : 1;
		/* Some thousand may be in the pipe. */
		if (n == 0 || n == 12000)
			kill(child_of_mine(), SIGKILL);
	}
	assert_int_equal(lost, 2);
	assert_int_equal(want, MANY);
}

/* Wherever it dies, mostly between two entries that have their cursor. */
static void
test_killed_anywhere(void **state)
{
	struct fixture *f = *state;
	int n, lost, want;

	write_entries(f->one, 0, MANY);
	for (int at = 1; at < 2000; at += 171) {
		at += at % 10 == 9;
		lost = want = 0;
		open_it(f, f->one, 0, NULL);
		while ((n = next(f)) != -1) {
			if (n == -2) {
				lost++;
				continue;
			}
			assert_int_equal(n, want);
			want += want % 10 == 8 ? 2 : 1;
			if (n == at)
				kill(child_of_mine(), SIGKILL);
		}
		assert_int_equal(lost, 1);
		assert_int_equal(want, MANY);
	}
}

static void
test_killed_for_ever(void **state)
{
	struct fixture *f = *state;
	int n, lost = 0;

	write_entries(f->one, 0, 5);
	open_it(f, f->one, SOURCE_FOLLOW, NULL);
	for (int i = 0; i < 5; i++)
		while ((n = next(f)) != i)
			assert_true(n == -3 && source_wait(f->s));
	while (lost < 30 && (n = next(f)) != -1) {
		lost += n == -2;
		if (n != -2 || lost < 10)
			kill(child_of_mine(), SIGKILL);
		if (n == -3)
			source_wait(f->s);
	}
	assert_int_equal(lost, 10);
	assert_non_null(strstr(f->err.text, "given up"));
	assert_int_equal(next(f), -1);
}

static void
test_missing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(source_open_journal(f->one, NULL, 0, NULL, &f->s,
			     &f->err),
	    -ENOENT);
	assert_non_null(strstr(f->err.text, f->one));
	assert_int_equal(source_open_journal(f->dir, NULL, SOURCE_FOLLOW, NULL,
			     &f->s, &f->err),
	    -ENOENT);
	assert_non_null(strstr(f->err.text, "no journal"));
}

/* Beside a good file: said once an opening, and the good one is read. */
static void
test_damaged_beside(void **state)
{
	struct fixture *f = *state;
	FILE *p;

	write_entries(f->one, 0, 50);
	p = fopen(f->two, "w");
	assert_non_null(p);
	fclose(p);
	f->damaged = "two.journal is damaged";
	for (unsigned i = 0; i < 2; i++) {
		f->first[0] = '\0';
		f->said = 0;
		open_it(f, f->dir, 0, NULL);
		expect_all(f, 0, 50);
		assert_int_equal(f->said, 1);
	}
}

/* The example of SipHash's paper. */
static void
test_hash(void **state)
{
	uint8_t key[16], data[15];

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		key[i] = (uint8_t)i;
	memcpy(data, key, sizeof(data));
	assert_true(
	    journal_hash(key, data, sizeof(data)) == 0xa129ca6149be45e5ULL);
}

static void
follow(struct fixture *f, unsigned flags)
{
	int n = -3;

	write_entries(f->one, 0, 5);
	open_it(f, f->dir, SOURCE_FOLLOW | flags, NULL);
	for (int i = 0; flags == 0 && i < 5; i++)
		while ((n = next(f)) != i)
			assert_true(n == -3 && source_wait(f->s));
	/* That it stands at the end is not told. */
	usleep(200000);
	assert_int_equal(next(f), -3);
	write_entries(f->one, 5, 8);
	write_entries(f->two, 10, 12);
	for (int i = 5; i < 12; i += i == 7 ? 3 : 1) {
		struct pollfd p = { .events = POLLIN };

		while ((n = next(f)) == -3) {
			p.fd = source_fd(f->s);
			assert_int_equal(poll(&p, 1, 5000), 1);
		}
		assert_int_equal(n, i);
	}
}

static void
test_follow(void **state)
{
	follow(*state, 0);
}

static void
test_follow_end(void **state)
{
	follow(*state, SOURCE_FROM_END);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stretches, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_as_export, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_resume, setup, teardown),
		cmocka_unit_test_setup_teardown(test_split, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_anywhere, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_killed_for_ever, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_beside, setup,
		    teardown),
		cmocka_unit_test(test_hash),
		cmocka_unit_test_setup_teardown(test_follow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_follow_end, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
