/* SPDX-License-Identifier: ISC */
/* daemon/state: what was begun is found again; many threads, one connection. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../daemon/history.h"
#include "../../daemon/image.h"
#include "../../daemon/op.h"
#include "../../daemon/state.h"
#include "../../daemon/vm.h"
#include "base/mem.h"
#include "wire/rpc.h"

#define THREADS 8
#define ROUNDS 1500

static char dir[64];

/* Of whoever holds a VM; here nobody does. */
const struct opid *
op_id(const struct op *op)
{
	(void)op;
	return NULL;
}

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/bgstate.XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
remove_files(const char *from)
{
	static const char *const names[] = { "lock", "bangerd.db",
		"bangerd.db-wal", "bangerd.db-shm" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", from, names[i]);

		unlink(path);
	}
	return rmdir(from);
}

static int
teardown(void **state)
{
	(void)state;
	return remove_files(dir);
}

static void
count_op(void *arg, const struct state_op *op)
{
	int *n = arg;

	assert_string_equal(op->op_id, "op-1");
	assert_string_equal(op->operation, "vm.start");
	assert_null(op->vm_id);
	assert_string_equal(op->vm_name, "web'1");
	assert_string_equal(op->stage, "guest_wait");
	assert_int_equal(op->calls, 4);
	assert_int_equal(op->started_ns, 17);
	(*n)++;
}

static void
test_operations(void **state)
{
	struct state_op op = { .op_id = "op-1",
		.operation = "vm.start",
		.vm_name = "web'1",
		.started_ns = 17 };
	struct state *st, *second = NULL;
	int n = 0;

	(void)state;
	assert_int_equal(state_open(dir, &st, NULL), 0);
	assert_int_equal(state_open(dir, &second, NULL), -EBUSY);
	assert_int_equal(state_op_begin(st, &op, NULL), 0);
	state_op_mark(st, "op-1", "guest_wait", 4);
	op.op_id = "op-2";
	assert_int_equal(state_op_begin(st, &op, NULL), 0);
	assert_int_equal(state_op_end(st, "op-2", NULL), 0);
	state_free(st);
	/* As the next run finds it. */
	assert_int_equal(state_open(dir, &st, NULL), 0);
	assert_int_equal(state_op_load(st, count_op, &n, NULL), 0);
	assert_int_equal(n, 1);
	state_free(st);
}

