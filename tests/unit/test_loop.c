/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/loop.h"

/* What callbacks share with their test. */
struct bench {
	struct loop *loop;
	struct loop_source *a, *b;
	int fds[2];
	int calls, got;
	char order[32];
};

static struct bench
bench_new(void)
{
	struct bench bn = { .fds = { -1, -1 } };
	struct error err = ERROR_INIT;

	assert_int_equal(loop_new(&bn.loop, &err), 0);
	assert_int_equal(pipe2(bn.fds, O_CLOEXEC), 0);
	return bn;
}

static void
bench_done(struct bench *bn)
{
	bn->loop = loop_free(bn->loop);
	assert_null(bn->loop);
	close(bn->fds[0]);
	close(bn->fds[1]);
}

static void
on_read(void *arg, uint32_t events)
{
	struct bench *bn = arg;
	char c;

	assert_true((events & EPOLLIN) != 0);
	assert_int_equal(read(bn->fds[0], &c, 1), 1);
	bn->calls++;
	if (c == 'q')
		loop_stop(bn->loop, 7);
}

static void
test_fd(void **state)
{
	struct bench bn = bench_new();

	(void)state;
	assert_int_equal(loop_add_fd(bn.loop, bn.fds[0], EPOLLIN, on_read, &bn,
			     &bn.a, NULL),
	    0);
	assert_int_equal(write(bn.fds[1], "xxq", 3), 3);
	assert_int_equal(loop_run(bn.loop), 7);
	assert_int_equal(bn.calls, 3);
	bn.a = loop_source_free(bn.a);
	assert_null(bn.a);
	assert_null(loop_source_free(NULL));
	bench_done(&bn);
}

static void
on_timer(void *arg, uint32_t events)
{
	struct bench *bn = arg;

	assert_int_equal(events, 0);
	if (++bn->calls == 3)
		loop_stop(bn->loop, 0);
}

static void
test_timer(void **state)
{
	struct bench bn = bench_new();
	int64_t start = clock_mono_ns();

	(void)state;
	assert_int_equal(loop_add_timer(bn.loop, 5 * NSEC_PER_MSEC,
			     5 * NSEC_PER_MSEC, on_timer, &bn, &bn.a, NULL),
	    0);
	assert_int_equal(loop_run(bn.loop), 0);
	assert_int_equal(bn.calls, 3);
	assert_true(clock_mono_ns() - start >= 15 * NSEC_PER_MSEC);
	bench_done(&bn);
}

static void
on_stop(void *arg, uint32_t events)
{
	struct bench *bn = arg;

	(void)events;
	loop_stop(bn->loop, bn->calls);
}

/* A timer without interval fires once, also with no delay. */
static void
test_timer_once(void **state)
{
	struct bench bn = bench_new();

	(void)state;
	loop_add_timer(bn.loop, 0, 0, on_timer, &bn, &bn.a, NULL);
	loop_add_timer(bn.loop, 20 * NSEC_PER_MSEC, 0, on_stop, &bn, &bn.b,
	    NULL);
	assert_int_equal(loop_run(bn.loop), 1);
	bench_done(&bn);
}

static void
on_signal(void *arg, uint32_t events)
{
	struct bench *bn = arg;

	bn->got = (int)events;
	loop_stop(bn->loop, 0);
}

static void
test_signal(void **state)
{
	struct bench bn = bench_new();

	(void)state;
	assert_int_equal(loop_add_signal(bn.loop, SIGUSR1, on_signal, &bn,
			     NULL),
	    0);
	raise(SIGUSR1);
	loop_run(bn.loop);
	assert_int_equal(bn.got, SIGUSR1);
	bench_done(&bn);
}

/* Both are ready at once: the first called frees both, the other is silent. */
static void
on_free_all(void *arg, uint32_t events)
{
	struct bench *bn = arg;

	(void)events;
	bn->calls++;
	bn->a = loop_source_free(bn->a);
	bn->b = loop_source_free(bn->b);
	loop_stop(bn->loop, 0);
}

