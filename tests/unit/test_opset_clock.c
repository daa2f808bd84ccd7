/* SPDX-License-Identifier: ISC */
/* trace/opset: clocks that are set, and those that tell the impossible. */
#include "opsets.h"

/*
 * The wall clock goes back an hour within an operation: the stages keep the
 * order and the lengths that their own marks give, and none is negative.
 */
static void
test_clock_step(void **state)
{
	static const char *const lines[] = {
		"{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"operation "
		"started\",\"operation\":\"vm.start\",\"op_id\":\"op-c\"}",
		"{\"time\":\"2026-04-26T22:13:04.1Z\",\"msg\":\"operation "
		"stage\",\"op_id\":\"op-c\",\"stage\":\"a\","
		"\"since_start_ms\":100}",
		"{\"time\":\"2026-04-26T21:13:04.5Z\",\"msg\":\"operation "
		"stage\",\"op_id\":\"op-c\",\"stage\":\"b\","
		"\"since_start_ms\":500}",
		"{\"time\":\"2026-04-26T21:13:05Z\",\"msg\":\"operation "
		"completed\",\"op_id\":\"op-c\",\"duration_ms\":1000}",
	};
	const struct op *op;

	(void)state;
	/* In the order of their times as well, which a merge would give. */
	for (unsigned turn = 0; turn < 2; turn++) {
		struct opset *set = opset_new(0);

		for (unsigned i = 0; i < 4; i++)
			feed(set, lines[turn == 0 ? i : (i + 2) % 4]);
		op = find(set, "op-c");
		assert_int_equal(op->status, OP_COMPLETED);
		assert_int_equal(op->start_ns, T0);
		assert_int_equal(op->duration_ns, 1000 * MS);
		assert_int_equal(op->n_stages, 2);
		assert_string_equal(op->stages[0].name, "a");
		assert_int_equal(op->stages[0].start_ns, 100 * MS);
		assert_int_equal(op->stages[0].duration_ns, 400 * MS);
		assert_int_equal(op->stages[1].start_ns, 500 * MS);
		assert_int_equal(op->stages[1].duration_ns, 500 * MS);
		assert_int_equal(op->unaccounted_ns, 100 * MS);
		assert_false(op->conflict);
		opset_free(set);
	}
}

/* The same where the lines have only their times: what they tell is unknown. */
static void
test_clock_step_unmarked(void **state)
{
	struct opset *set = opset_new(0);
	const struct op *op;

	(void)state;
	feed(set,
	    "{\"time\":\"2026-04-26T22:13:04Z\",\"msg\":\"operation started\","
	    "\"operation\":\"vm.start\",\"op_id\":\"op-c\"}");
	feed(set,
	    "{\"time\":\"2026-04-26T21:13:04Z\",\"msg\":\"operation stage\","
	    "\"op_id\":\"op-c\",\"stage\":\"a\"}");
	feed(set,
	    "{\"time\":\"2026-04-26T21:13:05Z\",\"msg\":\"helper rpc "
	    "completed\","
	    "\"op_id\":\"op-c\",\"method\":\"tap.create\",\"duration_ms\":2}");
	feed(set,
	    "{\"time\":\"2026-04-26T21:13:06Z\",\"msg\":\"operation "
	    "completed\",\"op_id\":\"op-c\",\"duration_ms\":900}");
	op = find(set, "op-c");
	assert_int_equal(op->status, OP_COMPLETED);
	assert_int_equal(op->duration_ns, 900 * MS);
	assert_int_equal(op->n_stages, 1);
	assert_int_equal(op->stages[0].start_ns, -1);
	assert_int_equal(op->n_calls, 1);
	assert_int_equal(op->calls[0].duration_ns, 2 * MS);
	assert_int_equal(op->calls[0].start_ns, -1);
	assert_int_equal(op->calls[0].stage, OP_NO_STAGE);
	assert_int_equal(op->stages[0].duration_ns, -1);
	assert_int_equal(op->unaccounted_ns, -1);
	opset_free(set);
}

/*
 * The clock steps back by less than the operation has lasted: the order of
 * their numbers tells, and what lies around the step is unknown.
 */
