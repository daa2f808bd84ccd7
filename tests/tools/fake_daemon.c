/* SPDX-License-Identifier: ISC */
/*
 * fake_daemon SOCKET LOG: as much of bangerd as bangertop talks to, and as
 * strict.  op.watch is answered with the lines of LOG, those that come to it
 * too; op.cancel of an operation whose line is in LOG with "ok", and a terminal
 * line in LOG; of another with not_found.  What asks otherwise than docs/rpc.md
 * has it is told so and ends the program with status 1.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "wire/frame.h"
#include "wire/rpc.h"
#include "wire/sock.h"

#define PEERS_MAX 8
#define POLL_MS 20
#define SEND_NS (5 * NSEC_PER_SEC)

struct peer {
	int fd; /* -1: free */
	struct frame in;
	FILE *log; /* it watches this; NULL: it does not */
};

static struct peer peers[PEERS_MAX];
static const char *log_path;

static void
drop(struct peer *p)
{
	close(p->fd);
	p->fd = -1;
	frame_done(&p->in);
	if (p->log != NULL)
		fclose(p->log);
	p->log = NULL;
}

static void
say(struct peer *p, const struct buf *out)
{
	if (sock_send(p->fd, out->data, out->len, clock_mono_ns() + SEND_NS,
		NULL) < 0)
		drop(p);
}

/* True when the log has a line with that id in it. */
static bool
known(const char *op)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	FILE *f = fopen(log_path, "r");
	char chunk[4096];
	size_t n;

	while (f != NULL && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&text, chunk, n);
	if (f != NULL)
		fclose(f);
	return strstr(buf_str(&text), op) != NULL;
}

static void
end_operation(const char *op)
{
	char now[CLOCK_RFC3339_MAX];
	FILE *f = fopen(log_path, "a");

	if (f == NULL)
		return;
	clock_format_rfc3339(clock_real_ns(), now);
	fprintf(f,
	    "{\"time\":\"%s\",\"level\":\"ERROR\",\"msg\":\"operation failed\","
	    "\"operation\":\"vm.start\",\"op_id\":\"%s\",\"duration_ms\":5,"
	    "\"error\":\"canceled by request\",\"code\":\"canceled\"}\n",
	    now, op);
	fclose(f);
}

static int
cancel(const json_t *params, struct error *err)
{
	const char *op;
	struct opid id;
	int r = rpc_param_str(params, "op", &op, err);

	if (r < 0)
		return r;
	if (!opid_parse(op, strlen(op), &id))
		return rpc_fail(err, RPC_INVALID_ARGUMENT, "no id: %s", op);
	if (!known(op))
		return rpc_fail(err, RPC_NOT_FOUND, "no operation %s", op);
	end_operation(op);
	return 0;
}

/* Answers one request; false: it is none that bangertop may send. */
static bool
answer(struct peer *p, const char *line, size_t len)
{
	_cleanup_(rpc_request_done) struct rpc_request req = { 0 };
	_cleanup_json_ json_t *result = json_pack("{s:b}", "watching", 1);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;

	if (rpc_request_decode(line, len, &req, &err) < 0) {
		fprintf(stderr, "fake_daemon: %s\n", err.text);
		return false;
	}
	if (strcmp(req.method, "op.watch") == 0) {
		p->log = fopen(log_path, "r");
		rpc_reply_encode(&out, result, NULL, 0);
	} else if (strcmp(req.method, "op.cancel") == 0) {
		if (cancel(req.params, &err) < 0)
			rpc_error_encode(&out, &err, NULL, 0);
		else
			rpc_reply_encode(&out, NULL, NULL, 0);
	} else {
		fprintf(stderr, "fake_daemon: asked for %s\n", req.method);
		return false;
	}
	say(p, &out);
	return true;
}

static bool
hear(struct peer *p)
{
	char chunk[4096];
	const char *line;
	size_t len;
	ssize_t n = read(p->fd, chunk, sizeof(chunk));

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n <= 0) {
		drop(p);
		return true;
	}
	frame_feed(&p->in, chunk, (size_t)n);
	while (p->fd >= 0 && frame_next(&p->in, &line, &len) == FRAME_LINE)
		if (!answer(p, line, len))
			return false;
	return true;
}

/* The whole lines that came to the log. */
static void
tell(struct peer *p)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	long at = ftell(p->log);

	while (p->fd >= 0 && (n = getline(&line, &room, p->log)) > 0) {
		_cleanup_json_ json_t *object = NULL;
		_cleanup_buf_ struct buf out = BUF_INIT;
		char *text;

		if (line[n - 1] != '\n')
			break;
		at = ftell(p->log);
		object = json_pack("{s:s%}", "line", line, (size_t)n - 1);
		text = json_dumps(object, JSON_COMPACT);
		buf_printf(&out, "%s\n", text);
		free(text);
		say(p, &out);
	}
	free(line);
	if (p->fd >= 0)
		fseek(p->log, at, SEEK_SET);
}

static void
take(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	for (int i = 0; fd >= 0 && i < PEERS_MAX; i++)
		if (peers[i].fd < 0) {
			peers[i].fd = fd;
			frame_init(&peers[i].in, RPC_LINE_MAX);
			return;
		}
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	int listener;

	if (argc != 3 ||
	    sock_listen(argv[1], 0600, (gid_t)-1, &listener, &err) < 0) {
		fprintf(stderr, "fake_daemon SOCKET LOG: %s\n", err.text);
		return 2;
	}
	log_path = argv[2];
	for (int i = 0; i < PEERS_MAX; i++)
		peers[i].fd = -1;
	for (;;) {
		struct pollfd fds[PEERS_MAX + 1];

		for (int i = 0; i < PEERS_MAX; i++)
			fds[i] = (struct pollfd){ peers[i].fd, POLLIN, 0 };
		fds[PEERS_MAX] = (struct pollfd){ listener, POLLIN, 0 };
		poll(fds, PEERS_MAX + 1, POLL_MS);
		for (int i = 0; i < PEERS_MAX; i++) {
			if (fds[i].revents != 0 && !hear(&peers[i]))
				return 1;
			if (peers[i].fd >= 0 && peers[i].log != NULL)
				tell(&peers[i]);
		}
		if (fds[PEERS_MAX].revents != 0)
			take(listener);
	}
}
