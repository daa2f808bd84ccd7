/* SPDX-License-Identifier: ISC */
/* daemon/pool: as many at once as it is wide, as many waiting as it may hold.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "../../daemon/pool.h"
#include "base/clock.h"

/* Jobs that wait at a gate, and what was counted of them. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool open;
	int inside, most, done;
	int order[64];
};

struct task {
	struct gate *gate;
	int number;
};

static void
gate_init(struct gate *g)
{
	*g = (struct gate){ .open = false };
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->change, NULL);
}

static void
gate_done(struct gate *g)
{
	pthread_mutex_destroy(&g->lock);
	pthread_cond_destroy(&g->change);
}

static void
pass(void *arg)
{
	struct task *t = arg;
	struct gate *g = t->gate;

	pthread_mutex_lock(&g->lock);
	g->inside++;
	if (g->inside > g->most)
		g->most = g->inside;
	pthread_cond_broadcast(&g->change);
	while (!g->open)
		pthread_cond_wait(&g->change, &g->lock);
	g->inside--;
	g->order[g->done++] = t->number;
	pthread_mutex_unlock(&g->lock);
}

/* Waits until n are inside; false: they did not come within five seconds. */
static bool
gate_wait(struct gate *g, int n)
{
	struct timespec until;
	bool in_time = true;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	pthread_mutex_lock(&g->lock);
	while (g->inside < n && in_time)
		in_time = pthread_cond_timedwait(&g->change, &g->lock,
			      &until) == 0;
	pthread_mutex_unlock(&g->lock);
	return in_time;
}

static void
gate_open(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->open = true;
	pthread_cond_broadcast(&g->change);
	pthread_mutex_unlock(&g->lock);
}

static void
test_width_and_queue(void **state)
{
	struct pool *p = pool_new(3, 4);
	struct task tasks[8];
	struct gate g;

	(void)state;
	gate_init(&g);
	for (int i = 0; i < 8; i++)
		tasks[i] = (struct task){ &g, i };
	/* One after the other, so that each has its worker. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pool_post(p, pass, &tasks[i]), 0);
		assert_true(gate_wait(&g, i + 1));
	}
	for (int i = 3; i < 7; i++)
		assert_int_equal(pool_post(p, pass, &tasks[i]), 0);
	assert_int_equal(pool_post(p, pass, &tasks[7]), -EBUSY);
	assert_int_equal(g.done, 0);
	gate_open(&g);
	/* Free waits for those that run and those that are queued. */
	assert_null(pool_free(p));
	assert_int_equal(g.done, 7);
	assert_int_equal(g.most, 3);
	gate_done(&g);
}

/* Two posted at once are not given to one worker. */
static void
test_burst(void **state)
{
	struct task tasks[8];
	struct gate g;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct pool *p = pool_new(8, 1);
		int n = 2 + round % 7;

		gate_init(&g);
		for (int i = 0; i < n; i++) {
			tasks[i] = (struct task){ &g, i };
			assert_int_equal(pool_post(p, pass, &tasks[i]), 0);
		}
		assert_true(gate_wait(&g, n));
		gate_open(&g);
		pool_free(p);
		assert_int_equal(g.done, n);
		gate_done(&g);
	}
}

/* A burst that is wider than the workers that are idle gets new ones. */
static void
test_idle_again(void **state)
{
	const struct timespec nap = { 0, 20 * NSEC_PER_MSEC };
	struct pool *p = pool_new(4, 16);
	struct task tasks[4];
	struct gate g;

	(void)state;
	for (int n = 1; n <= 4; n++) {
		gate_init(&g);
		for (int i = 0; i < n; i++) {
			tasks[i] = (struct task){ &g, i };
			assert_int_equal(pool_post(p, pass, &tasks[i]), 0);
		}
		assert_true(gate_wait(&g, n));
		gate_open(&g);
		nanosleep(&nap, NULL);
		pthread_mutex_lock(&g.lock);
		assert_int_equal(g.done, n);
		pthread_mutex_unlock(&g.lock);
	}
	pool_free(p);
	gate_done(&g);
}

static void
test_order(void **state)
{
	struct pool *p = pool_new(1, 40);
	struct task tasks[40];
	struct gate g;

	(void)state;
	gate_init(&g);
	/* Twice around the ring. */
	for (int i = 0; i < 40; i++) {
		tasks[i] = (struct task){ &g, i };
		assert_int_equal(pool_post(p, pass, &tasks[i]), 0);
	}
	gate_open(&g);
	pool_free(p);
	assert_int_equal(g.done, 40);
	for (int i = 0; i < 40; i++)
		assert_int_equal(g.order[i], i);
	assert_null(pool_free(NULL));
	gate_done(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width_and_queue),
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_idle_again),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
