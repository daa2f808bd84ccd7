/* SPDX-License-Identifier: ISC */
/* daemon/qmp: a monitor's conversation, and what a broken one cannot do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../daemon/qmp.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "peer.h"

#define GREETING                                                           \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2," \
	" \"major\": 7}, \"package\": \"\"}, \"capabilities\": "           \
	"[\"oob\"]}}\r\n"
#define EVENT(name)                                               \
	"{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, " \
	"\"event\": \"" name "\"}\r\n"
#define NEGOTIATED                                                 \
	{ PEER_SAY, GREETING }, { PEER_HEAR, "qmp_capabilities" }, \
	{                                                          \
		PEER_ANSWER, "\"return\": {}"                      \
	}

/* Opens and, when that went well, executes `command`; both by the deadline. */
static int
converse(const struct peer_step *steps, const char *command, int64_t ms,
    json_t **ret, struct error *err)
{
	struct peer p;
	struct qmp q;
	int rc;

	peer_start(&p, steps);
	rc = qmp_open(&q, p.path, peer_in_ms(5000), err);
	if (rc == 0) {
		if (command != NULL)
			rc = qmp_execute(&q, command, NULL, peer_in_ms(ms), ret,
			    err);
		qmp_close(&q);
	}
	assert_null(peer_end(&p));
	return rc;
}

static void
test_conversation(void **state)
{
	static const struct peer_step steps[] = {
		{ PEER_DRIP, GREETING },
		{ PEER_SAY, EVENT("NIC_RX_FILTER_CHANGED") },
		{ PEER_HEAR, "qmp_capabilities" },
		{ PEER_SAY,
		    EVENT("RESUME") "{\"return\": {}, \"id\": 77}\r\n" },
		{ PEER_ANSWER, "\"return\": {}" },
		{ PEER_HEAR, "query-status" },
		/* An answer that nobody waits for any more, and one without id.
		 */
		{ PEER_SAY,
		    "{\"return\": {\"status\": \"old\"}, \"id\": 1}\r\n" },
		{ PEER_SAY, "{\"error\": {\"desc\": \"old\"}, \"id\": 1}\r\n" },
		{ PEER_SAY, "{\"return\": {\"status\": \"none\"}}\r\n" },
		{ PEER_SAY, EVENT("STOP") },
		{ PEER_ANSWER, "\"return\": {\"status\": \"running\"}" },
		{ PEER_HANG, NULL },
		{ PEER_END, NULL },
	};
	json_t *reply = NULL;

	(void)state;
	assert_int_equal(converse(steps, "query-status", 5000, &reply, NULL),
	    0);
	assert_string_equal(json_string_value(json_object_get(reply, "status")),
	    "running");
	json_decref(reply);
}

static void
test_error(void **state)
{
	static const struct peer_step steps[] = {
		NEGOTIATED,
		{ PEER_HEAR, "cont" },
		{ PEER_ANSWER,
		    "\"error\": {\"class\": \"GenericError\", \"desc\": "
		    "\"no\"}" },
		{ PEER_HANG, NULL },
		{ PEER_END, NULL },
	};
	struct error err = ERROR_INIT;
	json_t *reply = NULL;

	(void)state;
	assert_int_equal(converse(steps, "cont", 5000, &reply, &err),
	    -EREMOTEIO);
	assert_string_equal(err.text, "QMP cont: no");
	assert_null(reply);
}

