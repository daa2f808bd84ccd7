/* SPDX-License-Identifier: ISC */
/* daemon/copy: only whole regular files, their holes kept. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../daemon/copy.h"
#include "base/cleanup.h"
#include "base/wait.h"

#define MIB (1 << 20)

static char dir[64], from[96], to[96];

/* A directory of its own; base is where it stands. */
static void
open_dir(const char *base)
{
	snprintf(dir, sizeof(dir), "%s/bgcopy.XXXXXX", base);
	assert_non_null(mkdtemp(dir));
	snprintf(from, sizeof(from), "%s/from", dir);
	snprintf(to, sizeof(to), "%s/to", dir);
}

static int
setup(void **state)
{
	(void)state;
	open_dir("/tmp");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(to);
	if (unlink(from) < 0)
		rmdir(from);
	return rmdir(dir);
}

static void
write_at(const char *path, off_t pos, const char *data, size_t len)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC,
	    0644);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, pos), len);
}

static void
expect_at(const char *path, off_t pos, const char *want, size_t len)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char got[64];

	assert_true(fd >= 0 && len <= sizeof(got));
	assert_int_equal(pread(fd, got, len, pos), len);
	assert_memory_equal(got, want, len);
}

/* Wants a refusal whose text has this, and nothing made. */
static void
expect_refused(const char *path, int raw, const char *text)
{
	struct error err = ERROR_INIT;
	int64_t bytes = -7;
	struct stat st;

	assert_true(copy_file(path, to, raw, &bytes, &err) < 0);
	if (strstr(err.text, text) == NULL)
		fail_msg("wanted \"%s\" in: %s", text, err.text);
	assert_string_equal(err.kind, "invalid_argument");
	assert_int_equal(bytes, -7);
	assert_int_equal(lstat(to, &st), -1);
}

static void
test_holes(void **state)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int64_t bytes = 0;

	(void)state;
	write_at(from, 0, "begin", 5);
	write_at(from, 40 * MIB, "middle", 6);
	fd = open(from, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 100 * MIB + 1), 0); /* a hole behind */
	assert_int_equal(copy_file(from, to, 1, &bytes, NULL), 0);
	assert_int_equal(bytes, 100 * MIB + 1);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_size, bytes);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_true(st.st_blocks * 512 < MIB);
	expect_at(to, 0, "begin\0", 6);
	expect_at(to, 40 * MIB - 1, "\0middle\0", 8);
	expect_at(to, 100 * MIB, "\0", 1);
}

static void
test_all_hole_and_plain(void **state)
{
	_cleanup_free_ char *data = malloc(3 * MIB);
	_cleanup_close_ int fd = open(from, O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600);
	struct stat st;
	int64_t bytes = 0;

	(void)state;
	assert_int_equal(ftruncate(fd, 5 * MIB), 0);
	assert_int_equal(copy_file(from, to, 1, &bytes, NULL), 0);
	assert_int_equal(bytes, 5 * MIB);
	assert_int_equal(stat(to, &st), 0);
	assert_true(st.st_blocks * 512 < MIB);
	assert_int_equal(unlink(to), 0);

	for (int i = 0; i < 3 * MIB; i++)
		data[i] = (char)(i * 31 >> 3);
	assert_int_equal(ftruncate(fd, 0), 0);
	write_at(from, 0, data, 3 * MIB);
	assert_int_equal(copy_file(from, to, 0, &bytes, NULL), 0);
	assert_int_equal(bytes, 3 * MIB);
	for (int i = 0; i < 3 * MIB; i += 4096)
		expect_at(to, i, data + i, 64);
}

/* From one kind of file system to another the kernel copies nothing. */
static void
test_other_file_system(void **state)
{
	_cleanup_free_ char *data = malloc(MIB);
	struct stat here, there;
	char path[] = "/dev/shm/bgcopy.XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	int64_t bytes = 0;

	(void)state;
	if (fd < 0)
		skip();
	assert_int_equal(stat(dir, &here), 0);
	assert_int_equal(fstat(fd, &there), 0);
	if (here.st_dev == there.st_dev) {
		unlink(path);
		skip();
	}
	for (int i = 0; i < MIB; i++)
		data[i] = (char)(i * 7 >> 2);
	write_at(path, 8 * MIB, data, MIB);
	assert_int_equal(copy_file(path, to, 1, &bytes, NULL), 0);
	unlink(path);
	assert_int_equal(bytes, 9 * MIB);
	for (int i = 0; i < MIB; i += 4096)
		expect_at(to, 8 * MIB + i, data + i, 64);
	assert_int_equal(stat(to, &there), 0);
	assert_true(there.st_blocks * 512 < 4 * MIB);
}

