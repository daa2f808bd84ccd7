/* SPDX-License-Identifier: ISC */
/* A file's bytes, packed or not, and reading on where one was left. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/source.h"

struct fixture {
	char dir[32];
	char a[64], b[64], old[64];
	struct record r;
	struct error err;
	struct source *s;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/source.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->a, sizeof(f->a), "%s/a", f->dir);
	snprintf(f->b, sizeof(f->b), "%s/b", f->dir);
	snprintf(f->old, sizeof(f->old), "%s/a.1", f->dir);
	record_init(&f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	source_free(f->s);
	unlink(f->a);
	unlink(f->b);
	unlink(f->old);
	rmdir(f->dir);
	record_done(&f->r);
	free(f);
	return 0;
}

static void
put(const char *path, const char *mode, const char *text)
{
	FILE *file = fopen(path, mode);

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
open_at(struct fixture *f, unsigned flags, const struct source_resume *resume)
{
	f->s = source_free(f->s);
	assert_int_equal(source_open_file(f->a, flags, resume, &f->s, NULL), 0);
}

static const char *
next(struct fixture *f)
{
	switch (source_next(f->s, &f->r, &f->err)) {
	case SOURCE_END:
		return "(end)";
	case SOURCE_LOST:
		return "(lost)";
	case SOURCE_WAIT:
		return "(wait)";
	default:
		return buf_str(&f->r.raw);
	}
}

/* Where the last record says that reading on misses nothing. */
static struct source_resume
here(const struct fixture *f)
{
	return (struct source_resume){
		.file = f->r.pos.file,
		.offset = f->r.pos.safe_offset,
		.lines = f->r.pos.safe_lines,
	};
}

/* Reads n lines and stops behind the n-th. */
static struct source_resume
read_some(struct fixture *f, int n)
{
	struct source_resume at;

	open_at(f, 0, NULL);
	while (n-- > 0)
		next(f);
	at = here(f);
	at.offset += f->r.raw.len + 1;
	at.lines++;
	return at;
}

/* ---- packed ------------------------------------------------------------ */

#define PACKED_LINES 20000

static void
pack(const struct fixture *f, const char *with, const char *mode)
{
	char command[200];

	snprintf(command, sizeof(command), "%s -c <%s %s%s", with, f->b, mode,
	    f->a);
	assert_int_equal(system(command), 0);
}

/* So many numbered lines, from the first on, into b. */
static void
lines(const struct fixture *f, int first, int n)
{
	FILE *file = fopen(f->b, "w");

	assert_non_null(file);
	for (int i = first; i < first + n; i++)
		fprintf(file, "line %d %u\n", i, (unsigned)i * 2654435761U);
	fclose(file);
}

/* Reads numbered lines to whatever comes then; how many there were. */
static int
count(struct fixture *f, const char **ret_last)
{
	char want[40];
	int n = 0;

	for (;; n++) {
		*ret_last = next(f);
		snprintf(want, sizeof(want), "line %d %u", n,
		    (unsigned)n * 2654435761U);
		if (strcmp(*ret_last, want) != 0)
			return n;
	}
}

static const char *const packers[] = { "gzip", "zstd -q" };

static void
test_packed(void **state)
{
	struct fixture *f = *state;
	struct source_stats st;
	const char *last;
	int in, keep = dup(STDIN_FILENO);

	for (size_t i = 0; i < 2; i++) {
		lines(f, 0, PACKED_LINES);
		pack(f, packers[i], ">");
		lines(f, PACKED_LINES, 10);
		pack(f, packers[i], ">>");
		open_at(f, 0, NULL);
		assert_int_equal(count(f, &last), PACKED_LINES + 10);
		assert_string_equal(last, "(end)");
		source_stats(f->s, &st);
		assert_true(st.total > 0 && st.read == st.total);
		assert_true(st.bytes > st.total);
		assert_int_equal(f->r.pos.lines, PACKED_LINES + 10);
		/* On standard input, as a file and as a pipe would be. */
		in = open(f->a, O_RDONLY);
		dup2(in, STDIN_FILENO);
		close(in);
		f->s = source_free(f->s);
		assert_int_equal(source_open_file("-", 0, NULL, &f->s, NULL),
		    0);
		assert_int_equal(count(f, &last), PACKED_LINES + 10);
		assert_string_equal(last, "(end)");
		assert_false(file_id_is_set(&f->r.pos.file));
	}
	dup2(keep, STDIN_FILENO);
	close(keep);
}