static void *
work(void *arg)
{
	struct state *st = arg;
	char id[32];

	for (int i = 0; i < ROUNDS; i++) {
		struct state_op op = { .op_id = id, .operation = "vm.exec" };
		struct image *im = NULL;

		snprintf(id, sizeof(id), "op-%lx-%d", (long)pthread_self(), i);
		assert_int_equal(state_op_begin(st, &op, NULL), 0);
		state_op_mark(st, id, "validate", (unsigned)i);
		if (state_image_find(st, "tiny", &im, NULL) != 0)
			return st; /* wrong */
		image_free(im);
		assert_int_equal(state_op_end(st, id, NULL), 0);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct image im = { .id = (char[]){ "im-1" },
		.name = (char[]){ "tiny" },
		.cmdline = (char[]){ "" } };
	pthread_t threads[THREADS];
	struct state *st;
	void *wrong;
	int n = 0;

	(void)state;
	assert_int_equal(state_open(dir, &st, NULL), 0);
	assert_int_equal(state_image_save(st, &im, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, st),
		    0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_int_equal(state_op_load(st, count_op, &n, NULL), 0);
	assert_int_equal(n, 0);
	state_free(st);
}

/* ---- a state that cannot be written ----------------------------------------
 */

/* From now on no file grows or is written, or again. */
static void
writable(bool yes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = yes ? limit.rlim_max : 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
any_op(void *arg, const struct state_op *op)
{
	int *n = arg;

	(void)op;
	(*n)++;
}

/* One that ended meanwhile is not found again; none is begun. */
static void
test_unwritable(void **state)
{
	struct state_op op = { .op_id = "op-1", .operation = "vm.stop" };
	struct error err = ERROR_INIT;
	struct state *st;
	int n = 0;

	(void)state;
	assert_int_equal(state_open(dir, &st, NULL), 0);
	assert_int_equal(state_op_begin(st, &op, NULL), 0);
	writable(false);
	assert_int_equal(state_op_end(st, "op-1", NULL), -EROFS);
	op.op_id = "op-2";
	assert_int_equal(state_op_begin(st, &op, &err), -EROFS);
	assert_string_equal(rpc_code_of(&err), "state_unwritable");
	assert_non_null(strstr(err.text, "VMs run on"));
	writable(true);
	assert_int_equal(state_op_load(st, any_op, &n, NULL), 0);
	assert_int_equal(n, 1);
	/* What is owed is done with the next write. */
	assert_int_equal(state_op_begin(st, &op, NULL), 0);
	assert_int_equal(state_op_end(st, "op-2", NULL), 0);
	n = 0;
	assert_int_equal(state_op_load(st, any_op, &n, NULL), 0);
	assert_int_equal(n, 0);
	state_free(st);
}

/* A copy shows all that was there, its log included, and takes nothing. */
static void
test_copy(void **state)
{
	_cleanup_free_ char *spare = xasprintf("%s.copy", dir);
	struct image im = { .id = (char[]){ "im-1" },
		.name = (char[]){ "tiny" },
		.cmdline = (char[]){ "" } };
	struct state_op op = { .op_id = "op-1", .operation = "vm.stop" };
	struct image *found = NULL;
	struct error err = ERROR_INIT;
	struct state *st, *copy;
	pid_t child;
	int n = 0;

	(void)state;
	/* Killed: the log is not in the file yet. */
	child = fork();
	if (child == 0) {
		_exit(state_open(dir, &st, NULL) < 0 ||
		    state_image_save(st, &im, NULL) < 0 ||
		    state_op_begin(st, &op, NULL) < 0);
	}
	assert_int_equal(waitpid(child, &n, 0), child);
	assert_int_equal(n, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(state_open_copy(dir, spare, &copy, NULL), 0);
		assert_true(state_is_copy(copy));
		assert_int_equal(state_open(dir, &st, NULL), -EBUSY);
		assert_int_equal(state_image_find(copy, "tiny", &found, NULL),
		    0);
		found = image_free(found);
		n = 0;
		assert_int_equal(state_op_load(copy, any_op, &n, NULL), 0);
		assert_int_equal(n, 1);
		assert_int_equal(state_op_begin(copy, &op, &err), -EROFS);
		assert_string_equal(rpc_code_of(&err), "state_unwritable");
		assert_int_equal(state_image_save(copy, &im, NULL), -EROFS);
		assert_int_equal(state_image_delete(copy, "im-1", NULL),
		    -EROFS);
		assert_int_equal(state_op_end(copy, "op-1", NULL), -EROFS);
		state_free(copy);
	}
	n = 0;
	assert_int_equal(state_open(dir, &st, NULL), 0);
	assert_int_equal(state_op_load(st, any_op, &n, NULL), 0);
	assert_int_equal(n, 1);
	state_free(st);
	remove_files(spare);
}

static void
sum(void *arg, const char *operation, int64_t duration_ns)
{
	int64_t *sums = arg;

	sums[strcmp(operation, "vm.start") == 0 ? 0 : 1] += duration_ns;
	sums[2]++;
}

/* The last of each kind stay, and are there in the next life. */
static void
test_history(void **state)
{
	int64_t sums[3] = { 0, 0, 0 };
	struct state *st;

	(void)state;
	assert_int_equal(state_open(dir, &st, NULL), 0);
	for (int i = 0; i < 2 * HISTORY_MAX; i++)
		state_history_add(st, "vm.start", i < HISTORY_MAX ? 1000 : 1);
	state_history_add(st, "vm.stop", 7);
	state_free(st);
	assert_int_equal(state_open(dir, &st, NULL), 0);
	assert_int_equal(state_history_load(st, sum, sums, NULL), 0);
	assert_int_equal(sums[0], HISTORY_MAX);
	assert_int_equal(sums[1], 7);
	assert_int_equal(sums[2], HISTORY_MAX + 1);
	state_free(st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_operations, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unwritable, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_copy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_history, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
