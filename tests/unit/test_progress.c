/* SPDX-License-Identifier: ISC */
/* cli/progress: an operation is waited for as long as the daemon says that it
 * goes on, and no longer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../cli/progress.h"
#include "base/cleanup.h"
#include "peer.h"

#define ANNOUNCED \
	"{\"ok\":true,\"result\":{\"op_id\":\"op-0123456789abcdef\"}}\n"
#define ASKED                                                       \
	"{\"version\":1,\"method\":\"op.show\",\"params\":{\"op\":" \
	"\"op-0123456789abcdef\"}}"
#define STATE(state) \
	"{\"ok\":true,\"result\":{\"op\":{\"state\":\"" state "\"}}}\n"
#define REPLY                                                         \
	"{\"ok\":true,\"result\":{\"op_id\":\"op-0123456789abcdef\"," \
	"\"duration_ms\":1.5}}\n"

/* A daemon's end of the operation's connection, and who answers op.show. */
struct daemon_end {
	struct peer peer;
	int ours, its;
};

static void
open_end(struct daemon_end *d, const struct peer_step *steps)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     fds),
	    0);
	d->ours = fds[0];
	d->its = fds[1];
	peer_start(&d->peer, steps);
	d->peer.aside = d->its;
	assert_int_equal(write(d->its, ANNOUNCED, sizeof(ANNOUNCED) - 1),
	    sizeof(ANNOUNCED) - 1);
}

static int
call(struct daemon_end *d, int64_t timeout_ns, struct error *err)
{
	struct progress p = { .path = d->peer.path,
		.method = "vm.start",
		.quiet = true,
		.silence_ns = 20 * NSEC_PER_MSEC };
	_cleanup_(rpc_reply_done) struct rpc_reply reply = { 0 };
	int rc = progress_call(&p, d->ours, NULL, timeout_ns, &reply, err);

	progress_done(&p);
	return rc;
}

static void
close_end(struct daemon_end *d)
{
	assert_null(peer_end(&d->peer));
	close(d->ours);
	close(d->its);
}

/* It says nothing until it was asked three times; then the answer is there. */
static void
test_lives(void **state)
{
	static const struct peer_step steps[] = {
		{ PEER_LINE, ASKED },
		{ PEER_SAY, STATE("queued") },
		{ PEER_NEXT, NULL },
		{ PEER_LINE, ASKED },
		{ PEER_SAY, STATE("running") },
		{ PEER_NEXT, NULL },
		{ PEER_LINE, ASKED },
		{ PEER_ASIDE, REPLY },
		{ PEER_SAY, STATE("canceling") },
		{ PEER_END, NULL },
	};
	struct error err = ERROR_INIT;
	struct daemon_end d;

	(void)state;
	open_end(&d, steps);
	assert_int_equal(call(&d, 0, &err), 0);
	close_end(&d);
}

/* It has ended, and still nothing comes. */
static void
test_ended(void **state)
{
	static const struct peer_step steps[] = {
		{ PEER_LINE, ASKED },
		{ PEER_SAY, STATE("completed") },
		{ PEER_NEXT, NULL },
		{ PEER_LINE, ASKED },
		{ PEER_SAY, STATE("completed") },
		{ PEER_END, NULL },
	};
	struct error err = ERROR_INIT;
	struct daemon_end d;

	(void)state;
	open_end(&d, steps);
	assert_true(call(&d, 0, &err) < 0);
	assert_string_equal(err.kind, "timeout");
	assert_string_equal(err.text,
	    "vm.start: the operation has ended, and its answer did not come");
	close_end(&d);
}

/* A daemon that only hangs up when it is asked, as one that is stuck may. */
static void
test_silent(void **state)
{
	static const struct peer_step steps[] = { { PEER_END, NULL } };
	struct error err = ERROR_INIT;
	struct daemon_end d;

	(void)state;
	open_end(&d, steps);
	peer_end(&d.peer);
	assert_true(call(&d, 0, &err) < 0);
	assert_string_equal(err.kind, "timeout");
	assert_string_equal(err.text, "vm.start: the daemon does not answer");
	close(d.ours);
	close(d.its);
}

/* A time that was asked for ends it, whatever the daemon would say. */
static void
test_timeout(void **state)
{
	static const struct peer_step steps[] = { { PEER_END, NULL } };
	struct error err = ERROR_INIT;
	struct daemon_end d;

	(void)state;
	open_end(&d, steps);
	assert_true(call(&d, 1, &err) < 0);
	assert_string_equal(err.text, "vm.start: no answer in time");
	close_end(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