/* What could be unpacked, then what is wrong; the half line is kept. */
static void
test_packed_cut_off(void **state)
{
	struct fixture *f = *state;
	struct source_stats st;
	const char *last;
	char where[40];
	int n;

	for (size_t i = 0; i < 2; i++) {
		lines(f, 0, PACKED_LINES);
		pack(f, packers[i], ">");
		open_at(f, 0, NULL);
		count(f, &last);
		source_stats(f->s, &st);
		assert_int_equal(truncate(f->a, (off_t)st.total * 3 / 4), 0);
		open_at(f, 0, NULL);
		n = count(f, &last);
		assert_in_range(n, PACKED_LINES / 3, PACKED_LINES - 1);
		if (strcmp(last, "(lost)") != 0)
			last = next(f);
		assert_string_equal(last, "(lost)");
		snprintf(where, sizeof(where),
		    "byte %llu:", (unsigned long long)st.total * 3 / 4);
		assert_non_null(strstr(f->err.text, where));
		assert_non_null(strstr(f->err.text, f->a));
		assert_string_equal(next(f), "(end)");
	}
}

static void
test_packed_damaged(void **state)
{
	struct fixture *f = *state;
	struct source_stats st;
	const char *last;
	FILE *file;
	int seen;

	for (size_t i = 0; i < 2; i++) {
		lines(f, 0, PACKED_LINES);
		pack(f, packers[i], ">");
		open_at(f, 0, NULL);
		count(f, &last);
		source_stats(f->s, &st);
		file = fopen(f->a, "r+");
		fseek(file, (long)st.total / 2, SEEK_SET);
		fwrite("\xff\xff\xff\xff\xff\xff\xff\xff", 1, 8, file);
		fclose(file);
		open_at(f, 0, NULL);
		assert_true(count(f, &last) > 0);
		/* Wrong text may come before the damage is seen. */
		for (seen = 0; strcmp(last, "(end)") != 0; last = next(f))
			seen += strcmp(last, "(lost)") == 0;
		assert_int_equal(seen, 1);
	}
}

static void
test_packed_resume(void **state)
{
	struct fixture *f = *state;
	struct source_resume at;
	const char *last;

	for (size_t i = 0; i < 2; i++) {
		lines(f, 0, PACKED_LINES);
		pack(f, packers[i], ">");
		at = read_some(f, PACKED_LINES - 5);
		open_at(f, 0, &at);
		last = next(f);
		assert_memory_equal(last, "line 19995 ", 11);
		assert_int_equal(f->r.pos.lines, PACKED_LINES - 4);
		assert_int_equal(f->r.pos.offset, at.offset);
	}
}

/* Read to its end once, and then the name's next file. */
static void
test_packed_followed(void **state)
{
	struct fixture *f = *state;
	const char *last;

	for (size_t i = 0; i < 2; i++) {
		lines(f, 0, 5);
		pack(f, packers[i], ">");
		open_at(f, SOURCE_FOLLOW, NULL);
		assert_int_equal(count(f, &last), 5);
		assert_string_equal(last, "(wait)");
		pack(f, packers[i], ">>");
		assert_string_equal(next(f), "(wait)");
		rename(f->a, f->old);
		put(f->a, "w", "plain\n");
		assert_string_equal(next(f), "plain");
		assert_int_equal(f->r.pos.offset, 0);
		unlink(f->a);
	}
}

/* ---- reading on -------------------------------------------------------- */

static void
test_resume_each_line(void **state)
{
	static const char *const all[] = { "one", "", "three", "4", "last" };
	struct fixture *f = *state;
	struct source_resume at;
	struct file_id id = { 0 };

	put(f->a, "w", "one\n\nthree\n4\nlast");
	open_at(f, 0, NULL);
	next(f);
	id = f->r.pos.file;
	at = (struct source_resume){ .file = id };
	for (size_t i = 0; i < 5; i++) {
		open_at(f, 0, &at);
		for (size_t k = i; k < 5; k++) {
			if (*all[k] == '\0')
				continue;
			assert_string_equal(next(f), all[k]);
			assert_int_equal(f->r.pos.lines, k + 1);
			assert_int_equal(f->r.pos.safe_lines, k);
			assert_int_equal(f->r.pos.safe_offset, f->r.pos.offset);
		}
		assert_string_equal(next(f), "(end)");
		at.offset += strlen(all[i]) + 1;
		at.lines++;
	}
	/* Of no file: from the start. */
	at.file = (struct file_id){ 0 };
	open_at(f, 0, &at);
	assert_string_equal(next(f), "one");
}

static void
test_resume_renamed(void **state)
{
	struct fixture *f = *state;
	struct source_resume at;

	put(f->a, "w", "one\ntwo\n");
	at = read_some(f, 1);
	rename(f->a, f->old);
	put(f->old, "a", "three\n");
	put(f->a, "w", "new\n");
	for (unsigned flags = 0; flags <= SOURCE_FOLLOW; flags++) {
		open_at(f, flags, &at);
		assert_string_equal(next(f), "two");
		assert_int_equal(f->r.pos.lines, 2);
		assert_true(f->r.pos.file.ino == at.file.ino);
		assert_string_equal(next(f), "three");
		assert_string_equal(next(f), "new");
		assert_int_equal(f->r.pos.offset, 0);
		assert_int_equal(f->r.pos.lines, 1);
		assert_false(f->r.pos.file.ino == at.file.ino);
		assert_string_equal(next(f), flags ? "(wait)" : "(end)");
	}
}

