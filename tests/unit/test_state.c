/* SPDX-License-Identifier: ISC */
/* daemon/state: what was begun is found again; many threads, one connection. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../daemon/image.h"
#include "../../daemon/state.h"
#include "../../daemon/vm.h"
#include "base/mem.h"

#define THREADS 8
#define ROUNDS 1500

static char dir[64];

/* vm.c has them, and the whole daemon behind it; no VM is kept here. */
const char *
vm_state_name(enum vm_state state)
{
	(void)state;
	return "stopped";
}

enum vm_state
vm_state_of(const char *name)
{
	(void)name;
	return VM_STOPPED;
}

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/bgstate.XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "lock", "bangerd.db",
		"bangerd.db-wal", "bangerd.db-shm" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", dir, names[i]);

		unlink(path);
	}
	return rmdir(dir);
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
	state_op_begin(st, &op);
	state_op_mark(st, "op-1", "guest_wait", 4);
	op.op_id = "op-2";
	state_op_begin(st, &op);
	state_op_end(st, "op-2");
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
		state_op_begin(st, &op);
		state_op_mark(st, id, "validate", (unsigned)i);
		if (state_image_find(st, "tiny", &im, NULL) != 0)
			return st; /* wrong */
		image_free(im);
		state_op_end(st, id);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_operations, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
