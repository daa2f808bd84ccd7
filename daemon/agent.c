/* SPDX-License-Identifier: ISC */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/wait.h"
#include "wire/rpc.h"
#include "wire/sock.h"

/*
 * An exec's captured output comes base64-coded on one line; more than this
 * would not fit into a reply (RPC_REPLY_MAX).
 */
#define AGENT_LINE_MAX (6 << 20)
#define AGENT_POLL_NS (20 * NSEC_PER_MSEC)

/* The next line, until the one after it is asked for. */
static int
agent__line(struct agent *a, int64_t deadline_ns, const char **ret,
    size_t *ret_len, struct error *err)
{
	enum frame_status status;
	char chunk[16384];
	ssize_t n;

	while ((status = frame_next(&a->in, ret, ret_len)) == FRAME_MORE) {
		n = sock_recv(a->fd, chunk, sizeof(chunk), deadline_ns, err);
		if (n == 0)
			return error_set(err, -EPIPE,
			    "the VMM closed the agent's channel");
		if (n < 0)
			return (int)n;
		frame_feed(&a->in, chunk, (size_t)n);
	}
	return status == FRAME_TOO_LONG
	    ? error_set(err, -EMSGSIZE, "the guest agent's answer is too long")
	    : 0;
}

/* The words that Firecracker's vsock begins with (its docs/vsock.md). */
static int
agent__dial(struct agent *a, unsigned port, int64_t deadline_ns,
    struct error *err)
{
	static const char ok[] = "OK ";
	char ask[32];
	const char *line;
	size_t len;
	int rc;

	snprintf(ask, sizeof(ask), "CONNECT %u\n", port);
	rc = sock_send(a->fd, ask, strlen(ask), deadline_ns, err);
	if (rc == 0)
		rc = agent__line(a, deadline_ns, &line, &len, err);
	if (rc < 0)
		return rc;
	if (len < strlen(ok) || memcmp(line, ok, strlen(ok)) != 0)
		return error_set(err, -EPROTO,
		    "the VMM's vsock does not answer CONNECT with OK");
	return 0;
}

int
agent_open(struct agent *a, const char *path, unsigned port,
    int64_t deadline_ns, struct error *err)
{
	int64_t left = deadline_ns - clock_mono_ns();
	int rc;

	a->fd = -1;
	frame_init(&a->in, AGENT_LINE_MAX);
	if (port == 0) {
		rc = sock_connect(path, left, &a->fd, err);
	} else {
		rc = sock_connect_nofollow(path, left, &a->fd, err);
		if (rc == 0)
			rc = agent__dial(a, port, deadline_ns, err);
	}
	return rc < 0 ? error_wrap(err, rc, "guest agent") : 0;
}

void
agent_close(struct agent *a)
{
	cleanup_closep(&a->fd);
	frame_done(&a->in);
}

/* The next answer, owned; lines that are none are passed over. */
static int
agent__next(struct agent *a, int64_t deadline_ns, json_t **ret,
    struct error *err)
{
	const char *line;
	size_t len;
	int rc;

	for (;;) {
		rc = agent__line(a, deadline_ns, &line, &len, err);
		if (rc < 0)
			return rc;
		/* 0xff before an answer marks a new beginning. */
		while (len > 0 && (unsigned char)*line == 0xff) {
			line++;
			len--;
		}
		*ret = json_loadb(line, len, 0, NULL);
		if (json_is_object(*ret))
			return 0;
		json_decref(*ret);
		*ret = NULL;
		/* A flood of lines never has us wait for one. */
		rc = wait_check_by(deadline_ns, err);
		if (rc < 0)
			return rc;
	}
}

int
agent_send(struct agent *a, const char *command, json_t *args,
    int64_t deadline_ns, struct error *err)
{
	_cleanup_json_ json_t *msg = json_pack("{s:s, s:o*}", "execute",
	    command, "arguments", args);
	_cleanup_free_ char *text = json_dumps(msg, JSON_COMPACT);
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_printf(&line, "%s\n", text);
	return sock_send(a->fd, line.data, line.len, deadline_ns, err);
}

