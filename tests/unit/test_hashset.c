/* SPDX-License-Identifier: ISC */
/* base/hashset: never no to what was added, and mostly no to the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/hashset.h"

static void
test_members(void **state)
{
	struct hashset set = { .max = 0 };
	unsigned wrong = 0;

	(void)state;
	assert_false(hashset_may_have(&set, 1));
	for (uint64_t i = 0; i < 10000; i++)
		hashset_add(&set, hash_bytes(1, &i, sizeof(i)));
	assert_int_equal(set.n, 10000);
	assert_true(set.cap >= 20000);
	for (uint64_t i = 0; i < 10000; i++)
		assert_true(
		    hashset_may_have(&set, hash_bytes(1, &i, sizeof(i))));
	for (uint64_t i = 10000; i < 20000; i++)
		wrong += hashset_may_have(&set, hash_bytes(1, &i, sizeof(i)));
	assert_int_equal(wrong, 0);
	hashset_add(&set, 0);
	assert_true(hashset_may_have(&set, 0));
	hashset_done(&set);
}

static void
test_bound(void **state)
{
	struct hashset set = { .max = 100 };

	(void)state;
	for (uint64_t i = 1; i <= 100; i++)
		hashset_add(&set, i);
	assert_false(hashset_may_have(&set, 1000));
	hashset_add(&set, 101);
	assert_true(hashset_may_have(&set, 1000));
	assert_true(hashset_may_have(&set, 5));
	hashset_add(&set, 102);
	hashset_done(&set);
	assert_false(hashset_may_have(&set, 5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
