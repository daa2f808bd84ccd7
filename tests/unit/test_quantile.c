/* SPDX-License-Identifier: ISC */
/* Quantiles against their definitions, taken at their word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/quantile.h"

#include "draw.h"

#define MOST 200

/* Many equal ones among few values, hardly any among many. */
static void
fill(int64_t *v, size_t n)
{
	unsigned range = 1 + draw(3) * draw(3) * 5000;

	for (size_t i = 0; i < n; i++)
		v[i] = draw(range);
}

/* The smallest of them that so many percent are not above. */
static int64_t
slow_quantile(const int64_t *v, size_t n, unsigned percent)
{
	int64_t best = INT64_MAX;
	size_t within;

	for (size_t i = 0; i < n; i++) {
		within = 0;
		for (size_t j = 0; j < n; j++)
			within += v[j] <= v[i];
		if (within * 100 >= n * percent && v[i] < best)
			best = v[i];
	}
	return best;
}

static void
test_sort(void **state)
{
	int64_t v[MOST];
	size_t odd = 0;

	(void)state;
	for (size_t n = 0; n <= MOST; n++) {
		int64_t sum = 0, after = 0;

		fill(v, n);
		for (size_t i = 0; i < n; i++)
			sum += v[i] * v[i];
		quantile_sort(v, n);
		for (size_t i = 0; i < n; i++) {
			after += v[i] * v[i];
			odd += i > 0 && v[i] < v[i - 1];
		}
		assert_int_equal(after, sum);
	}
	assert_int_equal(odd, 0);
}

static void
test_quantile(void **state)
{
	static const unsigned percents[] = { 1, 33, 50, 90, 95, 99, 100 };
	int64_t v[MOST];

	(void)state;
	for (size_t n = 1; n <= MOST; n += 1 + n / 20) {
		fill(v, n);
		quantile_sort(v, n);
		for (size_t i = 0; i < sizeof(percents) / sizeof(*percents);
		     i++)
			assert_int_equal(quantile_of(v, n, percents[i]),
			    slow_quantile(v, n, percents[i]));
		assert_int_equal(quantile_of(v, n, 0), v[0]);
	}
}

/* The median of the distances from the median. */
static void
test_spread(void **state)
{
	int64_t v[MOST], off[MOST], median;

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (size_t n = 1; n <= MOST; n += 1 + n / 20) {
			fill(v, n);
			quantile_sort(v, n);
			median = slow_quantile(v, n, 50);
			for (size_t i = 0; i < n; i++)
				off[i] = llabs(v[i] - median);
			assert_int_equal(quantile_spread(v, n),
			    slow_quantile(off, n, 50));
		}
	}
}

static void
test_rank(void **state)
{
	(void)state;
	assert_int_equal(quantile_rank(1, 50), 1);
	assert_int_equal(quantile_rank(2, 50), 1);
	assert_int_equal(quantile_rank(3, 50), 2);
	assert_int_equal(quantile_rank(10, 90), 9);
	assert_int_equal(quantile_rank(11, 90), 10);
	assert_int_equal(quantile_rank(100, 99), 99);
	assert_int_equal(quantile_rank(101, 99), 100);
	assert_int_equal(quantile_rank(SIZE_MAX, 100), SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_quantile),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
