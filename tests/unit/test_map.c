/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "base/mem.h"

#define MANY 3000

static void
test_absent(void **state)
{
	_cleanup_(map_freep) struct map *m = map_new(NULL);
	size_t pos = 0;

	(void)state;
	assert_null(map_find(m, ""));
	assert_null(map_take(m, "x"));
	assert_null(map_next(m, &pos, NULL));
	assert_int_equal(map_len(m), 0);
}

static void
test_keys_are_copied(void **state)
{
	_cleanup_(map_freep) struct map *m = map_new(NULL);
	char key[] = "web1";
	int value = 0;

	(void)state;
	map_put(m, key, &value);
	key[0] = 'X';
	assert_ptr_equal(map_find(m, "web1"), &value);
	assert_null(map_find(m, key));
}

static int map_test_freed;

static void
count_free(void *p)
{
	map_test_freed++;
	free(p);
}

/* The free function sees each replaced or left value once, a taken one not. */
static void
test_values_are_freed_once(void **state)
{
	struct map *m = map_new(count_free);
	char *same;

	(void)state;
	map_test_freed = 0;
	map_put(m, "a", xstrdup("1"));
	map_put(m, "a", xstrdup("2"));
	assert_int_equal(map_test_freed, 1);
	same = map_find(m, "a");
	map_put(m, "a", same);
	assert_int_equal(map_test_freed, 1);
	map_put(m, "b", xstrdup("3"));
	free(map_take(m, "b"));
	assert_int_equal(map_test_freed, 1);
	assert_int_equal(map_len(m), 1);
	m = map_free(m);
	assert_null(m);
	assert_int_equal(map_test_freed, 2);
}

/* Against a plain array, through growth and removal in the middle of runs. */
static void
test_many(void **state)
{
	_cleanup_(map_freep) struct map *m = map_new(NULL);
	static char present[MANY];
	char key[16];
	const char *found;
	size_t pos = 0, n = 0;
	unsigned long seed = 1;

	(void)state;
	for (int step = 0; step < MANY * 20; step++) {
		unsigned i;

		seed = seed * 6364136223846793005UL + 1442695040888963407UL;
		i = (unsigned)(seed >> 33) % MANY;
		snprintf(key, sizeof(key), "k%u", i);
		if ((seed >> 20) % 3 == 0) {
			assert_ptr_equal(map_take(m, key),
			    present[i] ? &present[i] : NULL);
			present[i] = 0;
		} else {
			map_put(m, key, &present[i]);
			present[i] = 1;
		}
	}
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		assert_ptr_equal(map_find(m, key),
		    present[i] ? &present[i] : NULL);
		n += present[i] != 0;
	}
	assert_int_equal(map_len(m), n);
	for (char *p; (p = map_next(m, &pos, &found)) != NULL; n--) {
		snprintf(key, sizeof(key), "k%td", p - present);
		assert_string_equal(found, key);
	}
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_keys_are_copied),
		cmocka_unit_test(test_values_are_freed_once),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
