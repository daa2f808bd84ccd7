/* SPDX-License-Identifier: ISC */
/* trace/opset: lines to operations; how they end, and what is missing. */
#include "opsets.h"

/* Every figure is worked out by hand from the marks in the file. */
static void
test_ordinary(void **state)
{
	static const char *const paths[] = { "tests/data/start.daemon.jsonl",
		"tests/data/start.helper.jsonl" };
	static const struct {
		const char *name;
		int64_t start_us, duration_us;
		const char *call;
		int64_t call_start_us, call_us;
	} want[] = {
		{ "validate", 200, 300, NULL, 0, 0 },
		{ "vm_lock", 500, 500, NULL, 0, 0 },
		{ "image_resolve", 1000, 2000, NULL, 0, 0 },
		{ "disk_overlay", 3000, 7000, NULL, 0, 0 },
		{ "bridge_ensure", 10000, 13000, "bridge.ensure", 10500,
		    12000 },
		{ "tap_create", 23000, 8500, "tap.create", 23500, 7500 },
		{ "nat_apply", 31500, 8500, "nat.apply", 32500, 7000 },
		{ "vmm_launch", 40000, 100000, "vmm.launch", 41000, 98000 },
		{ "vmm_handshake", 140000, 50000, NULL, 0, 0 },
		{ "vmm_boot", 190000, 10000, NULL, 0, 0 },
		{ "guest_wait", 200000, 1950000, NULL, 0, 0 },
		{ "state_persist", 2150000, 13250, NULL, 0, 0 },
	};
	struct opset *set = opset_new(0);
	const struct op *op;
	int64_t sum = 0;

	(void)state;
	feed_files(set, paths, 2);
	op = find(set, "op-7f00000000000001");
	assert_non_null(op);
	assert_string_equal(op->name, "vm.start");
	assert_int_equal(op->status, OP_COMPLETED);
	assert_int_equal(op->start_ns, T0);
	assert_int_equal(op->duration_ns, 2163250 * US);
	assert_int_equal(op->records, 19);
	assert_string_equal(op_subject(op, FIELD_VM_NAME), "web-1");
	assert_string_equal(op_subject(op, FIELD_GUEST_IP), "10.80.0.2");
	assert_int_equal(op->n_stages, 12);
	assert_int_equal(op->n_calls, 4);
	for (size_t i = 0; i < 12; i++) {
		const struct op_stage *s = &op->stages[i];
		const struct op_call *c;
		size_t pos = 0;

		assert_string_equal(s->name, want[i].name);
		assert_int_equal(s->start_ns, want[i].start_us * US);
		assert_int_equal(s->duration_ns, want[i].duration_us * US);
		assert_false(s->failed);
		sum += s->duration_ns;
		c = op_stage_call(op, i, &pos);
		if (want[i].call == NULL) {
			assert_null(c);
			continue;
		}
		assert_string_equal(c->method, want[i].call);
		assert_int_equal(c->start_ns, want[i].call_start_us * US);
		assert_int_equal(c->duration_ns, want[i].call_us * US);
		assert_null(op_stage_call(op, i, &pos));
	}
	assert_int_equal(op->unaccounted_ns, 200 * US);
	assert_int_equal(sum + op->unaccounted_ns, op->duration_ns);
	/* A request that only looked is an operation, and marked as such. */
	op = find(set, "op-7e00000000000001");
	assert_true(op->reads);
	assert_string_equal(op->name, "vm.list");
	assert_int_equal(op->start_ns, T0 + 2999600 * US);
	opset_free(set);
}

static void
test_interleaved(void **state)
{
	static const char *const paths[] = { "tests/data/two.jsonl" };
	struct opset *set = opset_new(0);
	const struct op *left, *right;

	(void)state;
	feed_files(set, paths, 1);
	assert_int_equal(opset_len(set), 2);
	left = find(set, "op-aa00000000000001");
	right = find(set, "op-aa00000000000002");
	assert_string_equal(op_subject(left, FIELD_VM_NAME), "left");
	assert_string_equal(op_subject(right, FIELD_VM_NAME), "right");
	assert_int_equal(left->duration_ns, 500 * MS);
	assert_int_equal(right->duration_ns, 700 * MS);
	for (int i = 0; i < 2; i++) {
		const struct op *op = i == 0 ? left : right;

		assert_int_equal(op->records, 9);
		assert_int_equal(op->n_stages, 4);
		assert_int_equal(op->n_calls, 2);
		assert_int_equal(op->calls[0].stage, 1);
		assert_int_equal(op->calls[0].start_ns, 11 * MS);
		assert_int_equal(op->calls[1].stage, 2);
		assert_int_equal(op->calls[1].start_ns, 31 * MS);
	}
	opset_free(set);
}

