/* SPDX-License-Identifier: ISC */
/* helper/cgroup: limits go to the files that are there, and are told. */
#include "../../helper/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"

static const struct cgroup_limits limits = { 1000, 256, 3 };

/* A directory in place of a group, with these files. */
static int
group(char *path, const char *const *files)
{
	int dir, fd;

	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	for (; *files != NULL; files++) {
		fd = openat(dir, *files, O_CREAT | O_WRONLY, 0600);
		assert_true(fd >= 0);
		close(fd);
	}
	return dir;
}

static void
holds(int dir, const char *file, const char *want)
{
	char text[64] = "";
	_cleanup_close_ int fd = openat(dir, file, O_RDONLY);

	assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, want);
	unlinkat(dir, file, 0);
}

static void
test_all(void **state)
{
	static const char *const files[] = { "memory.max", "pids.max",
		"cpu.max", NULL };
	char path[] = "/tmp/test_cgroup.XXXXXX";
	_cleanup_close_ int dir = group(path, files);
	unsigned set = 0;

	(void)state;
	assert_int_equal(cgroup_set(dir, &limits, &set, NULL), 0);
	assert_string_equal(cgroup_limits_name(set), "memory pids cpu");
	holds(dir, "memory.max", "1048576000");
	holds(dir, "pids.max", "256");
	holds(dir, "cpu.max", "300000 100000");
	rmdir(path);
}

static void
test_some(void **state)
{
	static const char *const files[] = { "pids.max", NULL };
	static const char *const none[] = { NULL };
	char path[] = "/tmp/test_cgroup.XXXXXX";
	char other[] = "/tmp/test_cgroup.XXXXXX";
	_cleanup_close_ int dir = group(path, files);
	_cleanup_close_ int empty = group(other, none);
	unsigned set = 7;

	(void)state;
	assert_int_equal(cgroup_set(dir, &limits, &set, NULL), 0);
	assert_string_equal(cgroup_limits_name(set), "pids");
	holds(dir, "pids.max", "256");
	assert_int_equal(cgroup_set(empty, &limits, &set, NULL), 0);
	assert_string_equal(cgroup_limits_name(set), "none");
	rmdir(path);
	rmdir(other);
}

/* A controller that is there and refuses fails the launch. */
static void
test_refused(void **state)
{
	static const char *const none[] = { NULL };
	char path[] = "/tmp/test_cgroup.XXXXXX";
	_cleanup_close_ int dir = group(path, none);
	struct error err = ERROR_INIT;
	unsigned set = 7;

	(void)state;
	assert_int_equal(mkdirat(dir, "memory.max", 0700), 0);
	assert_true(cgroup_set(dir, &limits, &set, &err) < 0);
	assert_non_null(strstr(err.text, "memory.max"));
	assert_int_equal(set, 7);
	unlinkat(dir, "memory.max", AT_REMOVEDIR);
	rmdir(path);
}

static void
test_kinds(void **state)
{
	const char *mount = "unset";
	enum cgroup_kind kind = cgroup_probe(&mount);

	(void)state;
	assert_int_equal(kind == CGROUP_V2, mount != NULL);
	assert_string_equal(cgroup_kind_name(CGROUP_NONE), "none");
	assert_string_equal(cgroup_kind_name(CGROUP_V1), "v1");
	assert_string_equal(cgroup_kind_name(CGROUP_V2), "v2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_some),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