/* What is no QMP, at each point where something is waited for. */
static void
test_broken(void **state)
{
	static const struct {
		struct peer_step steps[8];
		int want;
		const char *text;
	} table[] = {
		{ { { PEER_END, NULL } }, -EPIPE, "closed the connection" },
		{ { { PEER_SAY, "{\"QMP\"" } }, -EPIPE, "greeting" },
		{ { { PEER_SAY, "HTTP/1.1 400 Bad Request\r\n" },
		      { PEER_HANG, NULL } },
		    -EPROTO, "not a message" },
		{ { { PEER_SAY, "[1]\r\n" }, { PEER_HANG, NULL } }, -EPROTO,
		    "not a message" },
		{ { { PEER_SAY, "{\"return\": {}}\r\n" }, { PEER_HANG, NULL } },
		    -EPROTO, "no greeting" },
		{ { { PEER_SAY, GREETING }, { PEER_HEAR, "qmp_capabilities" } },
		    -EPIPE, "qmp_capabilities" },
		{ { { PEER_SAY, GREETING }, { PEER_HEAR, "qmp_capabilities" },
		      { PEER_SAY, "{\"return\":" } },
		    -EPIPE, "qmp_capabilities" },
		{ { NEGOTIATED, { PEER_HEAR, "cont" } }, -EPIPE, "QMP cont" },
		{ { NEGOTIATED, { PEER_HEAR, "cont" },
		      { PEER_SAY, "{\"return\": {}, \"id\": 2\r\n" },
		      { PEER_HANG, NULL } },
		    -EPROTO, "QMP cont" },
		{ { NEGOTIATED, { PEER_HEAR, "cont" }, { PEER_HANG, NULL } },
		    -ETIMEDOUT, "QMP cont" },
		{ { NEGOTIATED, { PEER_HEAR, "cont" },
		      { PEER_FLOOD, EVENT("RTC_CHANGE") } },
		    -ETIMEDOUT, "QMP cont" },
		{ { NEGOTIATED, { PEER_HEAR, "cont" },
		      { PEER_FLOOD,
			  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" } },
		    -EMSGSIZE, "too long" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct error err = ERROR_INIT;
		int64_t from = clock_mono_ns();
		int rc = converse(table[i].steps, "cont", 300, NULL, &err);

		if (rc != table[i].want ||
		    strstr(err.text, table[i].text) == NULL)
			fail_msg("row %zu: %d, %s", i, rc, err.text);
		assert_true(clock_mono_ns() - from < 4 * NSEC_PER_SEC);
	}
}

static void
test_nobody(void **state)
{
	struct qmp q;

	(void)state;
	assert_int_equal(qmp_open(&q, "/tmp/there/is/none", peer_in_ms(100),
			     NULL),
	    -ENOENT);
	qmp_close(&q); /* may be called again */
}

static void
test_silent_greeting(void **state)
{
	static const struct peer_step steps[] = { { PEER_HANG, NULL },
		{ PEER_END, NULL } };
	struct error err = ERROR_INIT;
	struct peer p;
	struct qmp q;

	(void)state;
	peer_start(&p, steps);
	assert_int_equal(qmp_open(&q, p.path, peer_in_ms(100), &err),
	    -ETIMEDOUT);
	assert_non_null(strstr(err.text, "greeting"));
	assert_null(peer_end(&p));
}

static int
wait_end(const struct peer_step *steps, int64_t ms, bool *ret_shutdown)
{
	struct peer p;
	struct qmp q;
	int rc;

	peer_start(&p, steps);
	assert_int_equal(qmp_open(&q, p.path, peer_in_ms(5000), NULL), 0);
	rc = qmp_wait_end(&q, peer_in_ms(ms), NULL);
	*ret_shutdown = q.shutdown;
	qmp_close(&q);
	assert_null(peer_end(&p));
	return rc;
}

static void
test_wait_end(void **state)
{
	static const struct peer_step ends[] = { NEGOTIATED,
		{ PEER_SAY, EVENT("POWERDOWN") EVENT("SHUTDOWN") },
		{ PEER_END, NULL } };
	static const struct peer_step crashes[] = { NEGOTIATED,
		{ PEER_SAY, "{\"half" }, { PEER_END, NULL } };
	static const struct peer_step stays[] = { NEGOTIATED,
		{ PEER_SAY, EVENT("POWERDOWN") }, { PEER_HANG, NULL },
		{ PEER_END, NULL } };
	static const struct peer_step floods[] = { NEGOTIATED,
		{ PEER_FLOOD, EVENT("RTC_CHANGE") }, { PEER_END, NULL } };
	int64_t from = clock_mono_ns();
	bool shutdown;

	(void)state;
	assert_int_equal(wait_end(ends, 5000, &shutdown), 0);
	assert_true(shutdown);
	assert_int_equal(wait_end(crashes, 5000, &shutdown), 0);
	assert_false(shutdown);
	assert_int_equal(wait_end(stays, 100, &shutdown), 1);
	assert_int_equal(wait_end(floods, 100, &shutdown), 1);
	/* With a deadline in the past it only looks. */
	assert_int_equal(wait_end(floods, -1, &shutdown), 1);
	assert_true(clock_mono_ns() - from < 4 * NSEC_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversation),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_silent_greeting),
		cmocka_unit_test(test_wait_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
