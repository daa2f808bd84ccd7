/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../bangertop/stats.h"
#include "base/buf.h"

#define MINUTE (60 * NSEC_PER_SEC)
#define NOW (INT64_C(1772359200) * NSEC_PER_SEC)

static struct stats_series *
call_series(struct stats *st)
{
	struct stats_series *const *all;

	assert_true(stats_all(st, STATS_CALL, &all) >= 1);
	return all[0];
}

/* Nearest rank of 1 to n ms; too few say nothing. */
static void
test_percentiles(void **state)
{
	_cleanup_(stats_freep) struct stats *st = stats_new();
	struct stats_sample *s;

	(void)state;
	for (int i = 4; i > 0; i--)
		stats_call(st, "m", i * NSEC_PER_MSEC, false, NOW);
	s = &call_series(st)->took;
	assert_true(stats_percentile(s, 50, STATS_LEAST_P50) == -1);
	stats_call(st, "m", 5 * NSEC_PER_MSEC, false, NOW);
	assert_true(
	    stats_percentile(s, 50, STATS_LEAST_P50) == 3 * NSEC_PER_MSEC);
	assert_true(stats_percentile(s, 90, STATS_LEAST_P90) == -1);
	for (int i = 6; i <= 100; i++)
		stats_call(st, "m", i * NSEC_PER_MSEC, false, NOW);
	assert_true(
	    stats_percentile(s, 90, STATS_LEAST_P90) == 90 * NSEC_PER_MSEC);
	assert_true(
	    stats_percentile(s, 99, STATS_LEAST_P99) == 99 * NSEC_PER_MSEC);
	assert_true(stats_percentile(s, 100, 1) == 100 * NSEC_PER_MSEC);
	/* Only the newest are kept; an unknown one counts and is none. */
	for (int i = 0; i < STATS_SAMPLES; i++)
		stats_call(st, "m", NSEC_PER_SEC, false, NOW);
	stats_call(st, "m", -1, true, NOW);
	assert_true(stats_percentile(s, 50, 1) == NSEC_PER_SEC);
	assert_int_equal(s->n, STATS_SAMPLES);
	assert_int_equal(call_series(st)->count, 100 + STATS_SAMPLES + 1);
	assert_int_equal(call_series(st)->failed, 1);
}

static void
test_recent(void **state)
{
	_cleanup_(stats_freep) struct stats *st = stats_new();
	const struct stats_recent *r;
	uint32_t out[3];

	(void)state;
	stats_call(st, "m", 1, false, NOW - 20 * NSEC_PER_SEC);
	stats_call(st, "m", 1, false, NOW);
	stats_call(st, "m", 1, false, NOW + NSEC_PER_SEC);
	r = &call_series(st)->recent;
	stats_recent(r, NOW, 3, out);
	assert_int_equal(out[0], 1);
	assert_int_equal(out[1], 0);
	assert_int_equal(out[2], 2);
	assert_int_equal(stats_a_minute(r, NOW), 3);
	assert_int_equal(stats_a_minute(r, NOW + MINUTE), 0);
	/* Out of order within what is kept; long before, not at all. */
	stats_call(st, "m", 1, false, NOW - 10 * NSEC_PER_SEC);
	assert_int_equal(stats_a_minute(r, NOW), 4);
	stats_call(st, "m", 1, false, NOW - 10 * MINUTE);
	assert_int_equal(stats_a_minute(r, NOW), 4);
}

/* One line of a far future does not silence the present. */
static void
test_times_that_are_odd(void **state)
{
	_cleanup_(stats_freep) struct stats *st = stats_new();
	const struct stats_recent *r;

	(void)state;
	stats_call(st, "m", 1, false, INT64_MAX);
	stats_call(st, "m", 1, false, INT64_MIN);
	stats_call(st, "m", INT64_MAX, false, NOW);
	stats_call(st, "m", 0, false, NOW);
	r = &call_series(st)->recent;
	assert_int_equal(stats_a_minute(r, NOW), 2);
	assert_int_equal(stats_a_minute(r, INT64_MIN), 0);
	assert_int_equal(stats_a_minute(r, INT64_MAX), 0);
}

static void
test_histogram(void **state)
{
	_cleanup_(stats_freep) struct stats *st = stats_new();
	uint32_t bins[STATS_BINS], sum = 0;

	(void)state;
	stats_call(st, "m", NSEC_PER_MSEC, false, NOW);
	stats_histogram(&call_series(st)->took, bins);
	assert_int_equal(bins[0], 1);
	stats_call(st, "m", 0, false, NOW);
	stats_call(st, "m", INT64_MAX, false, NOW);
	stats_histogram(&call_series(st)->took, bins);
	for (int i = 0; i < STATS_BINS; i++)
		sum += bins[i];
	assert_int_equal(sum, 3);
	assert_int_equal(bins[0], 1);
	assert_int_equal(bins[STATS_BINS - 1], 1);
}

/* However many names a log makes up. */
static void
test_bounded(void **state)
{
	_cleanup_(stats_freep) struct stats *st = stats_new();
	struct stats_series *const *all;
	char name[32];

	(void)state;
	for (int i = 0; i < STATS_SERIES_MAX + 10; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		stats_call(st, name, 1, false, NOW);
	}
	assert_int_equal(stats_all(st, STATS_CALL, &all), STATS_SERIES_MAX);
	assert_int_equal(stats_overflow(st), 10);
	stats_call(st, "m3", 1, false, NOW);
	assert_int_equal(all[3]->count, 2);
	stats_call(st, NULL, 1, false, NOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_recent),
		cmocka_unit_test(test_times_that_are_odd),
		cmocka_unit_test(test_histogram),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
