/* SPDX-License-Identifier: ISC */
#include "wire/client.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/frame.h"
#include "wire/sock.h"

#define CLIENT_RUN_DIR "/run/banger"
#define CLIENT_SOCKET "bangerd.sock"

char *
client_daemon_socket(const char *given)
{
	const char *dir = getenv("BANGER_RUN_DIR");

	if (given != NULL && given[0] != '\0')
		return xstrdup(given);
	return xasprintf("%s/%s",
	    dir != NULL && dir[0] != '\0' ? dir : CLIENT_RUN_DIR,
	    CLIENT_SOCKET);
}

int
client_open(const char *path, int64_t timeout_ns, struct client *ret,
    struct error *err)
{
	int fd, rc = sock_connect(path, timeout_ns, &fd, err);

	if (rc < 0)
		return rc;
	ret->fd = fd;
	return 0;
}

void
client_close(struct client *c)
{
	cleanup_closep(&c->fd);
}

/* Names the deadline as the cause where it was. */
static int
client__fail(const char *method, int rc, struct error *err)
{
	if (rc == -ETIMEDOUT)
		return rpc_fail(err, RPC_TIMEOUT, "%s: no answer in time",
		    method);
	return error_wrap(err, rc, "%s", method);
}

/* Sends the request, and takes the reply's line out of what is read into in. */
static int
client__ask(struct client *c, const char *method, const struct buf *request,
    int64_t timeout_ns, struct frame *in, struct rpc_reply *ret,
    struct error *err)
{
	int64_t deadline = clock_mono_ns() + timeout_ns;
	enum frame_status status;
	char chunk[16384];
	const char *line;
	size_t len;
	ssize_t n;
	int rc;

	rc = sock_send(c->fd, request->data, request->len, deadline, err);
	if (rc < 0)
		return client__fail(method, rc, err);
	while ((status = frame_next(in, &line, &len)) == FRAME_MORE) {
		n = sock_recv(c->fd, chunk, sizeof(chunk), deadline, err);
		if (n < 0)
			return client__fail(method, (int)n, err);
		if (n == 0)
			return error_set(err, -ECONNRESET,
			    "%s: the peer closed the connection without an "
			    "answer",
			    method);
		frame_feed(in, chunk, (size_t)n);
	}
	if (status == FRAME_TOO_LONG)
		return error_set(err, -EMSGSIZE, "%s: the answer is too long",
		    method);
	return rpc_reply_decode(line, len, ret, err);
}

int
client_exchange(struct client *c, const char *method, const struct buf *request,
    int64_t timeout_ns, struct rpc_reply *ret, struct error *err)
{
	_cleanup_(frame_done) struct frame in;

	frame_init(&in, RPC_REPLY_MAX);
	return client__ask(c, method, request, timeout_ns, &in, ret, err);
}

int
client_call(struct client *c, const char *method, const json_t *params,
    const struct opid *op, unsigned call, int64_t timeout_ns,
    struct rpc_reply *ret, struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	rpc_request_encode(&out, method, params, op, call);
	return client_exchange(c, method, &out, timeout_ns, ret, err);
}

int
client_watch(struct client *c, const char *method, int64_t timeout_ns,
    struct frame *in, struct rpc_reply *ret, struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	rpc_request_encode(&out, method, NULL, NULL, 0);
	return client__ask(c, method, &out, timeout_ns, in, ret, err);
}
