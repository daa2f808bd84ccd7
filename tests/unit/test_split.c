/* SPDX-License-Identifier: ISC */
/* Whose time it was, of operations made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "trace/split.h"

#define MS 1000000LL

static void
expect(const struct op *op, size_t stage, int64_t daemon, int64_t helper,
    int64_t unaccounted)
{
	struct split s;

	split_stage(op, stage, &s);
	assert_int_equal(s.daemon_ns, daemon);
	assert_int_equal(s.helper_ns, helper);
	assert_int_equal(s.unaccounted_ns, unaccounted);
}

static void
expect_all(const struct op *op, int64_t daemon, int64_t helper,
    int64_t unaccounted)
{
	struct split s;

	split_op(op, &s);
	assert_int_equal(s.daemon_ns, daemon);
	assert_int_equal(s.helper_ns, helper);
	assert_int_equal(s.unaccounted_ns, unaccounted);
	if (op->duration_ns >= 0 && s.daemon_ns >= 0)
		assert_int_equal(daemon + helper + unaccounted,
		    op->duration_ns);
}

/* Two stages of 100 ms behind 10 ms of nothing. */
#define TWO_STAGES                                                          \
	{ .name = NULL, .start_ns = 10 * MS, .duration_ns = 100 * MS },     \
	{                                                                   \
		.name = NULL, .start_ns = 110 * MS, .duration_ns = 100 * MS \
	}

static void
put(struct op *op, struct op_stage *stages, size_t n_stages,
    struct op_call *calls, size_t n_calls)
{
	*op = (struct op){ .duration_ns = 210 * MS,
		.unaccounted_ns = 10 * MS,
		.stages = stages,
		.n_stages = n_stages,
		.calls = calls,
		.n_calls = n_calls };
}

static void
test_apart(void **state)
{
	struct op_stage stages[] = { TWO_STAGES };
	struct op_call calls[] = {
		{ .number = 1, .start_ns = 20 * MS, .duration_ns = 30 * MS },
		/* Overlaps the first by 10 ms, and reaches into stage 1. */
		{ .number = 2, .start_ns = 40 * MS, .duration_ns = 80 * MS },
	};
	struct op op;

	(void)state;
	put(&op, stages, 2, calls, 2);
	expect(&op, OP_NO_STAGE, 0, 0, 10 * MS);
	expect(&op, 0, 10 * MS, 90 * MS, 0);
	expect(&op, 1, 90 * MS, 10 * MS, 0);
	expect_all(&op, 100 * MS, 100 * MS, 10 * MS);
}

/* Call 2 has no line: between 1 and 3 nobody knows. */
static void
test_missing_call(void **state)
{
	struct op_stage stages[] = { TWO_STAGES };
	struct op_call calls[] = {
		{ .number = 1, .start_ns = 20 * MS, .duration_ns = 20 * MS },
		{ .number = 3,
		    .start_ns = 150 * MS,
		    .duration_ns = 20 * MS,
		    .stage = 1 },
	};
	struct op op;

	(void)state;
	put(&op, stages, 2, calls, 2);
	expect(&op, 0, 10 * MS, 20 * MS, 70 * MS);
	expect(&op, 1, 40 * MS, 20 * MS, 40 * MS);
	expect_all(&op, 50 * MS, 40 * MS, 120 * MS);
	/* Before the first one that is here, when that is not number 1. */
	calls[0].number = 2;
	expect(&op, 0, 70 * MS, 20 * MS, 10 * MS);
	expect(&op, 1, 80 * MS, 20 * MS, 0);
	/* Without numbers nothing is known to be missing. */
	calls[0].number = calls[1].number = -1;
	expect(&op, 0, 80 * MS, 20 * MS, 0);
}

static void
test_unknown(void **state)
{
	struct op_stage stages[] = { TWO_STAGES };
	struct op_call calls[] = {
		{ .number = 1, .start_ns = 20 * MS, .duration_ns = 20 * MS },
		{ .number = 2, .start_ns = -1, .duration_ns = 5 * MS },
	};
	struct op op;

	(void)state;
	put(&op, stages, 2, calls, 2);
	expect(&op, 0, 0, 20 * MS, 80 * MS);
	expect(&op, 1, 100 * MS, 0, 0);
	op.status = OP_INTERRUPTED;
	expect(&op, 1, 0, 0, 100 * MS);
	op.status = OP_FAILED;
	stages[1].duration_ns = -1;
	expect(&op, 1, -1, -1, -1);
	expect_all(&op, -1, -1, -1);
}

/* A call before any stage; no stage at all. */
static void
test_no_stage(void **state)
{
	struct op_call calls[] = { { .number = 1,
	    .start_ns = 50 * MS,
	    .duration_ns = 20 * MS,
	    .stage = OP_NO_STAGE } };
	struct op op;

	(void)state;
	put(&op, NULL, 0, calls, 1);
	op.unaccounted_ns = op.duration_ns;
	expect(&op, OP_NO_STAGE, 0, 20 * MS, 190 * MS);
	expect_all(&op, 0, 20 * MS, 190 * MS);
	op.duration_ns = op.unaccounted_ns = -1;
	expect_all(&op, -1, -1, -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_missing_call),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_no_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
