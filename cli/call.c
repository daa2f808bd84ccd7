/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "progress.h"
#include "wire/client.h"
#include "wire/frame.h"
#include "wire/sock.h"

#define CALL_TIMEOUT_MAX 86400 /* seconds */
/* How long to wait without --timeout: the daemon's own deadlines end first. */
#define CALL_READ_NS (30 * NSEC_PER_SEC)
#define CALL_STREAM_NS (86400 * NSEC_PER_SEC)
/* An operation has no such time: a daemon that says nothing is asked. */
#define CALL_SILENCE_NS (30 * NSEC_PER_SEC)
/* Past --timeout, for the daemon's own report of it to arrive. */
#define CALL_GRACE_NS (15 * NSEC_PER_SEC)

enum call_kind { CALL_NOW, CALL_READ, CALL_STREAM, CALL_OP };

struct call_method {
	const char *name;
	enum call_kind kind;
	const char *params;
};

static const struct call_method call__methods[] = {
#define METHOD(id, name, suffix, kind, subject, params, about) \
	{ name, CALL_##kind, params },
#include "wire/methods.def"
#undef METHOD
};

static const struct call_method *
call__method(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(call__methods); i++)
		if (strcmp(call__methods[i].name, name) == 0)
			return &call__methods[i];
	abort(); /* a command's own table is wrong */
}

/* The socket that options and environment name; owned by the caller. */
static char *
call__socket(const struct cmd_ctx *ctx)
{
	return client_daemon_socket(cmd_value(ctx, "socket"));
}

/* Connects, or says what to do about it. */
static int
call__open(const char *path, struct client *ret, struct error *err)
{
	int r = client_open(path, CALL_READ_NS, ret, err);

	if (r == -ENOENT || r == -ECONNREFUSED)
		error_hint(err,
		    "bangerd does not run there: start it (systemctl start "
		    "bangerd) or name its socket with --socket");
	else if (r == -EACCES || r == -EPERM)
		error_hint(err,
		    "only root and the group banger may ask bangerd");
	return r;
}

/* Puts " (op-…)" behind the text; a long text is cut to make room. */
static void
call__put_op(struct error *err, const struct opid *op)
{
	size_t tail = strlen(op->text) + sizeof(" ()") - 1;

	if (strlen(err->text) + tail >= sizeof(err->text)) {
		err->text[sizeof(err->text) - tail - 1] = '\0';
		text_cut_utf8(err->text);
	}
	snprintf(err->text + strlen(err->text), tail + 1, " (%s)", op->text);
}

/* --timeout in nanoseconds, 0 when it was not given. */
static int
call__timeout(const struct cmd_ctx *ctx, int64_t *ret_ns, struct error *err)
{
	unsigned long seconds = 0;
	int r = 0;

	if (cmd_value(ctx, "timeout") != NULL)
		r = cmd_number(ctx, "timeout", 1, CALL_TIMEOUT_MAX, &seconds,
		    err);
	if (r == 0)
		*ret_ns = (int64_t)seconds * NSEC_PER_SEC;
	return r;
}

/* What a guest command writes to a file or pipe is not mixed with our lines. */
static bool
call__is_mixed(const char *method)
{
	return strcmp(method, "vm.exec") == 0 && isatty(STDERR_FILENO) == 0;
}

/* An operation; what it comes to is shown meanwhile. */
static int
call__follow(struct cmd_ctx *ctx, struct client *c, const char *path,
    const char *method, const json_t *params, int64_t timeout_ns,
    struct rpc_reply *rep, struct error *err)
{
	struct progress p = { .path = path,
		.method = method,
		.silence_ns = CALL_SILENCE_NS,
		.quiet = cmd_given(ctx, "quiet") || call__is_mixed(method) };
	int r = progress_call(&p, c->fd, params,
	    timeout_ns > 0 ? timeout_ns + CALL_GRACE_NS : 0, rep, err);

	if (r < 0) {
		if (opid_is_set(&p.op))
			error_hint(err,
			    "%s may still be under way (banger op watch)",
			    p.op.text);
	} else if (r > 0) {
		progress_explain(&p);
	}
	if (r > 0 && p.canceling && err->kind != NULL &&
	    strcmp(err->kind, rpc_code_name(RPC_CANCELED)) == 0) {
		fprintf(stderr, "banger: canceled (%s)\n", p.op.text);
		exit(PROGRESS_CANCELED);
	}
	progress_done(&p);
	return r;
}

/* Only begins it: the reply has its id. */
static int
call__begin(struct client *c, const char *method, const json_t *params,
    struct rpc_reply *rep, struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	rpc_request_put(&out, method, params, RPC_ASYNC);
	return client_exchange(c, method, &out, CALL_READ_NS, rep, err);
}

