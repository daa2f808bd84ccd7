/* SPDX-License-Identifier: ISC */
#include "qmp.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/wait.h"
#include "wire/rpc.h"
#include "wire/sock.h"

#define QMP_LINE_MAX (1 << 20)
/* What has come already is read even when the deadline has passed. */
#define QMP_DRAIN_NS (100 * NSEC_PER_MSEC)

/*
 * The next message, owned.  1: the stream has ended.
 */
static int
qmp__next(struct qmp *q, int64_t deadline_ns, json_t **ret, struct error *err)
{
	enum frame_status status;
	json_error_t why;
	char chunk[4096];
	const char *line;
	size_t len;
	ssize_t n;

	while ((status = frame_next(&q->in, &line, &len)) == FRAME_MORE) {
		n = sock_recv(q->fd, chunk, sizeof(chunk), deadline_ns, err);
		if (n == 0 || n == -ECONNRESET) {
			q->ended = true;
			return 1;
		}
		if (n < 0)
			return (int)n;
		frame_feed(&q->in, chunk, (size_t)n);
	}
	if (status == FRAME_TOO_LONG)
		return error_set(err, -EMSGSIZE, "QMP: a message is too long");
	*ret = json_loadb(line, len, 0, &why);
	if (!json_is_object(*ret)) {
		json_decref(*ret);
		*ret = NULL;
		return error_set(err, -EPROTO, "QMP: not a message: %s",
		    why.text);
	}
	return 0;
}

/* True when the message is an event, which is noted here. */
static bool
qmp__event(struct qmp *q, const json_t *msg)
{
	const char *event = json_string_value(json_object_get(msg, "event"));

	if (event == NULL)
		return false;
	if (strcmp(event, "SHUTDOWN") == 0)
		q->shutdown = true;
	return true;
}

static int
qmp__gone(struct error *err)
{
	return error_set(err, -EPIPE, "QMP: the VMM closed the connection");
}

int
qmp_open(struct qmp *q, const char *path, int64_t deadline_ns,
    struct error *err)
{
	json_t *msg = NULL;
	bool greeted;
	int rc;

	memset(q, 0, sizeof(*q));
	q->fd = -1;
	frame_init(&q->in, QMP_LINE_MAX);
	rc = sock_connect(path, deadline_ns - clock_mono_ns(), &q->fd, err);
	if (rc < 0)
		return rc;
	rc = qmp__next(q, deadline_ns, &msg, err);
	if (rc != 0) {
		if (rc > 0)
			rc = qmp__gone(err);
		qmp_close(q);
		return error_wrap(err, rc, "waiting for the QMP greeting");
	}
	greeted = json_object_get(msg, "QMP") != NULL;
	json_decref(msg);
	rc = greeted
	    ? qmp_execute(q, "qmp_capabilities", NULL, deadline_ns, NULL, err)
	    : error_set(err, -EPROTO, "QMP: the first message is no greeting");
	if (rc < 0)
		qmp_close(q);
	return rc;
}

void
qmp_close(struct qmp *q)
{
	cleanup_closep(&q->fd);
	frame_done(&q->in);
}

static int
qmp__send(struct qmp *q, const char *command, json_t *args, int64_t deadline_ns,
    struct error *err)
{
	_cleanup_json_ json_t *msg = json_pack("{s:s, s:I, s:o*}", "execute",
	    command, "id", (json_int_t)++q->next_id, "arguments", args);
	_cleanup_free_ char *text = json_dumps(msg, JSON_COMPACT);
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_printf(&line, "%s\n", text);
	return sock_send(q->fd, line.data, line.len, deadline_ns, err);
}

int
qmp_execute(struct qmp *q, const char *command, json_t *args,
    int64_t deadline_ns, json_t **ret, struct error *err)
{
	json_t *error;
	int rc = qmp__send(q, command, args, deadline_ns, err);

	if (rc < 0)
		return error_wrap(err, rc, "QMP %s", command);
	for (;;) {
		_cleanup_json_ json_t *msg = NULL;

		rc = qmp__next(q, deadline_ns, &msg, err);
		if (rc > 0)
			rc = qmp__gone(err);
		if (rc < 0)
			return error_wrap(err, rc, "QMP %s", command);
		if (qmp__event(q, msg) ||
		    json_integer_value(json_object_get(msg, "id")) !=
			q->next_id) {
			/* A flood of messages never has us wait for one. */
			rc = wait_check_by(deadline_ns, err);
			if (rc < 0)
				return error_wrap(err, rc, "QMP %s", command);
			continue;
		}
		error = json_object_get(msg, "error");
		if (error != NULL) {
			const char *desc = json_string_value(
			    json_object_get(error, "desc"));

			return error_set(err, -EREMOTEIO, "QMP %s: %s", command,
			    desc != NULL ? desc : "refused");
		}
		if (ret != NULL)
			*ret = json_incref(json_object_get(msg, "return"));
		return 0;
	}
}

int
qmp_wait_end(struct qmp *q, int64_t deadline_ns, struct error *err)
{
	int64_t drain = clock_mono_ns() + QMP_DRAIN_NS;
	int rc;

	if (drain < deadline_ns)
		drain = deadline_ns;
	for (;;) {
		_cleanup_json_ json_t *msg = NULL;

		rc = qmp__next(q, deadline_ns, &msg, err);
		if (rc > 0)
			return 0;
		if (rc == -ETIMEDOUT)
			return 1;
		if (rc < 0)
			return rc;
		qmp__event(q, msg);
		if (clock_mono_ns() >= drain)
			return 1;
	}
}