static void
test_refused(void **state)
{
	(void)state;
	expect_refused("relative/path", 0, "not an absolute path");
	expect_refused("", 0, "not an absolute path");
	expect_refused(from, 0, "No such file");
	expect_refused(dir, 0, "no regular file");
	expect_refused("/dev/zero", 0, "no regular file");
	write_at(from, 0, "", 0);
	expect_refused(from, 0, "is empty");
	assert_int_equal(unlink(from), 0);
	/* Nobody writes into it: it must not be waited for. */
	assert_int_equal(mkfifo(from, 0600), 0);
	alarm(10);
	expect_refused(from, 1, "no regular file");
	alarm(0);
}

static void
test_formats(void **state)
{
	static const struct {
		const char *head, *name;
	} table[] = { { "QFI\xfb....", "qcow2" }, { "KDMV....", "vmdk" },
		{ "vhdxfile", "vhdx" }, { "conectix", "vpc" },
		{ "<<< Orac", "vdi" }, { "QED\0....", "qed" } };
	int64_t bytes = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		write_at(from, 0, table[i].head, 8);
		expect_refused(from, 1, table[i].name);
		/* Only a disk is looked at so. */
		assert_int_equal(copy_file(from, to, 0, &bytes, NULL), 0);
		assert_int_equal(unlink(to), 0);
	}
	/* Too short to be one. */
	assert_int_equal(unlink(from), 0);
	write_at(from, 0, "QFI", 3);
	assert_int_equal(copy_file(from, to, 1, &bytes, NULL), 0);
	assert_int_equal(bytes, 3);
}

static void
test_target_exists(void **state)
{
	struct error err = ERROR_INIT;
	int64_t bytes;

	(void)state;
	write_at(from, 0, "new", 3);
	write_at(to, 0, "old", 3);
	assert_int_equal(copy_file(from, to, 0, &bytes, &err), -EEXIST);
	expect_at(to, 0, "old", 3);
	assert_int_equal(unlink(to), 0);
	assert_int_equal(symlink("/tmp/nowhere/at/all", to), 0);
	assert_int_equal(copy_file(from, to, 0, &bytes, &err), -EEXIST);
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* Its turns are where a stage's time can end it. */
static void
test_late(void **state)
{
	struct error err = ERROR_INIT;
	int64_t bytes = -7;

	(void)state;
	write_at(from, 0, "begin", 5);
	wait_deadline_by(0);
	assert_int_equal(copy_file(from, to, 0, &bytes, &err), -ETIME);
	wait_deadline_by(WAIT_NEVER);
	assert_string_equal(err.text, "timed out");
	assert_int_equal(bytes, -7);
}

/* It looks between two pieces: the first one's writing calls it off. */
static void
test_called_off(void **state)
{
	_cleanup_close_ int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	_cleanup_free_ char *data = calloc(1, 40 * MIB);
	struct error err = ERROR_INIT;
	int64_t bytes = -7;
	struct stat st;

	(void)state;
	memset(data, 'x', 40 * MIB);
	write_at(from, 0, data, 40 * MIB);
	assert_true(inotify_add_watch(watch, dir, IN_MODIFY) >= 0);
	wait_cancel_by(watch);
	assert_int_equal(copy_file(from, to, 0, &bytes, &err), -ECANCELED);
	wait_cancel_by(-1);
	assert_string_equal(err.kind, WAIT_CANCELED);
	assert_int_equal(bytes, -7);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_size, 16 * MIB);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_holes),
		test(test_all_hole_and_plain),
		test(test_other_file_system),
		test(test_refused),
		test(test_formats),
		test(test_target_exists),
		test(test_late),
		test(test_called_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