static void
test_resume_gone(void **state)
{
	struct fixture *f = *state;
	struct source_resume at;

	put(f->a, "w", "one\ntwo\n");
	at = read_some(f, 1);
	rename(f->a, f->b);
	put(f->a, "w", "new\n");
	unlink(f->b);
	open_at(f, 0, &at);
	assert_string_equal(next(f), "(lost)");
	assert_non_null(strstr(f->err.text, "after byte 4 is gone"));
	assert_string_equal(next(f), "new");
	assert_string_equal(next(f), "(end)");
}

static void
test_resume_truncated(void **state)
{
	struct fixture *f = *state;
	struct source_resume at;

	put(f->a, "w", "one\ntwo\n");
	at = read_some(f, 2);
	/* Begun anew with other text, and with the same. */
	for (int same = 0; same < 2; same++) {
		put(f->a, "w", same ? "one\n" : "x\n");
		open_at(f, 0, &at);
		assert_string_equal(next(f), "(lost)");
		assert_non_null(strstr(f->err.text, "was cut short"));
		assert_string_equal(next(f), same ? "one" : "x");
		assert_int_equal(f->r.pos.lines, 1);
		assert_string_equal(next(f), "(end)");
	}
}

/* An inode that is another file's by now: long enough, and not it. */
static void
test_resume_other_head(void **state)
{
	struct fixture *f = *state;
	struct source_resume at;

	put(f->a, "w", "one\ntwo\n");
	at = read_some(f, 1);
	put(f->a, "w", "other\ntext\nhere\n");
	open_at(f, 0, &at);
	assert_string_equal(next(f), "(lost)");
	assert_string_equal(next(f), "other");
}

static void
test_resume_export(void **state)
{
	struct fixture *f = *state;
	struct source_resume at;

	put(f->a, "w",
	    "__CURSOR=1\nMESSAGE=one\n\n__CURSOR=2\nMESSAGE=two\nMESSAGE=2b\n"
	    "\n");
	open_at(f, 0, NULL);
	assert_string_equal(next(f), "one");
	assert_false(f->r.pos.more);
	assert_string_equal(next(f), "two");
	assert_true(f->r.pos.more);
	assert_string_equal(next(f), "2b");
	assert_false(f->r.pos.more);
	at = here(f);
	open_at(f, 0, &at);
	assert_string_equal(next(f), "two");
	assert_int_equal(f->r.pos.lines, 2);
	assert_string_equal(next(f), "2b");
	assert_int_equal(f->r.pos.sub, 1);
	assert_string_equal(next(f), "(end)");
}

/* The form is that of the file's first lines, not of the next. */
static void
test_resume_form(void **state)
{
	static const char head[] = "Nov 23 00:09:32 h bangerd[12]: ";
	struct fixture *f = *state;
	struct source_resume at;
	char text[200];

	snprintf(text, sizeof(text), "-- Boot --\n%s{\"msg\":\"x\"}\n", head);
	put(f->a, "w", text);
	put(f->a, "a", "{\"msg\":\"bare\"}\n");
	snprintf(text, sizeof(text), "%s{\"msg\":\"y\"}\n", head);
	put(f->a, "a", text);
	at = read_some(f, 1);
	at.offset += strlen(head) + 12;
	at.lines++;
	open_at(f, 0, &at);
	assert_string_equal(next(f), "{\"msg\":\"bare\"}");
	assert_int_equal(f->r.pos.lines, 3);
	assert_string_equal(next(f), "{\"msg\":\"y\"}");
	assert_int_equal(f->r.pid, 12);
	/* And a file of bare lines stays one. */
	put(f->a, "w", "{\"msg\":\"bare\"}\n");
	put(f->a, "a", text);
	at = read_some(f, 1);
	open_at(f, 0, &at);
	next(f);
	assert_int_equal(f->r.kind, RECORD_TEXT);
}

static void
test_growing_id(void **state)
{
	struct fixture *f = *state;
	int fd;

	put(f->a, "w", "");
	open_at(f, SOURCE_FOLLOW, NULL);
	assert_string_equal(next(f), "(wait)");
	fd = open(f->a, O_RDONLY);
	for (int i = 1; i <= 200; i++) {
		put(f->a, "a", "a line.\n");
		assert_string_equal(next(f), "a line.");
		assert_int_equal(f->r.pos.file.head_len,
		    i * 8 < FILE_ID_HEAD ? i * 8 : FILE_ID_HEAD);
		assert_true(file_id_matches(fd, &f->r.pos.file));
	}
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_packed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_packed_cut_off, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_packed_damaged, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_packed_resume, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_packed_followed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_resume_each_line, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_resume_renamed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_resume_gone, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_resume_truncated, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_resume_other_head, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_resume_export, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_resume_form, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_growing_id, setup,
		    teardown),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
