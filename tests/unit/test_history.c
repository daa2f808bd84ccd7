/* SPDX-License-Identifier: ISC */
/* daemon/history: what operations of a kind took. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../daemon/history.h"

static void
test_spans(void **state)
{
	_cleanup_(history_freep) struct history *h = history_new();
	struct history_span s;

	(void)state;
	for (int i = 1; i < HISTORY_MIN; i++)
		history_add(h, "vm.start", i);
	assert_int_equal(history_of(h, "vm.start").n, 0);
	assert_int_equal(history_of(h, "vm.stop").n, 0);
	for (int i = HISTORY_MIN; i <= 10; i++)
		history_add(h, "vm.start", i);
	s = history_of(h, "vm.start");
	assert_true(s.n == 10 && s.p50_ns == 5 && s.p90_ns == 9);
	/* The oldest go. */
	for (int i = 1; i <= HISTORY_MAX; i++)
		history_add(h, "vm.start", 1000);
	s = history_of(h, "vm.start");
	assert_true(s.n == HISTORY_MAX && s.p50_ns == 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
