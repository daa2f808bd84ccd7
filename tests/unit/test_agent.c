/* SPDX-License-Identifier: ISC */
/* daemon/agent: the guest's side of the channel is the guest's to spoil. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../daemon/agent.h"
#include "base/cleanup.h"
#include "peer.h"

#define SYNC "guest-sync-delimited"

/* Runs fn over a fresh channel to a peer with these steps. */
static int
over(const struct peer_step *steps,
    int (*fn)(struct agent *a, struct peer *p, struct error *err),
    struct error *err)
{
	struct agent a;
	struct peer p;
	int rc;

	peer_start(&p, steps);
	assert_int_equal(agent_open(&a, p.path, 0, peer_in_ms(5000), NULL), 0);
	rc = fn(&a, &p, err);
	agent_close(&a);
	assert_null(peer_end(&p));
	return rc;
}

/* A VMM's vsock: what it is asked, and what comes of its answer. */
static int
dial(const char *says, int64_t ms, struct error *err)
{
	struct agent a;
	struct peer_step steps[] = { { PEER_LINE, "CONNECT 1024" },
		{ says != NULL ? PEER_SAY : PEER_END, says },
		{ PEER_HANG, NULL }, { PEER_END, NULL } };
	struct peer p;
	int rc;

	peer_start(&p, steps);
	rc = agent_open(&a, p.path, 1024, peer_in_ms(ms), err);
	agent_close(&a);
	assert_null(peer_end(&p));
	return rc;
}

static void
test_vsock(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(dial("OK 1073741824\n", 5000, &err), 0);
	/* Nobody listens in the guest: the VMM hangs up. */
	assert_int_equal(dial(NULL, 5000, &err), -EPIPE);
	assert_int_equal(dial("OK 10737", 200, &err), -ETIMEDOUT);
	assert_int_equal(dial("ok 1073741824\n", 5000, &err), -EPROTO);
	assert_int_equal(dial("O\n", 5000, &err), -EPROTO);
	assert_int_equal(dial("\n", 5000, &err), -EPROTO);
	assert_string_equal(err.text,
	    "guest agent: the VMM's vsock does not answer CONNECT with OK");
}

static int
sync_quickly(struct agent *a, struct peer *p, struct error *err)
{
	(void)p;
	return agent_sync(a, peer_in_ms(300), err);
}

static void
test_sync(void **state)
{
	static const struct peer_step plain[] = { { PEER_HEAR, SYNC },
		{ PEER_ECHO, "\xff" }, { PEER_HANG, NULL },
		{ PEER_END, NULL } };
	static const struct peer_step noisy[] = { { PEER_HEAR, SYNC },
		{ PEER_SAY, "{\"return\": 1}\n\xff{\"return\": 2}\n" },
		{ PEER_SAY, "{\"error\": {\"desc\": \"old\"}}\n" },
		{ PEER_SAY, "\x1b[31mno json\n[]\n\n{\"half\n\xff\xff\xff\n" },
		{ PEER_SAY, "{\"return\": \"5\"}\n" },
		{ PEER_ECHO, "\xff\xff" }, { PEER_HANG, NULL },
		{ PEER_END, NULL } };
	static const struct peer_step split[] = { { PEER_HEAR, SYNC },
		{ PEER_DRIP, "\xff{\"return\": 0" }, { PEER_SAY, "}\n" },
		{ PEER_ECHO, NULL }, { PEER_HANG, NULL }, { PEER_END, NULL } };

	(void)state;
	assert_int_equal(over(plain, sync_quickly, NULL), 0);
	assert_int_equal(over(noisy, sync_quickly, NULL), 0);
	assert_int_equal(over(split, sync_quickly, NULL), 0);
}