static void
test_clock_step_small(void **state)
{
	static const struct {
		const char *name;
		int64_t start_ms, duration_ms; /* -1: unknown */
	} want[] = { { "a", 1000, 3000 }, { "b", 4000, -1 }, { "c", -1, -1 },
		{ "d", 5000, 2000 } };
	struct opset *set = opset_new(0);
	const struct op *op;

	(void)state;
	feed(set, LINE("04", "operation started", ",\"run\":\"r\",\"seq\":1"));
	/* By their times, as they are read back from an index. */
	feed(set,
	    LINE("05", "operation stage",
		",\"run\":\"r\",\"seq\":2,\"stage\":\"a\""));
	feed(set,
	    LINE("06", "operation stage",
		",\"run\":\"r\",\"seq\":4,\"stage\":\"c\""));
	feed(set,
	    LINE("06.9", "helper rpc completed",
		",\"method\":\"m\",\"call\":1,\"duration_ms\":100"));
	feed(set,
	    LINE("08", "operation stage",
		",\"run\":\"r\",\"seq\":3,\"stage\":\"b\""));
	feed(set,
	    LINE("09", "operation stage",
		",\"run\":\"r\",\"seq\":5,\"stage\":\"d\""));
	feed(set, LINE("11", "operation completed", ",\"seq\":6"));
	op = find(set, "op-1");
	assert_int_equal(op->n_stages, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(op->stages[i].name, want[i].name);
		assert_int_equal(op->stages[i].start_ns,
		    want[i].start_ms < 0 ? -1 : want[i].start_ms * MS);
		assert_int_equal(op->stages[i].duration_ns,
		    want[i].duration_ms < 0 ? -1 : want[i].duration_ms * MS);
	}
	assert_int_equal(op->duration_ns, 7000 * MS);
	assert_int_equal(op->unaccounted_ns, 1000 * MS);
	opset_free(set);
}

/* An end before the beginning: how long it took is unknown. */
static void
test_clock_step_end(void **state)
{
	struct opset *set = opset_new(0);
	const struct op *op;

	(void)state;
	feed(set, START);
	feed(set, LINE("04.5", "operation stage", ",\"stage\":\"a\""));
	feed(set, LINE("02", "operation completed", ""));
	op = find(set, "op-1");
	assert_int_equal(op->status, OP_COMPLETED);
	assert_int_equal(op->duration_ns, -1);
	assert_int_equal(op_elapsed(op, T0), -1);
	assert_int_equal(op->stages[0].start_ns, 500 * MS);
	assert_int_equal(op->stages[0].duration_ns, -1);
	opset_free(set);
}

#define FAR(year, id, msg, more)                                     \
	"{\"time\":\"" year "-01-01T00:00:00Z\",\"level\":\"INFO\"," \
	"\"msg\":\"" msg "\",\"op_id\":\"op-f" id "\"" more "}"

/* Lines of one operation that lie further apart than 63 bits of nanoseconds. */
static void
test_centuries(void **state)
{
	struct opset *set = opset_new(0);
	const struct op *op;

	(void)state;
	feed(set, FAR("1700", "1", "operation started", ""));
	feed(set, FAR("2200", "1", "operation stage", ",\"stage\":\"far\""));
	feed(set,
	    FAR("2200", "1", "helper rpc completed",
		",\"method\":\"nat.apply\",\"duration_ms\":999999999999"));
	feed(set,
	    FAR("1678", "2", "operation completed",
		",\"duration_ms\":999999999999"));
	op = find(set, "op-f1");
	assert_true(
	    op->stages[0].start_ns > 200LL * 365 * 86400 * NSEC_PER_SEC);
	assert_true(op->calls[0].start_ns > 0);
	assert_int_equal(op_elapsed(op, INT64_MAX), INT64_MAX);
	op = find(set, "op-f2");
	assert_int_equal(op->start_ns, INT64_MIN);
	opset_tick(set, T0);
	assert_int_equal(find(set, "op-f1")->status, OP_RUNNING);
	opset_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_step),
		cmocka_unit_test(test_clock_step_unmarked),
		cmocka_unit_test(test_clock_step_small),
		cmocka_unit_test(test_clock_step_end),
		cmocka_unit_test(test_centuries),
	};

	return cmocka_run_group_tests_name("opset", tests, NULL, NULL);
}
