/* SPDX-License-Identifier: ISC */
/* base/arena: what was cut from it stays, apart from all else. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void
test_pieces(void **state)
{
	struct arena a = { NULL, NULL, 0 };
	char *texts[500], want[16];
	char *blocks[500];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 500; i++) {
			snprintf(want, sizeof(want), "text %d", i);
			texts[i] = arena_str(&a, want);
			blocks[i] = arena_alloc(&a, (size_t)i);
			assert_int_equal((uintptr_t)blocks[i] %
				alignof(max_align_t),
			    0);
			for (int k = 0; k < i; k++)
				assert_int_equal(blocks[i][k], 0);
			memset(blocks[i], 'x', (size_t)i);
		}
		for (int i = 0; i < 500; i++) {
			snprintf(want, sizeof(want), "text %d", i);
			assert_string_equal(texts[i], want);
		}
		arena_reset(&a);
	}
	assert_null(arena_str(&a, NULL));
	arena_done(&a);
	assert_null(a.first);
	arena_reset(&a);
	arena_done(&a);
}

/* Larger than any chunk so far, and of length 0. */
static void
test_sizes(void **state)
{
	struct arena a = { NULL, NULL, 0 };
	char *large, *empty, *next;

	(void)state;
	empty = arena_put(&a, "", 0);
	large = arena_alloc(&a, 100000);
	next = arena_put(&a, "next", 4);
	memset(large, 'y', 100000);
	assert_string_equal(empty, "");
	assert_string_equal(next, "next");
	arena_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
