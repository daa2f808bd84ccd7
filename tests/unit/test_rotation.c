/* SPDX-License-Identifier: ISC */
/* Reading on where the file was rotated, once or more often, and packed. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "trace/source.h"

/* So much of it is known again by. */
#define HEAD "a first line, so long that no other file will begin with it, 1\n"

struct fixture {
	char dir[32], log[64];
	struct record r;
	struct error err;
	struct source *s;
	int64_t clock; /* seconds, of the next file */
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/rotation.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	f->clock = 1777241584;
	record_init(&f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[64];

	source_free(f->s);
	record_done(&f->r);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
	free(f);
	return system(cmd);
}

/* The name of the log with that behind it; for one call. */
static const char *
named(const struct fixture *f, const char *suffix)
{
	static char names[2][96];
	static unsigned n;

	n = !n;
	snprintf(names[n], sizeof(names[n]), "%s%s", f->log, suffix);
	return names[n];
}

/* Writes into a file, a second after the one before. */
static void
put(struct fixture *f, const char *suffix, const char *mode, const char *text)
{
	struct timespec t[2] = { { .tv_sec = ++f->clock },
		{ .tv_sec = f->clock } };
	FILE *file = fopen(named(f, suffix), mode);

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(utimensat(AT_FDCWD, named(f, suffix), t, 0), 0);
}

static void
rotate(const struct fixture *f, const char *from, const char *to)
{
	assert_int_equal(rename(named(f, from), named(f, to)), 0);
}

/* As logrotate compresses: the time stays, the file is another one. */
static void
compress(const struct fixture *f, const char *with, const char *suffix)
{
	char cmd[200];

	snprintf(cmd, sizeof(cmd), "%s -q %s", with, named(f, suffix));
	assert_int_equal(system(cmd), 0);
}

static void
open_at(struct fixture *f, unsigned flags, const struct source_resume *at)
{
	f->s = source_free(f->s);
	assert_int_equal(source_open_file(f->log, flags, at, &f->s, NULL), 0);
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

/* Writes a log of three lines and reads its first two. */
static struct source_resume
begin(struct fixture *f)
{
	struct source_resume at;

	put(f, "", "w", HEAD "two\nthree\n");
	open_at(f, 0, NULL);
	next(f);
	assert_string_equal(next(f), "two");
	at = (struct source_resume){
		.file = f->r.pos.file,
		.offset = f->r.pos.offset + 4,
		.lines = 2,
		.read_ns = f->clock * NSEC_PER_SEC,
	};
	f->s = source_free(f->s);
	return at;
}

/* What comes, each ended by a blank, up to the end; followed or not. */
static void
assert_reads(struct fixture *f, const struct source_resume *at,
    const char *want)
{
	for (unsigned flags = 0; flags <= SOURCE_FOLLOW; flags++) {
		char got[400] = "";
		const char *line;

		open_at(f, flags, at);
		do {
			line = next(f);
			if (line[0] != '(' || line[1] == 'l')
				snprintf(got + strlen(got),
				    sizeof(got) - strlen(got), "%s ", line);
		} while (line[0] != '(' || line[1] == 'l');
		assert_string_equal(got, want);
	}
}

static void
test_twice(void **state)
{
	struct fixture *f = *state;
	struct source_resume at = begin(f);
	struct source_stats st;

	rotate(f, "", ".1");
	assert_reads(f, &at, "three ");
	put(f, "", "w", "between\n");
	assert_reads(f, &at, "three between ");
	rotate(f, ".1", ".2");
	rotate(f, "", ".1");
	put(f, "", "w", "now\n");
	assert_reads(f, &at, "three between now ");
	assert_int_equal(f->r.pos.offset, 0);
	assert_int_equal(f->r.pos.lines, 1);
	rotate(f, ".2", ".3");
	rotate(f, ".1", ".2");
	rotate(f, "", ".1");
	put(f, "", "w", "last\n");
	assert_reads(f, &at, "three between now last ");
	source_stats(f->s, &st);
	assert_int_equal(st.total,
	    strlen(HEAD "two\nthree\n") + strlen("between\nnow\nlast\n"));
	assert_int_equal(st.read, st.total);
}

/* The numbers tell, were the times of the files as they may be. */
static void
test_numbers_before_times(void **state)
{
	struct fixture *f = *state;
	struct source_resume at = begin(f);

	rotate(f, "", ".11");
	put(f, ".9", "w", "nine\n");
	put(f, ".10", "w", "ten\n");
	for (int i = 8; i > 0; i--) {
		char suffix[16];

		snprintf(suffix, sizeof(suffix), ".%d", i);
		put(f, suffix, "w", suffix);
	}
	put(f, ".12", "w", "older\n");
	put(f, "", "w", "now\n");
	assert_reads(f, &at, "three ten nine .8 .7 .6 .5 .4 .3 .2 .1 now ");
}

static void
test_dated(void **state)
{
	struct fixture *f = *state;
	struct source_resume at = begin(f);

	put(f, "-20260101", "w", "older\n");
	at = begin(f);
	rotate(f, "", "-20260301");
	put(f, "", "w", "b\n");
	rotate(f, "", "-20260302");
	put(f, "", "w", "c\n");
	rotate(f, "", "-20260303-10");
	/* Of one moment: the date tells. */
	f->clock--;
	put(f, "-20260303-12", "w", "d\n");
	put(f, "", "w", "now\n");
	assert_reads(f, &at, "three b c d now ");
}

/* Names that no rotation makes, or that cannot be read, are not read. */
static void
test_other_names(void **state)
{
	static const char *const names[] = { ".bak", ".lock", "x.1", ".1.xz",
		".1x", "-", ".", "-old", ".1.gz.tmp", ".123456789.tmp" };
	struct fixture *f = *state;
	struct source_resume at = begin(f);

	rotate(f, "", ".1");
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		put(f, names[i], "w", "other\n");
	put(f, "", "w", "now\n");
	assert_int_equal(mkdir(named(f, ".0"), 0700), 0);
	assert_reads(f, &at, "three now ");
}

static void
test_one_between_is_gone(void **state)
{
	struct fixture *f = *state;
	struct source_resume at = begin(f);

	rotate(f, "", ".3");
	put(f, ".1", "w", "one\n");
	put(f, "", "w", "now\n");
	assert_reads(f, &at, "three (lost) one now ");
	assert_non_null(strstr(f->err.text, "is gone"));
	unlink(named(f, ".1"));
	assert_reads(f, &at, "three (lost) now ");
	/* Some count from 0. */
	rotate(f, ".3", ".1");
	put(f, ".0", "w", "zero\n");
	assert_reads(f, &at, "three zero now ");
}

static void
test_packed_between(void **state)
{
	struct fixture *f = *state;
	struct source_resume at = begin(f);

	rotate(f, "", ".3");
	put(f, ".2", "w", "two back\n");
	compress(f, "gzip", ".2");
	put(f, ".1", "w", "one back\n");
	compress(f, "zstd --rm", ".1");
	put(f, "", "w", "now\n");
	assert_reads(f, &at, "three two back one back now ");
	/* While it is being packed both are there. */
	put(f, ".1", "w", "one back\n");
	put(f, ".1.zst", "w", "half of");
	assert_reads(f, &at, "three two back one back now ");
}

/* The file itself was packed meanwhile: it is known by what it begins with. */
static void
test_packed(void **state)
{
	static const char *const packers[] = { "gzip", "zstd --rm" };
	struct fixture *f = *state;
	struct source_resume at;

	for (size_t i = 0; i < 2; i++) {
		const char *packed = i == 0 ? ".2.gz" : ".2.zst";

		at = begin(f);
		rotate(f, "", ".2");
		compress(f, packers[i], ".2");
		put(f, ".1", "w", "between\n");
		put(f, ".3", "w",
		    "a file that begins otherwise, and is "
		    "longer than what is compared of it\n");
		put(f, "", "w", "now\n");
		assert_reads(f, &at, "three between now ");
		/* Its lines are those of the file that was. */
		open_at(f, 0, &at);
		assert_string_equal(next(f), "three");
		assert_true(f->r.pos.file.ino == at.file.ino);
		assert_true(f->r.pos.file.head_hash == at.file.head_hash);
		assert_int_equal(f->r.pos.offset, at.offset);
		assert_int_equal(f->r.pos.lines, 3);
		assert_string_equal(next(f), "between");
		/* By its head: the number of the old one may be its own. */
		assert_false(f->r.pos.file.head_hash == at.file.head_hash);
		unlink(named(f, packed));
	}
}

/* What cannot be known again is not guessed. */
static void
test_packed_other(void **state)
{
	struct fixture *f = *state;
	struct source_resume at = begin(f);
	FILE *file;

	at.read_ns = 0;
	rotate(f, "", ".1");
	put(f, "", "w", "now\n");
	/* Two that begin so. */
	put(f, ".2", "w", HEAD "two\nthree\n");
	compress(f, "gzip", ".1");
	compress(f, "gzip", ".2");
	assert_reads(f, &at, "(lost) now ");
	assert_non_null(strstr(f->err.text, "is gone"));
	unlink(named(f, ".2.gz"));
	assert_reads(f, &at, "three now ");
	/* One that has not so much, and one that is damaged. */
	unlink(named(f, ".1.gz"));
	put(f, ".1", "w", HEAD "tw");
	compress(f, "gzip", ".1");
	assert_reads(f, &at, "(lost) now ");
	file = fopen(named(f, ".1.gz"), "r+");
	fseek(file, 12, SEEK_SET);
	fputs("\xff\xff\xff\xff\xff\xff", file);
	fclose(file);
	assert_reads(f, &at, "(lost) now ");
	/* Of a file that was short then, too little is known. */
	at.file.head_len = 10;
	unlink(named(f, ".1.gz"));
	put(f, ".1", "w", HEAD "two\nthree\n");
	assert_reads(f, &at, "(lost) now ");
}

/* Copied, and cut short: the copy has the rest. */
static void
test_copied(void **state)
{
	struct fixture *f = *state;
	struct source_resume at = begin(f);

	put(f, ".1", "w", HEAD "two\nthree\n");
	put(f, "", "w", "now\n");
	assert_reads(f, &at, "three now ");
	compress(f, "gzip", ".1");
	assert_reads(f, &at, "three now ");
	unlink(named(f, ".1.gz"));
	assert_reads(f, &at, "(lost) now ");
	assert_non_null(strstr(f->err.text, "was cut short"));
}

/* It is gone, but not all that came after it. */
static void
test_gone(void **state)
{
	struct fixture *f = *state;
	struct source_resume at = begin(f);

	rotate(f, "", ".9");
	put(f, ".2", "w", "second\n");
	put(f, ".1", "w", "third\n");
	put(f, "", "w", "now\n");
	f->clock = at.read_ns / NSEC_PER_SEC - 10;
	put(f, ".3", "w", "read before\n");
	unlink(named(f, ".9"));
	assert_reads(f, &at, "(lost) second third now ");
	assert_non_null(strstr(f->err.text, "is gone"));
	/* When it was read is not known: only what is there now is new. */
	at.read_ns = 0;
	assert_reads(f, &at, "(lost) now ");
}

/* A reader that waits, and sleeps through two rotations. */
static void
test_followed(void **state)
{
	struct fixture *f = *state;

	put(f, "", "w", "one\n");
	open_at(f, SOURCE_FOLLOW, NULL);
	assert_string_equal(next(f), "one");
	assert_string_equal(next(f), "(wait)");
	put(f, "", "a", "two\n");
	rotate(f, "", ".1");
	put(f, "", "w", "three\n");
	rotate(f, ".1", ".2");
	rotate(f, "", ".1");
	put(f, "", "w", "four\n");
	assert_string_equal(next(f), "two");
	assert_string_equal(next(f), "three");
	assert_string_equal(next(f), "four");
	assert_string_equal(next(f), "(wait)");
	/* The next is packed at once; it was read to its end before that. */
	rotate(f, ".2", ".3");
	rotate(f, ".1", ".2");
	rotate(f, "", ".1");
	compress(f, "gzip", ".1");
	put(f, "", "w", "five\n");
	assert_string_equal(next(f), "five");
	assert_string_equal(next(f), "(wait)");
	/* Two more, and the second of them is gone. */
	unlink(named(f, ".3"));
	unlink(named(f, ".2"));
	unlink(named(f, ".1.gz"));
	rotate(f, "", ".2");
	put(f, "", "w", "seven\n");
	assert_string_equal(next(f), "(lost)");
	assert_string_equal(next(f), "seven");
	assert_string_equal(next(f), "(wait)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_twice),
		TEST(test_numbers_before_times),
		TEST(test_dated),
		TEST(test_other_names),
		TEST(test_one_between_is_gone),
		TEST(test_packed_between),
		TEST(test_packed),
		TEST(test_packed_other),
		TEST(test_copied),
		TEST(test_gone),
		TEST(test_followed),
	};

	return cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