static void
test_failed(void **state)
{
	static const char *const paths[] = { "tests/data/failed.jsonl" };
	struct opset *set = opset_new(0);
	const struct op *op;

	(void)state;
	feed_files(set, paths, 1);
	op = find(set, "op-fa00000000000001");
	assert_int_equal(op->status, OP_FAILED);
	assert_string_equal(op->code, "operation_failed");
	assert_string_equal(op->failed_stage, "vmm_launch");
	assert_false(op->stages[1].failed);
	assert_true(op->stages[2].failed);
	assert_true(op->calls[1].failed);
	assert_int_equal(op->calls[1].stage, 2);
	assert_false(op->conflict);
	/* One that never became an operation of its own. */
	op = find(set, "op-fb00000000000001");
	assert_int_equal(op->status, OP_FAILED);
	assert_string_equal(op->name, "vm.fly");
	assert_string_equal(op->code, "unknown_method");
	assert_true(op->rpc_only);
	assert_false(op->reads);
	assert_int_equal(op->duration_ns, 100 * US);
	opset_free(set);
}

static void
test_running_then_late(void **state)
{
	struct opset *set = opset_new(0);
	const struct op *const *list;
	const struct op *op;

	(void)state;
	feed(set, START);
	feed(set, LINE("04.5", "operation stage", ",\"stage\":\"one\""));
	op = find(set, "op-1");
	assert_int_equal(op->status, OP_RUNNING);
	assert_true(op->stages[0].open);
	assert_int_equal(op->stages[0].start_ns, 500 * MS);
	assert_int_equal(op->duration_ns, -1);
	assert_int_equal(op_elapsed(op, T0 + 3 * NSEC_PER_SEC),
	    3 * NSEC_PER_SEC);
	assert_int_equal(opset_in_flight(set, &list), 1);
	assert_ptr_equal(list[0], op);

	feed(set, LINE("06", "operation completed", ",\"duration_ms\":2000"));
	assert_int_equal(opset_in_flight(set, &list), 0);
	assert_int_equal(opset_ended(set, &list), 1);
	/* Lines that come behind the end still find their places. */
	feed(set,
	    LINE("05", "operation stage",
		",\"stage\":\"two\",\"since_start_ms\":1000"));
	feed(set,
	    LINE("04.9", "helper rpc completed",
		",\"method\":\"tap.create\",\"call\":1,\"duration_ms\":200"));
	op = find(set, "op-1");
	assert_int_equal(op->n_stages, 2);
	assert_int_equal(op->stages[0].duration_ns, 500 * MS);
	assert_int_equal(op->stages[1].duration_ns, 1000 * MS);
	assert_int_equal(op->calls[0].stage, 0);
	assert_int_equal(op->calls[0].start_ns, 700 * MS);
	/* One that says it came after the end takes no time from the rest. */
	feed(set,
	    LINE("09", "operation stage",
		",\"stage\":\"three\",\"since_start_ms\":5000"));
	op = find(set, "op-1");
	assert_true(op->stages[2].late);
	assert_int_equal(op->stages[2].duration_ns, 0);
	assert_int_equal(op->unaccounted_ns + op->stages[0].duration_ns +
		op->stages[1].duration_ns,
	    op->duration_ns);
	opset_free(set);
}

static void
test_missing_start(void **state)
{
	struct opset *set = opset_new(0);
	const struct op *op;

	(void)state;
	/* The helper's line arrives before the daemon's line of its stage. */
	feed(set,
	    LINE("06", "helper rpc completed",
		",\"method\":\"tap.create\",\"call\":1,\"duration_ms\":500"));
	op = find(set, "op-1");
	assert_false(op->start_known);
	assert_int_equal(op->calls[0].stage, OP_NO_STAGE);
	feed(set,
	    LINE("05", "operation stage",
		",\"stage\":\"tap\",\"since_start_ms\":1000"));
	op = find(set, "op-1");
	assert_true(op->start_known);
	assert_false(op->saw_start);
	assert_int_equal(op->start_ns, T0);
	assert_int_equal(op->calls[0].stage, 0);
	assert_int_equal(op->calls[0].start_ns, 1500 * MS);
	feed(set,
	    LINE("07", "operation failed",
		",\"duration_ms\":3000,\"code\":\"canceled\",\"error\":\"c\""));
	op = find(set, "op-1");
	assert_int_equal(op->status, OP_CANCELED);
	assert_true(op->stages[0].failed);
	opset_free(set);
}