static void
test_free_within_callback(void **state)
{
	struct bench bn = bench_new();
	int other;

	(void)state;
	other = dup(bn.fds[0]);
	loop_add_fd(bn.loop, bn.fds[0], EPOLLIN, on_free_all, &bn, &bn.a, NULL);
	loop_add_fd(bn.loop, other, EPOLLIN, on_free_all, &bn, &bn.b, NULL);
	assert_int_equal(write(bn.fds[1], "x", 1), 1);
	loop_run(bn.loop);
	assert_int_equal(bn.calls, 1);
	close(other);
	bench_done(&bn);
}

static void
on_posted(void *arg, uint32_t events)
{
	struct bench *bn = arg;

	assert_int_equal(events, 0);
	if (++bn->calls == 2000)
		loop_stop(bn->loop, bn->calls);
}

static void *
post_thousand(void *arg)
{
	struct bench *bn = arg;

	for (int i = 0; i < 1000; i++)
		loop_post(bn->loop, on_posted, bn);
	return NULL;
}

static void
test_post_from_threads(void **state)
{
	struct bench bn = bench_new();
	pthread_t t[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, post_thousand,
				     &bn),
		    0);
	assert_int_equal(loop_run(bn.loop), 2000);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	bench_done(&bn);
}

static void
on_first(void *arg, uint32_t events)
{
	struct bench *bn = arg;

	(void)events;
	bn->order[bn->calls++] = '1';
	loop_post(bn->loop, on_stop, bn);
}

static void
on_second(void *arg, uint32_t events)
{
	struct bench *bn = arg;

	(void)events;
	bn->order[bn->calls++] = '2';
}

/* In the order of posting; what a call posts comes after all of them. */
static void
test_post_order(void **state)
{
	struct bench bn = bench_new();

	(void)state;
	loop_post(bn.loop, on_first, &bn);
	loop_post(bn.loop, on_second, &bn);
	assert_int_equal(loop_run(bn.loop), 2);
	assert_string_equal(bn.order, "12");
	/* Posted and never run: freed with the loop. */
	loop_post(bn.loop, on_second, &bn);
	bench_done(&bn);
	assert_int_equal(bn.calls, 2);
}

static void
test_stop_before_run(void **state)
{
	struct bench bn = bench_new();

	(void)state;
	loop_stop(bn.loop, 9);
	assert_int_equal(loop_run(bn.loop), 9);
	/* It is taken: the next run goes on until its own stop. */
	loop_post(bn.loop, on_stop, &bn);
	assert_int_equal(loop_run(bn.loop), 0);
	bench_done(&bn);
}

static void
test_set_events(void **state)
{
	struct bench bn = bench_new();

	(void)state;
	loop_add_fd(bn.loop, bn.fds[0], EPOLLIN, on_read, &bn, &bn.a, NULL);
	loop_set_events(bn.a, 0);
	assert_int_equal(write(bn.fds[1], "x", 1), 1);
	loop_add_timer(bn.loop, 20 * NSEC_PER_MSEC, 0, on_stop, &bn, &bn.b,
	    NULL);
	assert_int_equal(loop_run(bn.loop), 0);
	bench_done(&bn);
}

static void
test_bad_fd(void **state)
{
	struct bench bn = bench_new();
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(loop_add_fd(bn.loop, -1, EPOLLIN, on_read, &bn, &bn.a,
			     &err),
	    -EBADF);
	assert_null(bn.a);
	assert_string_equal(err.text,
	    "watching descriptor -1: Bad file descriptor");
	bench_done(&bn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fd),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_timer_once),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_free_within_callback),
		cmocka_unit_test(test_post_from_threads),
		cmocka_unit_test(test_post_order),
		cmocka_unit_test(test_stop_before_run),
		cmocka_unit_test(test_set_events),
		cmocka_unit_test(test_bad_fd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
