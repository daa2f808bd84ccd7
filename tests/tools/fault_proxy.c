/* SPDX-License-Identifier: ISC */
/*
 * fault_proxy LISTEN TARGET RULE: stands between bangerd and its helper, hands
 * each request and reply on, and misbehaves on cue.  RULE is a file of one
 * line, "METHOD N ACTION": the N-th call of that method from now on gets
 *
 *	error   an error of the helper's      drop    hung up on, not handed on
 *	lost    done, and the reply dropped   half    done, and half a reply
 *	other   another operation's reply     hang    no reply until RULE.go
 *	before  held before it is handed on   after   held when it is done
 *
 * The rule is taken (removed) by the call that it meets, which makes RULE.at.
 * What is held goes on when RULE.go is there; so a test can kill anybody at a
 * moment of its choice.  Ends with its parent.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/wait.h"
#include "wire/frame.h"
#include "wire/rpc.h"
#include "wire/sock.h"

#define CALL_NS (60 * NSEC_PER_SEC)
#define LOOK_NS (5 * NSEC_PER_MSEC)

struct rule {
	char method[64], action[16];
	int n;
};

static const char *rule_path;
static int seen; /* calls of the rule's method since it was laid */

static bool
rule_read(struct rule *ret)
{
	FILE *f = fopen(rule_path, "r");
	int n = f != NULL
	    ? fscanf(f, "%63s %d %15s", ret->method, &ret->n, ret->action)
	    : 0;

	if (f != NULL)
		fclose(f);
	return n == 3;
}

static char *
beside(const char *end)
{
	return xasprintf("%s.%s", rule_path, end);
}

/* Waits until the test lets go, or bangerd has hung up. */
static void
hold(int fd)
{
	_cleanup_free_ char *go = beside("go");
	char byte;

	while (access(go, F_OK) < 0 &&
	    recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
		wait_until(clock_mono_ns() + LOOK_NS, NULL);
}

/* One line of a peer; false: it hung up. */
static bool
take(int fd, struct buf *line)
{
	_cleanup_(frame_done) struct frame in;
	char chunk[16384];
	const char *text;
	size_t len;
	ssize_t n;

	frame_init(&in, RPC_REPLY_MAX);
	while (frame_next(&in, &text, &len) != FRAME_LINE) {
		n = sock_recv(fd, chunk, sizeof(chunk),
		    clock_mono_ns() + CALL_NS, NULL);
		if (n <= 0)
			return false;
		frame_feed(&in, chunk, (size_t)n);
	}
	buf_put(line, text, len);
	buf_puts(line, "\n");
	return true;
}

static void
give(int fd, const char *data, size_t len)
{
	sock_send(fd, data, len, clock_mono_ns() + CALL_NS, NULL);
}

/* Has the helper do it. */
static bool
forward(const char *target, const struct buf *request, struct buf *reply)
{
	_cleanup_close_ int fd = -1;

	if (sock_connect(target, CALL_NS, &fd, NULL) < 0)
		return false;
	give(fd, request->data, request->len);
	return take(fd, reply);
}

/* The helper's error, as it would be in a reply to that request. */
static void
refuse(int fd, const struct rpc_request *req)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	struct error err = ERROR_INIT;

	rpc_fail(&err, RPC_OPERATION_FAILED, "%s: an injected fault",
	    req->method);
	rpc_error_encode(&line, &err, &req->op, req->call);
	give(fd, line.data, line.len);
}

static void
answer_other(int fd, const struct rpc_request *req)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	struct opid other;

	opid_make(&other);
	rpc_reply_encode(&line, NULL, &other, req->call);
	give(fd, line.data, line.len);
}

/* In a child of its own: one call, with what is to become of it. */
static void
serve(int fd, const char *target, const struct buf *request,
    const struct rpc_request *req, const char *action)
{
	_cleanup_buf_ struct buf reply = BUF_INIT;

	if (strcmp(action, "error") == 0) {
		refuse(fd, req);
		return;
	}
	if (strcmp(action, "drop") == 0)
		return;
	if (strcmp(action, "hang") == 0 || strcmp(action, "before") == 0)
		hold(fd);
	if (strcmp(action, "hang") == 0)
		return;
	if (!forward(target, request, &reply) || strcmp(action, "lost") == 0)
		return;
	if (strcmp(action, "after") == 0)
		hold(fd);
	if (strcmp(action, "other") == 0)
		answer_other(fd, req);
	else
		give(fd, reply.data,
		    strcmp(action, "half") == 0 ? reply.len / 2 : reply.len);
}

/* What becomes of this call. */
static void
decide(const struct rpc_request *req, char action[16])
{
	_cleanup_free_ char *at = beside("at");
	struct rule rule;
	int fd;

	strcpy(action, "pass");
	if (!rule_read(&rule)) {
		seen = 0;
		return;
	}
	if (strcmp(rule.method, req->method) != 0 || ++seen < rule.n)
		return;
	seen = 0;
	unlink(rule_path);
	strcpy(action, rule.action);
	fd = open(at, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
}

static void
call(int fd, const char *target)
{
	_cleanup_buf_ struct buf request = BUF_INIT;
	struct error err = ERROR_INIT;
	struct rpc_request req;
	char action[16];

	if (!take(fd, &request) ||
	    rpc_request_decode(request.data, request.len - 1, &req, &err) < 0)
		return;
	decide(&req, action);
	if (fork() == 0) {
		serve(fd, target, &request, &req, action);
		_exit(0);
	}
	rpc_request_done(&req);
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	int listener, fd;

	if (argc != 4) {
		fprintf(stderr, "usage: fault_proxy LISTEN TARGET RULE\n");
		return 2;
	}
	rule_path = argv[3];
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	if (sock_listen(argv[1], 0600, (gid_t)-1, &listener, &err) < 0) {
		fprintf(stderr, "fault_proxy: %s\n", err.text);
		return 1;
	}
	for (;;) {
		wait_fd(listener, POLLIN, INT64_MAX, NULL);
		fd = accept4(listener, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			continue;
		call(fd, argv[2]);
		close(fd);
	}
}
