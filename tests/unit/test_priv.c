/* SPDX-License-Identifier: ISC */
/* daemon/priv: of a helper that lies, no reply is taken for another's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../daemon/op.h"
#include "../../daemon/priv.h"
#include "peer.h"
#include "wire/rpc.h"

#define OURS "op-00000000000000aa"
#define OTHER "op-00000000000000bb"
#define ASKED(call)                                                     \
	"{\"version\":1,\"method\":\"tap.delete\",\"params\":{\"slot\"" \
	":7},\"op_id\":\"" OURS "\",\"call\":" call "}"
#define DONE(op, call, n)                                             \
	"{\"ok\":true,\"result\":{\"n\":" n "},\"op_id\":\"" op "\"," \
	"\"call\":" call "}\n"
#define REFUSED(op, call)                                                   \
	"{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":\"no " \
	"tap\",\"op_id\":\"" op "\"},\"op_id\":\"" op "\",\"call\":" call   \
	"}\n"
#define TAKEN_FOR_ANOTHER "tap.delete: the helper answered another call"

/* What of an operation a call needs. */
struct op {
	struct daemon daemon;
	struct opid id;
	unsigned calls;
};

struct fixture {
	struct op op;
	struct peer peer;
};

const struct opid *
op_id(const struct op *op)
{
	return &op->id;
}

struct daemon *
op_daemon(const struct op *op)
{
	return (struct daemon *)(uintptr_t)&op->daemon;
}

unsigned
op_next_call(struct op *op)
{
	return ++op->calls;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->op.id.text, OURS);
	*state = f;
	return config_open("/dev/null", &f->op.daemon.config, NULL, NULL);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	config_done(&f->op.daemon.config);
	free(f);
	return 0;
}

static void
wait_at_most(struct fixture *f, const char *time)
{
	assert_int_equal(config_set(&f->op.daemon.config, CONFIG_HELPER_CALL,
			     time, NULL),
	    0);
}

static void
begin(struct fixture *f, const struct peer_step *steps)
{
	peer_start(&f->peer, steps);
	assert_int_equal(config_set(&f->op.daemon.config, CONFIG_HELPER_SOCKET,
			     f->peer.path, NULL),
	    0);
	wait_at_most(f, "1min");
}

/* The call is not done, and why. */
static void
expect_failure(struct fixture *f, int rc, const char *kind, const char *text)
{
	struct error err = ERROR_INIT;
	json_t *result = NULL;

	assert_int_equal(priv_call(&f->op, "tap.delete",
			     json_pack("{s:i}", "slot", 7), &result, &err),
	    rc);
	assert_null(result);
	assert_string_equal(err.text, text);
	assert_non_null(err.kind);
	assert_string_equal(err.kind, kind);
}

static void
expect_result(struct fixture *f, int n)
{
	struct error err = ERROR_INIT;
	json_t *result = NULL;

	assert_int_equal(priv_call(&f->op, "tap.delete",
			     json_pack("{s:i}", "slot", 7), &result, &err),
	    0);
	assert_int_equal(json_integer_value(json_object_get(result, "n")), n);
	json_decref(result);
}

/* One call whose reply is that text. */
static void
expect_not_taken(void **state, const char *reply)
{
	const struct peer_step steps[] = {
		{ PEER_LINE, ASKED("1") },
		{ PEER_SAY, reply },
		{ PEER_END, NULL },
	};
	struct fixture *f = *state;

	f->op.calls = 0;
	begin(f, steps);
	expect_failure(f, -EPROTO, "helper_unavailable", TAKEN_FOR_ANOTHER);
	assert_null(peer_end(&f->peer));
}

/* Done or refused: a reply names the operation and the call, or is none. */
static void
test_of_another(void **state)
{
	expect_not_taken(state, DONE(OTHER, "1", "1"));
	expect_not_taken(state, DONE(OURS, "2", "1"));
	expect_not_taken(state, "{\"ok\":true,\"result\":{}}\n");
	expect_not_taken(state,
	    "{\"ok\":true,\"result\":{},\"op_id\":\"" OURS "\"}\n");
	expect_not_taken(state, "{\"ok\":true,\"result\":{},\"call\":1}\n");
	expect_not_taken(state,
	    "{\"ok\":true,\"result\":{},\"op_id\":\"" OURS
	    "\",\"call\":4294967297}\n");
	expect_not_taken(state, REFUSED(OTHER, "1"));
	expect_not_taken(state, REFUSED(OURS, "2"));
	/* Its error is another's, whatever stands around it. */
	expect_not_taken(state,
	    "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":\"\","
	    "\"op_id\":\"" OTHER "\"},\"op_id\":\"" OURS "\",\"call\":1}\n");
	expect_not_taken(state,
	    "{\"ok\":false,\"error\":{\"code\":\"not_found\",\"message\":\"\","
	    "\"op_id\":\"" OURS "\"}}\n");
}