static void
test_no_sync(void **state)
{
	static const struct {
		struct peer_step steps[4];
		int want;
	} table[] = {
		{ { { PEER_HANG, NULL } }, -ETIMEDOUT },
		{ { { PEER_HEAR, SYNC } }, -EPIPE },
		{ { { PEER_HEAR, SYNC }, { PEER_SAY, "\xff{\"ret" } }, -EPIPE },
		{ { { PEER_HEAR, SYNC }, { PEER_SAY, "{\"return\": null}\n" },
		      { PEER_HANG, NULL } },
		    -ETIMEDOUT },
		{ { { PEER_HEAR, SYNC }, { PEER_FLOOD, "\n" } }, -ETIMEDOUT },
		{ { { PEER_HEAR, SYNC }, { PEER_FLOOD, "{\"return\":1}\n" } },
		    -ETIMEDOUT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct error err = ERROR_INIT;
		int64_t from = clock_mono_ns();
		int rc = over(table[i].steps, sync_quickly, &err);

		if (rc != table[i].want)
			fail_msg("row %zu: %d, %s", i, rc, err.text);
		assert_non_null(strstr(err.text, "guest agent"));
		assert_true(clock_mono_ns() - from < 4 * NSEC_PER_SEC);
	}
}

/* A first try that nobody answered does not spoil the second. */
static int
sync_twice(struct agent *a, struct peer *p, struct error *err)
{
	(void)p;
	assert_int_equal(agent_sync(a, peer_in_ms(100), NULL), -ETIMEDOUT);
	return agent_sync(a, peer_in_ms(3000), err);
}

static void
test_late(void **state)
{
	static const struct peer_step steps[] = { { PEER_HEAR, SYNC },
		{ PEER_HEAR, SYNC }, { PEER_SAY, "\xff{\"return\": 3}\n" },
		{ PEER_ECHO, "\xff" }, { PEER_HANG, NULL },
		{ PEER_END, NULL } };

	(void)state;
	assert_int_equal(over(steps, sync_twice, NULL), 0);
}

/* A command that was cut short is not taken for the sync's beginning. */
static int
sync_after_half(struct agent *a, struct peer *p, struct error *err)
{
	(void)p;
	assert_int_equal(sock_send(a->fd, "{\"execute\": \"gue", 16,
			     peer_in_ms(1000), NULL),
	    0);
	return agent_sync(a, peer_in_ms(3000), err);
}

static void
test_half(void **state)
{
	static const struct peer_step steps[] = { { PEER_HEAR, SYNC },
		{ PEER_ECHO, "\xff" }, { PEER_HANG, NULL },
		{ PEER_END, NULL } };

	(void)state;
	assert_int_equal(over(steps, sync_after_half, NULL), 0);
}

static int
ping_through_noise(struct agent *a, struct peer *p, struct error *err)
{
	json_t *reply = NULL;
	int rc = agent_execute(a, "guest-ping", NULL, peer_in_ms(3000), &reply,
	    err);

	(void)p;
	assert_int_equal(json_integer_value(reply), 6);
	json_decref(reply);
	return rc;
}

static int
endless(struct agent *a, struct peer *p, struct error *err)
{
	(void)p;
	return agent_execute(a, "guest-ping", NULL, peer_in_ms(10000), NULL,
	    err);
}

static void
test_execute(void **state)
{
	static const struct peer_step refused[] = { { PEER_HEAR, "guest-ping" },
		{ PEER_SAY,
		    "{\"error\": {\"class\": \"CommandNotFound\","
		    " \"desc\": \"no such\"}}\n" },
		{ PEER_HANG, NULL }, { PEER_END, NULL } };
	static const struct peer_step too_long[] = { { PEER_HEAR,
							 "guest-ping" },
		{ PEER_FLOOD,
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
		{ PEER_END, NULL } };
	static const struct peer_step noisy[] = { { PEER_HEAR, "guest-ping" },
		{ PEER_SAY, "noise\n7\n{\"return\": 6}\n" },
		{ PEER_HANG, NULL }, { PEER_END, NULL } };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(over(noisy, ping_through_noise, NULL), 0);
	assert_int_equal(over(refused, endless, &err), -EREMOTEIO);
	assert_string_equal(err.text, "guest agent: guest-ping: no such");
	assert_int_equal(over(too_long, endless, &err), -EMSGSIZE);
}

/* ---- commands ------------------------------------------------------------ */

static struct agent_exit got;
/* Long where an answer comes: the machine may be busy. */
static int exec_ms = 10000;

/* What the guest is asked to run is argv, and nothing else. */
static int
exec_argv(struct agent *a, struct peer *p, struct error *err)
{
	json_t *argv = json_pack("[s, s, s]", "/bin/x", "-c", "a b\n\"");
	int rc;

	got = (struct agent_exit){ -1, BUF_INIT, BUF_INIT };
	rc = agent_exec(a, argv, NULL, peer_in_ms(exec_ms), &got, err);
	json_decref(argv);
	(void)p;
	return rc;
}

#define RUNS                                                     \
	{ PEER_HEAR, "guest-exec" },                             \
	    { PEER_SAY, "{\"return\": {\"pid\": 42}}\n" },       \
	    { PEER_HEAR, "guest-exec-status" },                  \
	    { PEER_SAY, "{\"return\": {\"exited\": false}}\n" }, \
	{                                                        \
		PEER_HEAR, "guest-exec-status"                   \
	}

static void
expect_output(const struct buf *b, const char *want, size_t len)
{
	assert_int_equal(b->len, len);
	assert_memory_equal(buf_str(b), want, len);
}

static void
test_exec(void **state)
{
	static const struct {
		const char *status;
		int64_t code;
		const char *out;
		size_t out_len;
		const char *err;
	} table[] = {
		{ "{\"return\": {\"exited\": true, \"exitcode\": 3,"
		  " \"out-data\": \"aGVsbG8K\", \"err-data\": \"AP8=\"}}\n",
		    3, "hello\n", 6, "\0\xff" },
		{ "{\"return\": {\"exited\": true, \"signal\": 9}}\n", 137, "",
		    0, NULL },
		{ "{\"return\": {\"exited\": true, \"exitcode\": 0,"
		  " \"out-data\": \"YWI\", \"err-data\": 7}}\n",
		    0, "ab", 2, NULL },
		/* What is no base64 ends it. */
		{ "{\"return\": {\"exited\": true, \"exitcode\": 0,"
		  " \"out-data\": \"YWJj*WJj\"}}\n",
		    0, "abc", 3, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct peer_step steps[] = { RUNS,
			{ PEER_SAY, table[i].status }, { PEER_HANG, NULL },
			{ PEER_END, NULL } };

		assert_int_equal(over(steps, exec_argv, NULL), 0);
		assert_int_equal(got.code, table[i].code);
		expect_output(&got.out, table[i].out, table[i].out_len);
		expect_output(&got.err,
		    table[i].err != NULL ? table[i].err : "",
		    table[i].err != NULL ? 2 : 0);
		buf_done(&got.out);
		buf_done(&got.err);
	}
}

/* The peer looks at what it was asked to run. */
static int
exec_asked(struct agent *a, struct peer *p, struct error *err)
{
	int rc = exec_argv(a, p, err);

	assert_string_equal(p->heard,
	    "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/x\","
	    "\"arg\":[\"-c\",\"a b\\n\\\"\"],\"capture-output\":true}}");
	return rc;
}

/* Its standard input is handed over as it came. */
static int
exec_input(struct agent *a, struct peer *p, struct error *err)
{
	json_t *argv = json_pack("[s]", "/bin/x");
	int rc;

	got = (struct agent_exit){ -1, BUF_INIT, BUF_INIT };
	rc = agent_exec(a, argv, "aGk=", peer_in_ms(exec_ms), &got, err);
	json_decref(argv);
	assert_string_equal(p->heard,
	    "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"/bin/x\","
	    "\"arg\":[],\"capture-output\":true,\"input-data\":\"aGk=\"}}");
	return rc;
}

static void
test_exec_fails(void **state)
{
	static const struct peer_step refused[] = { { PEER_HEAR, "guest-exec" },
		{ PEER_SAY, "{\"error\": {\"desc\": \"No such file\"}}\n" },
		{ PEER_HANG, NULL }, { PEER_END, NULL } };
	static const struct peer_step dies[] = { RUNS, { PEER_END, NULL } };
	static const struct peer_step silent[] = { RUNS, { PEER_HANG, NULL },
		{ PEER_END, NULL } };
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(over(refused, exec_asked, &err), -EREMOTEIO);
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(over(refused, exec_input, &err), -EREMOTEIO);
	assert_int_equal(over(dies, exec_argv, &err), -EPIPE);
	exec_ms = 500;
	assert_int_equal(over(silent, exec_argv, &err), -ETIMEDOUT);
	exec_ms = 10000;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vsock),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_no_sync),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_half),
		cmocka_unit_test(test_execute),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