/* The table of methods knows which only look, whatever the level says. */
static void
test_reads(void **state)
{
	struct opset *set = opset_new(0);

	(void)state;
	feed(set, LINE("04", "rpc completed", ",\"method\":\"vm.show\""));
	assert_true(find(set, "op-1")->reads);
	feed(set,
	    "{\"level\":\"INFO\",\"msg\":\"rpc completed\",\"method\":"
	    "\"vm.start\",\"op_id\":\"op-2\"}");
	assert_false(find(set, "op-2")->reads);
	feed(set,
	    "{\"level\":\"DEBUG\",\"msg\":\"rpc completed\",\"method\":"
	    "\"x.look\",\"op_id\":\"op-3\"}");
	assert_true(find(set, "op-3")->reads);
	feed(set,
	    "{\"level\":\"DEBUG\",\"msg\":\"rpc failed\",\"method\":"
	    "\"vm.show\",\"op_id\":\"op-4\"}");
	assert_false(find(set, "op-4")->reads);
	opset_free(set);
}

static void
test_two_ends(void **state)
{
	struct opset *set = opset_new(0);
	const struct op *op;

	(void)state;
	feed(set, START);
	feed(set, LINE("05", "operation completed", ",\"duration_ms\":1000"));
	assert_false(find(set, "op-1")->conflict);
	feed(set, LINE("06", "operation failed", ",\"code\":\"interrupted\""));
	op = find(set, "op-1");
	assert_true(op->conflict);
	assert_int_equal(op->ends, 2);
	assert_int_equal(op->status, OP_COMPLETED);
	opset_free(set);
}

static void
test_interrupted_and_lost(void **state)
{
	struct opset *set = opset_new(0);

	(void)state;
	feed(set, START);
	opset_tick(set, T0 + OP_HORIZON_NS);
	assert_int_equal(find(set, "op-1")->status, OP_RUNNING);
	opset_tick(set, T0 + OP_HORIZON_NS + 1);
	assert_int_equal(find(set, "op-1")->status, OP_LOST);
	opset_tick(set, 0);
	assert_int_equal(find(set, "op-1")->status, OP_RUNNING);
	/* Another program's start says nothing of it, its own daemon's does. */
	feed(set,
	    "{\"time\":\"2026-04-26T22:13:05Z\",\"msg\":\"helper started\","
	    "\"run\":\"cccccccc\",\"seq\":1}");
	assert_int_equal(find(set, "op-1")->status, OP_RUNNING);
	feed(set,
	    "{\"time\":\"2026-04-26T22:13:06Z\",\"msg\":\"daemon started\","
	    "\"run\":\"bbbbbbbb\",\"seq\":1}");
	assert_int_equal(find(set, "op-1")->status, OP_INTERRUPTED);
	/* Unless the old one is heard again: they are two instances. */
	feed(set,
	    "{\"time\":\"2026-04-26T22:13:07Z\",\"msg\":\"rpc completed\","
	    "\"run\":\"aaaaaaaa\",\"seq\":6,\"op_id\":\"op-2\"}");
	assert_int_equal(find(set, "op-1")->status, OP_RUNNING);
	opset_free(set);
}

static void
test_bound(void **state)
{
	struct opset *set = opset_new(16);
	const struct op *const *list;
	char line[200];

	(void)state;
	feed(set, START);
	for (int i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line),
		    "{\"time\":\"2026-04-26T22:14:00Z\",\"msg\":\"operation "
		    "completed\",\"op_id\":\"op-n%d\"}",
		    i);
		feed(set, line);
		assert_in_range(opset_len(set), 1, 16);
	}
	/* The one in flight outlives all that have ended. */
	assert_int_equal(opset_in_flight(set, &list), 1);
	assert_string_equal(list[0]->id.text, "op-1");
	assert_int_equal(opset_evicted(set) + opset_len(set), 1001);
	opset_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary),
		cmocka_unit_test(test_interleaved),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_running_then_late),
		cmocka_unit_test(test_missing_start),
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_two_ends),
		cmocka_unit_test(test_interrupted_and_lost),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests_name("opset", tests, NULL, NULL);
}