/* What the helper says itself, and before it has read the request. */
static void
test_own_error(void **state)
{
	static const struct peer_step steps[] = {
		{ PEER_LINE, ASKED("1") },
		{ PEER_SAY, REFUSED(OURS, "1") },
		{ PEER_NEXT, NULL },
		{ PEER_LINE, ASKED("2") },
		{ PEER_SAY,
		    "{\"ok\":false,\"error\":{\"code\":\"limit_exceeded\","
		    "\"message\":\"more than 16 connections\"}}\n" },
		{ PEER_END, NULL },
	};
	struct fixture *f = *state;

	begin(f, steps);
	expect_failure(f, -EREMOTEIO, "not_found", "no tap");
	expect_failure(f, -EREMOTEIO, "limit_exceeded",
	    "more than 16 connections");
	assert_null(peer_end(&f->peer));
}

/* The second of two is read by nobody, and not by the next call. */
static void
test_doubled(void **state)
{
	static const struct peer_step steps[] = {
		{ PEER_LINE, ASKED("1") },
		{ PEER_SAY, DONE(OURS, "1", "11") DONE(OURS, "2", "12") },
		{ PEER_NEXT, NULL },
		{ PEER_LINE, ASKED("2") },
		{ PEER_SAY, DONE(OURS, "1", "11") DONE(OURS, "2", "22") },
		{ PEER_NEXT, NULL },
		{ PEER_LINE, ASKED("3") },
		{ PEER_SAY, DONE(OURS, "3", "33") DONE(OURS, "3", "34") },
		{ PEER_END, NULL },
	};
	struct fixture *f = *state;

	begin(f, steps);
	expect_result(f, 11);
	/* A stale one goes before it: what is behind that is not looked for. */
	expect_failure(f, -EPROTO, "helper_unavailable", TAKEN_FOR_ANOTHER);
	expect_result(f, 33);
	assert_null(peer_end(&f->peer));
}

/* Every beginning of a reply, and then nothing more. */
static void
test_truncated(void **state)
{
	static const char whole[] = DONE(OURS, "1", "1");
	struct fixture *f = *state;
	char part[sizeof(whole)];

	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		const struct peer_step steps[] = {
			{ PEER_LINE, ASKED("1") },
			{ PEER_SAY, part },
			{ PEER_END, NULL },
		};

		memcpy(part, whole, len);
		part[len] = '\0';
		f->op.calls = 0;
		begin(f, steps);
		expect_failure(f, -ECONNRESET, "helper_unavailable",
		    "tap.delete: the peer closed the connection without an "
		    "answer");
		assert_null(peer_end(&f->peer));
	}
}

/* Cut, and yet a line. */
static void
test_no_reply(void **state)
{
	static const char *const lines[] = {
		"\n",
		"{\"ok\":true,\"result\":{},\"op_id\":\"" OURS "\",\"call\":\n",
		"[]\n",
		"{\"ok\":1,\"op_id\":\"" OURS "\",\"call\":1}\n",
		"{\"result\":{},\"op_id\":\"" OURS "\",\"call\":1}\n",
		/* Which of the two would it be? */
		"{\"ok\":true,\"result\":{},\"op_id\":\"" OTHER
		"\",\"op_id\":\"" OURS "\",\"call\":1}\n",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const struct peer_step steps[] = {
			{ PEER_LINE, ASKED("1") },
			{ PEER_SAY, lines[i] },
			{ PEER_END, NULL },
		};

		f->op.calls = 0;
		begin(f, steps);
		expect_failure(f, -EPROTO, "helper_unavailable",
		    "what the peer answered is not a reply");
		assert_null(peer_end(&f->peer));
	}
}

/* One that comes too late is for nobody: not for its call, nor the next. */
static void
test_late(void **state)
{
	static const struct peer_step steps[] = {
		{ PEER_LINE, ASKED("1") },
		{ PEER_HANG, NULL }, /* until the call is given up */
		{ PEER_NEXT, NULL },
		{ PEER_SAY, DONE(OURS, "1", "1") },
		{ PEER_LINE, ASKED("2") },
		{ PEER_NEXT, NULL },
		{ PEER_LINE, ASKED("3") },
		{ PEER_SAY, DONE(OURS, "3", "3") },
		{ PEER_END, NULL },
	};
	struct fixture *f = *state;

	begin(f, steps);
	wait_at_most(f, "50ms");
	expect_failure(f, -EPROTO, "helper_unavailable",
	    "tap.delete: no answer in time");
	wait_at_most(f, "1min");
	expect_failure(f, -EPROTO, "helper_unavailable", TAKEN_FOR_ANOTHER);
	expect_result(f, 3);
	assert_null(peer_end(&f->peer));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_of_another, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_own_error, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_doubled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_reply, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