int
agent_sync(struct agent *a, int64_t deadline_ns, struct error *err)
{
	uint32_t id = 0;
	int rc;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return error_errno(err, errno, "getrandom");
	/* 0xff makes the agent forget a command that was cut short. */
	rc = sock_send(a->fd, "\xff", 1, deadline_ns, err);
	if (rc == 0)
		rc = agent_send(a, "guest-sync-delimited",
		    json_pack("{s:I}", "id", (json_int_t)id), deadline_ns, err);
	while (rc == 0) {
		_cleanup_json_ json_t *msg = NULL;
		const json_t *echo;

		rc = agent__next(a, deadline_ns, &msg, err);
		if (rc < 0)
			break;
		echo = json_object_get(msg, "return");
		if (json_is_integer(echo) && json_integer_value(echo) == id)
			return 0;
		rc = wait_check_by(deadline_ns, err);
	}
	return error_wrap(err, rc, "guest agent");
}

int
agent_execute(struct agent *a, const char *command, json_t *args,
    int64_t deadline_ns, json_t **ret, struct error *err)
{
	_cleanup_json_ json_t *msg = NULL;
	const json_t *error;
	const char *desc;
	int rc;

	rc = agent_send(a, command, args, deadline_ns, err);
	if (rc == 0)
		rc = agent__next(a, deadline_ns, &msg, err);
	if (rc < 0)
		return error_wrap(err, rc, "guest agent: %s", command);
	error = json_object_get(msg, "error");
	if (error != NULL) {
		desc = json_string_value(json_object_get(error, "desc"));
		return error_set(err, -EREMOTEIO, "guest agent: %s: %s",
		    command, desc != NULL ? desc : "refused");
	}
	if (ret != NULL)
		*ret = json_incref(json_object_get(msg, "return"));
	return 0;
}

/* ---- running a command -----------------------------------------------------
 */

/* Starts argv; returns the guest's pid. */
static int
agent__start(struct agent *a, const json_t *argv, const char *input,
    int64_t deadline_ns, json_int_t *ret_pid, struct error *err)
{
	_cleanup_json_ json_t *reply = NULL;
	json_t *args = json_array();
	int rc;

	for (size_t i = 1; i < json_array_size(argv); i++)
		json_array_append(args, json_array_get(argv, i));
	rc = agent_execute(a, "guest-exec",
	    json_pack("{s:O, s:o, s:b, s:s*}", "path", json_array_get(argv, 0),
		"arg", args, "capture-output", 1, "input-data", input),
	    deadline_ns, &reply, err);
	if (rc == 0)
		*ret_pid = json_integer_value(json_object_get(reply, "pid"));
	return rc;
}

/* What the guest says is taken as far as it is base64. */
static void
agent__output(const json_t *status, const char *key, struct buf *out)
{
	const char *text = json_string_value(json_object_get(status, key));

	if (text != NULL)
		base64_decode(out, text);
}

/* Fills ret from the status of a command that has ended. */
static void
agent__ended(const json_t *status, struct agent_exit *ret)
{
	const json_t *signal = json_object_get(status, "signal");

	ret->code = signal != NULL
	    ? 128 + json_integer_value(signal)
	    : json_integer_value(json_object_get(status, "exitcode"));
	agent__output(status, "out-data", &ret->out);
	agent__output(status, "err-data", &ret->err);
}

/* One poll of the command; positive: it has not ended yet. */
static int
agent__poll(struct agent *a, json_int_t pid, int64_t deadline_ns,
    struct agent_exit *ret, struct error *err)
{
	_cleanup_json_ json_t *status = NULL;
	int rc = agent_execute(a, "guest-exec-status",
	    json_pack("{s:I}", "pid", pid), deadline_ns, &status, err);

	if (rc < 0)
		return rc;
	if (!json_is_true(json_object_get(status, "exited")))
		return 1;
	agent__ended(status, ret);
	return 0;
}

int
agent_exec(struct agent *a, const json_t *argv, const char *input,
    int64_t deadline_ns, struct agent_exit *ret, struct error *err)
{
	json_int_t pid = 0;
	int rc = agent__start(a, argv, input, deadline_ns, &pid, err);

	if (rc < 0)
		return rc;
	while ((rc = agent__poll(a, pid, deadline_ns, ret, err)) > 0) {
		rc = wait_until(clock_mono_ns() + AGENT_POLL_NS, err);
		if (rc == 0)
			rc = wait_check_by(deadline_ns, err);
		if (rc < 0)
			break;
	}
	if (rc == -ETIMEDOUT || rc == -ETIME)
		error_kind(err, rpc_code_name(RPC_TIMEOUT), rc,
		    "the command goes on in the guest as pid %lld",
		    (long long)pid);
	return rc;
}
