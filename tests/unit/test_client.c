/* SPDX-License-Identifier: ISC */
/* wire/client: a call and all the ways in which it may end. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/client.h"
#include "wire/sock.h"

#define WAIT (60 * NSEC_PER_SEC)

struct fixture {
	struct client client;
	int peer; /* the other end */
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -1;
	f->client.fd = sv[0];
	f->peer = sv[1];
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	client_close(&f->client);
	cleanup_closep(&f->peer);
	free(f);
	return 0;
}

/* The peer says this before it was asked; the call takes it as its answer. */
static void
answer(struct fixture *f, const char *text)
{
	assert_int_equal(write(f->peer, text, strlen(text)),
	    (ssize_t)strlen(text));
}

/* What the peer was asked. */
static void
expect_asked(struct fixture *f, const char *want)
{
	char got[1000];
	ssize_t n = recv(f->peer, got, sizeof(got) - 1, MSG_DONTWAIT);

	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void
test_answer(void **state)
{
	struct fixture *f = *state;
	_cleanup_json_ json_t *params = json_pack("{s:s}", "vm", "web");
	_cleanup_(rpc_reply_done) struct rpc_reply rep;
	struct opid op = { "op-1" };
	struct error err = ERROR_INIT;

	answer(f, "{\"ok\":true,\"result\":[42],\"op_id\":\"op-1\"}\n");
	assert_int_equal(client_call(&f->client, "tap.create", params, &op, 3,
			     WAIT, &rep, &err),
	    0);
	assert_int_equal(json_integer_value(json_array_get(rep.result, 0)), 42);
	assert_string_equal(rep.op.text, "op-1");
	expect_asked(f,
	    "{\"version\":1,\"method\":\"tap.create\",\"params\":{\"vm\":"
	    "\"web\"},\"op_id\":\"op-1\",\"call\":3}\n");
}

/* Several calls, one after the other, on one connection. */
static void
test_again(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;

	for (int i = 0; i < 3; i++) {
		_cleanup_(rpc_reply_done) struct rpc_reply rep;

		answer(f, "{\"ok\":true,\"result\":{}}\n");
		assert_int_equal(client_call(&f->client, "ping", NULL, NULL, 0,
				     WAIT, &rep, &err),
		    0);
		expect_asked(f, "{\"version\":1,\"method\":\"ping\"}\n");
	}
}

static void
test_error_answer(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	struct rpc_reply rep;

	answer(f,
	    "{\"ok\":false,\"error\":{\"code\":\"vm_busy\",\"message\":"
	    "\"web is busy\",\"op_id\":\"op-9\"}}\n");
	assert_int_equal(client_call(&f->client, "vm.start", NULL, NULL, 0,
			     WAIT, &rep, &err),
	    1);
	assert_string_equal(err.kind, "vm_busy");
	assert_string_equal(err.text, "web is busy");
	assert_string_equal(rep.op.text, "op-9");
}

static void
test_no_answer_in_time(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	struct rpc_reply rep;
	int64_t from;

	/* The beginning of an answer does not count. */
	answer(f, "{\"ok\":true,");
	from = clock_mono_ns();
	assert_true(client_call(&f->client, "vm.start", NULL, NULL, 0,
			20 * NSEC_PER_MSEC, &rep, &err) < 0);
	assert_true(clock_mono_ns() >= from + 20 * NSEC_PER_MSEC);
	assert_string_equal(err.kind, "timeout");
	assert_string_equal(err.text, "vm.start: no answer in time");
}

static void
test_closed_early(void **state)
{
	static const char *const said[] = { "", "{\"ok\":true" };
	struct error err;
	struct rpc_reply rep;

	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		struct fixture *f;

		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		answer(f, said[i]);
		shutdown(f->peer, SHUT_WR);
		error_clear(&err);
		assert_int_equal(client_call(&f->client, "ping", NULL, NULL, 0,
				     WAIT, &rep, &err),
		    -ECONNRESET);
		assert_string_equal(err.text,
		    "ping: the peer closed the connection without an answer");
	}
}

/* The peer is gone before it is asked: an error, and no signal. */
static void
test_gone(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	struct rpc_reply rep;

	cleanup_closep(&f->peer);
	assert_int_equal(client_call(&f->client, "ping", NULL, NULL, 0, WAIT,
			     &rep, &err),
	    -EPIPE);
	assert_memory_equal(err.text, "ping: ", 6);
}

static void
test_not_a_reply(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	struct rpc_reply rep;

	answer(f, "SSH-2.0-OpenSSH_9.2\r\n");
	assert_true(client_call(&f->client, "ping", NULL, NULL, 0, WAIT, &rep,
			&err) < 0);
	assert_string_equal(err.kind, "internal");
}

/* A peer that writes len bytes of one line and then, maybe, its end. */
struct talker {
	int fd;
	size_t len;
	const char *head, *tail;
};

static void *
talk(void *arg)
{
	const struct talker *t = arg;
	_cleanup_buf_ struct buf text = BUF_INIT;

	buf_puts(&text, t->head);
	buf_reserve(&text, t->len);
	memset(text.data + text.len, 'x', t->len);
	text.len += t->len;
	buf_puts(&text, t->tail);
	sock_send(t->fd, text.data, text.len, clock_mono_ns() + WAIT, NULL);
	return NULL;
}

static void
test_long_answers(void **state)
{
	struct fixture *f = *state;
	struct talker fits = { f->peer, RPC_REPLY_MAX - 100,
		"{\"ok\":true,\"result\":\"", "\"}\n" };
	struct talker endless = { f->peer, RPC_REPLY_MAX, "", "" };
	struct error err = ERROR_INIT;
	struct rpc_reply rep;
	pthread_t id;

	assert_int_equal(pthread_create(&id, NULL, talk, &fits), 0);
	assert_int_equal(client_call(&f->client, "ping", NULL, NULL, 0, WAIT,
			     &rep, &err),
	    0);
	pthread_join(id, NULL);
	assert_int_equal(json_string_length(rep.result), fits.len);
	rpc_reply_done(&rep);
	assert_int_equal(pthread_create(&id, NULL, talk, &endless), 0);
	assert_int_equal(client_call(&f->client, "ping", NULL, NULL, 0, WAIT,
			     &rep, &err),
	    -EMSGSIZE);
	assert_string_equal(err.text, "ping: the answer is too long");
	client_close(&f->client);
	pthread_join(id, NULL);
}

static void
test_open(void **state)
{
	char dir[] = "/tmp/bgc.XXXXXX", path[64];
	_cleanup_close_ int server = -1, served = -1;
	struct error err = ERROR_INIT;
	struct client c = { -7 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	assert_int_equal(client_open(path, WAIT, &c, &err), -ENOENT);
	assert_int_equal(c.fd, -7);
	assert_int_equal(sock_listen(path, 0600, (gid_t)-1, &server, &err), 0);
	assert_int_equal(client_open(path, WAIT, &c, &err), 0);
	served = accept(server, NULL, NULL);
	assert_true(served >= 0);
	client_close(&c);
	assert_int_equal(c.fd, -1);
	assert_int_equal(read(served, path, 1), 0);
	snprintf(path, sizeof(path), "%s/s", dir);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_error_answer, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_no_answer_in_time, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_closed_early, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_a_reply, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_long_answers, setup,
		    teardown),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