static int
call__run(struct cmd_ctx *ctx, struct client *c, const char *path,
    const struct call_method *m, const json_t *params, int64_t timeout_ns,
    struct rpc_reply *rep, struct error *err)
{
	if (m->kind == CALL_OP && cmd_given(ctx, "no-wait"))
		return call__begin(c, m->name, params, rep, err);
	if (m->kind == CALL_OP)
		return call__follow(ctx, c, path, m->name, params, timeout_ns,
		    rep, err);
	if (timeout_ns > 0)
		timeout_ns += CALL_GRACE_NS;
	else
		timeout_ns = m->kind == CALL_STREAM ? CALL_STREAM_NS
						    : CALL_READ_NS;
	return client_call(c, m->name, params, NULL, 0, timeout_ns, rep, err);
}

/* Takes the result out of the reply; op id and time are its own if it says. */
static void
call__answer(struct rpc_reply *rep, int64_t elapsed_ns, bool json,
    struct cli_answer *ret)
{
	const json_t *op, *ms;

	ret->result = steal(&rep->result);
	ret->op = rep->op;
	ret->elapsed_ns = elapsed_ns;
	ret->json = json;
	op = json_object_get(ret->result, "op_id");
	if (json_is_string(op))
		opid_parse(json_string_value(op), json_string_length(op),
		    &ret->op);
	ms = json_object_get(ret->result, "duration_ms");
	if (json_is_number(ms))
		ret->elapsed_ns = (int64_t)(json_number_value(ms) *
		    (double)NSEC_PER_MSEC);
}

int
cli_call(struct cmd_ctx *ctx, const char *method, json_t *params_taken,
    struct cli_answer *ret, struct error *err)
{
	static const char *const formats[] = { "table", "json", NULL };
	_cleanup_json_ json_t *params = params_taken != NULL ? params_taken
							     : json_object();
	const struct call_method *m = call__method(method);
	_cleanup_free_ char *path = call__socket(ctx);
	_cleanup_(client_close) struct client client = { -1 };
	_cleanup_(rpc_reply_done) struct rpc_reply rep = { 0 };
	int64_t timeout_ns = 0, start;
	int r, format;

	if ((r = cmd_choice(ctx, "format", formats, &format, err)) < 0 ||
	    (r = call__timeout(ctx, &timeout_ns, err)) < 0)
		return r;
	if (timeout_ns > 0 && strstr(m->params, "timeout_ms") != NULL)
		json_object_set_new(params, "timeout_ms",
		    json_integer(timeout_ns / NSEC_PER_MSEC));
	r = call__open(path, &client, err);
	if (r < 0)
		return r;
	start = clock_mono_ns();
	r = call__run(ctx, &client, path, m, params, timeout_ns, &rep, err);
	if (r != 0) {
		if (opid_is_set(&rep.op))
			call__put_op(err, &rep.op);
		return -EPROTO;
	}
	call__answer(&rep, clock_mono_ns() - start, format == 1, ret);
	return 0;
}

/* Hands on each line that comes; the first must be a reply that is well. */
static int
call__messages(int fd, bool (*fn)(void *arg, const json_t *msg), void *arg,
    struct rpc_reply *first, struct error *err)
{
	_cleanup_(frame_done) struct frame in;
	bool begun = false, more = true;
	char chunk[16384];
	const char *line;
	size_t len;
	ssize_t n;
	int r;

	frame_init(&in, RPC_REPLY_MAX);
	while (more) {
		n = sock_recv(fd, chunk, sizeof(chunk), INT64_MAX, err);
		if (n <= 0)
			return n < 0
			    ? (int)n
			    : error_set(err, -ECONNRESET, "the daemon hung up");
		frame_feed(&in, chunk, (size_t)n);
		while (more && frame_next(&in, &line, &len) == FRAME_LINE) {
			_cleanup_json_ json_t *msg = NULL;

			if (!begun) {
				r = rpc_reply_decode(line, len, first, err);
				if (r != 0)
					return r;
				begun = true;
				continue;
			}
			msg = json_loadb(line, len, 0, NULL);
			more = fn(arg, msg);
		}
	}
	return 0;
}

int
cli_stream(struct cmd_ctx *ctx, const char *method, json_t *params_taken,
    bool *ret_json, bool (*fn)(void *arg, const json_t *msg), void *arg,
    struct error *err)
{
	static const char *const formats[] = { "table", "json", NULL };
	_cleanup_json_ json_t *params = params_taken;
	_cleanup_free_ char *path = call__socket(ctx);
	_cleanup_(client_close) struct client c = { -1 };
	_cleanup_(rpc_reply_done) struct rpc_reply first = { 0 };
	_cleanup_buf_ struct buf out = BUF_INIT;
	int format, r;

	if ((r = cmd_choice(ctx, "format", formats, &format, err)) < 0 ||
	    (r = call__open(path, &c, err)) < 0)
		return r;
	*ret_json = format == 1;
	rpc_request_encode(&out, method, params, NULL, 0);
	r = sock_send(c.fd, out.data, out.len, clock_mono_ns() + CALL_READ_NS,
	    err);
	if (r == 0)
		r = call__messages(c.fd, fn, arg, &first, err);
	if (r > 0 && opid_is_set(&first.op))
		call__put_op(err, &first.op);
	return r != 0 ? -EPROTO : 0;
}

void
cli_answer_done(struct cli_answer *a)
{
	json_decref(a->result);
	a->result = NULL;
}
