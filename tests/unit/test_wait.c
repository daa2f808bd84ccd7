/* SPDX-License-Identifier: ISC */
/* base/wait: which of two deadlines ends a wait, what goes before both, and
 * that neither is another thread's. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/wait.h"

#define SHORT (20 * NSEC_PER_MSEC)
#define LONG (3600 * NSEC_PER_SEC)

static int
teardown(void **state)
{
	(void)state;
	wait_deadline_by(WAIT_NEVER);
	wait_cancel_by(-1);
	return 0;
}

static void
test_nearer_deadline(void **state)
{
	struct error err = ERROR_INIT;
	int64_t from = clock_mono_ns();
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	wait_deadline_by(from + SHORT);
	assert_int_equal(wait_fd(p[0], POLLIN, from + LONG, &err), -ETIME);
	assert_true(clock_mono_ns() >= from + SHORT);
	assert_string_equal(err.text, "timed out");
	/* It has passed: nothing is waited for any more. */
	assert_int_equal(wait_fd(p[0], POLLIN, WAIT_NEVER, &err), -ETIME);
	assert_int_equal(wait_until(from + LONG, &err), -ETIME);
	assert_int_equal(wait_check(&err), -ETIME);
	assert_int_equal(wait_check_by(WAIT_NEVER, &err), -ETIME);
	/* The wait's own is the nearer one, and the thread's goes on. */
	from = clock_mono_ns();
	wait_deadline_by(from + LONG);
	assert_int_equal(wait_fd(p[0], POLLIN, from + SHORT, &err), -ETIMEDOUT);
	assert_int_equal(wait_until(clock_mono_ns() + NSEC_PER_MSEC, &err), 0);
	assert_int_equal(wait_check(&err), 0);
	assert_int_equal(wait_check_by(from, &err), -ETIMEDOUT);
	wait_deadline_by(WAIT_NEVER);
	assert_int_equal(wait_check(NULL), 0);
	close(p[0]);
	close(p[1]);
}

/* Who called it off wants to hear that, and not that it took long. */
static void
test_canceled_first(void **state)
{
	struct error err = ERROR_INIT;
	int fd = eventfd(1, 0);

	(void)state;
	wait_cancel_by(fd);
	assert_int_equal(wait_fd(-1, 0, clock_mono_ns() + LONG, &err),
	    -ECANCELED);
	wait_deadline_by(clock_mono_ns());
	assert_int_equal(wait_check(&err), -ECANCELED);
	assert_string_equal(err.kind, WAIT_CANCELED);
	close(fd);
}

static void *
other(void *arg)
{
	*(int *)arg = wait_check(NULL);
	return NULL;
}

static void
test_of_its_thread(void **state)
{
	pthread_t t;
	int rc = 1;

	(void)state;
	wait_deadline_by(clock_mono_ns());
	assert_int_equal(wait_check(NULL), -ETIME);
	assert_int_equal(pthread_create(&t, NULL, other, &rc), 0);
	pthread_join(t, NULL);
	assert_int_equal(rc, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_nearer_deadline, teardown),
		cmocka_unit_test_teardown(test_canceled_first, teardown),
		cmocka_unit_test_teardown(test_of_its_thread, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
