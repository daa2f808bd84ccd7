/* SPDX-License-Identifier: ISC */
/* bangertop/cancel: the request, every answer, and none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../bangertop/cancel.h"
#include "peer.h"

#define ASKED                                                                  \
	"{\"version\":1,\"method\":\"op.cancel\",\"params\":{\"op\":\"op-7\"}" \
	"}"

struct asked {
	struct loop *loop;
	char said[256];
};

static void
said(void *arg, const char *text)
{
	struct asked *a = arg;

	snprintf(a->said, sizeof(a->said), "%s", text);
	loop_stop(a->loop, 0);
}

/* What is said of a bangerd that answers so. */
static void
expect(const struct peer_step *steps, const char *want)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	struct error err = ERROR_INIT;
	struct asked a = { 0 };
	struct cancel *c;
	struct peer p;

	assert_int_equal(loop_new(&loop, &err), 0);
	a.loop = loop;
	peer_start(&p, steps);
	c = cancel_begin(loop, p.path, &(struct opid){ "op-7" }, said, &a,
	    &err);
	assert_non_null(c);
	assert_int_equal(loop_run(loop), 0);
	cancel_free(c);
	assert_null(peer_end(&p));
	assert_string_equal(a.said, want);
}

static void
test_answers(void **state)
{
	static const struct {
		const char *say, *want;
	} cases[] = {
		{ "{\"ok\":true,\"result\":{\"canceling\":true}}\n",
		    "op-7 is being canceled" },
		{ "{\"ok\":false,\"error\":{\"code\":\"not_found\","
		  "\"message\":\"no operation op-7\"}}\n",
		    "not canceled: no operation op-7 (not_found)" },
		{ "{\"ok\":false,\"error\":{\"code\":\"unauthorized\","
		  "\"message\":\"it is not yours\"}}\n",
		    "not canceled: it is not yours (unauthorized)" },
		{ "{\"ok\":false,\"error\":{\"code\":\"invalid_state\","
		  "\"message\":\"it has ended\"}}\n",
		    "not canceled: it has ended (invalid_state)" },
		{ "{\"ok\":false,\"error\":{\"code\":\"unknown_method\","
		  "\"message\":\"no method op.cancel\"}}\n",
		    "not canceled: no method op.cancel (unknown_method)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct peer_step steps[] = { { PEER_LINE, ASKED },
			{ i % 2 == 0 ? PEER_SAY : PEER_DRIP, cases[i].say },
			{ PEER_HANG, NULL }, { PEER_END, NULL } };

		expect(steps, cases[i].want);
	}
}

static void
test_no_answer(void **state)
{
	static const struct peer_step closes[] = { { PEER_LINE, ASKED },
		{ PEER_SAY, "{\"ok\":tr" }, { PEER_END, NULL } };
	static const struct peer_step floods[] = { { PEER_LINE, ASKED },
		{ PEER_FLOOD, "no line, but a great many bytes " },
		{ PEER_END, NULL } };
	_cleanup_(loop_freep) struct loop *loop = NULL;
	struct error err = ERROR_INIT;

	(void)state;
	expect(closes, "not canceled: bangerd went away");
	expect(floods, "not canceled: what answers is not bangerd");
	assert_int_equal(loop_new(&loop, &err), 0);
	assert_null(cancel_begin(loop, "/nowhere/at/all",
	    &(struct opid){ "op-7" }, said, NULL, &err));
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
