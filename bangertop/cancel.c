/* SPDX-License-Identifier: ISC */
#include "cancel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wire/client.h"
#include "wire/frame.h"
#include "wire/sock.h"

#define CANCEL_CONNECT_NS (NSEC_PER_SEC / 10) /* a socket of this host */
#define CANCEL_WAIT_NS (10 * NSEC_PER_SEC)
#define CANCEL_REPLY_MAX 65536

struct cancel {
	struct client client;
	struct frame in;
	struct loop_source *readable, *timer;
	struct opid op;
	cancel_fn *fn;
	void *arg;
};

struct cancel *
cancel_free(struct cancel *c)
{
	if (c == NULL)
		return NULL;
	loop_source_free(c->readable);
	loop_source_free(c->timer);
	client_close(&c->client);
	frame_done(&c->in);
	free(c);
	return NULL;
}

/* What the reply says; err is that of the line's text, or of no line. */
static void
cancel__tell(struct cancel *c, const char *line, size_t len)
{
	struct rpc_reply reply = { 0 };
	struct error err = ERROR_INIT;
	char text[ERROR_TEXT_MAX];
	int r = rpc_reply_decode(line, len, &reply, &err);

	if (r == 0)
		snprintf(text, sizeof(text), "%s is being canceled",
		    c->op.text);
	else
		snprintf(text, sizeof(text), "not canceled: %.900s (%s)",
		    err.text, err.kind != NULL ? err.kind : "no answer");
	rpc_reply_done(&reply);
	c->fn(c->arg, text);
}

static void
cancel__on_readable(void *arg, uint32_t events)
{
	struct cancel *c = arg;
	char chunk[4096];
	const char *line;
	size_t len;
	ssize_t n;

	(void)events;
	n = read(c->client.fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		frame_feed(&c->in, chunk, (size_t)n);
	switch (frame_next(&c->in, &line, &len)) {
	case FRAME_LINE:
		cancel__tell(c, line, len);
		return;
	case FRAME_MORE:
		if (n > 0)
			return;
		c->fn(c->arg, "not canceled: bangerd went away");
		return;
	case FRAME_TOO_LONG:
		c->fn(c->arg, "not canceled: what answers is not bangerd");
		return;
	}
}

static void
cancel__on_timer(void *arg, uint32_t events)
{
	struct cancel *c = arg;

	(void)events;
	c->fn(c->arg, "bangerd has not answered; it may still cancel it");
}

static int
cancel__send(struct cancel *c, const char *socket, struct error *err)
{
	_cleanup_json_ json_t *params = json_pack("{s:s}", "op", c->op.text);
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r;

	r = client_open(socket, CANCEL_CONNECT_NS, &c->client, err);
	if (r < 0)
		return r;
	rpc_request_encode(&out, "op.cancel", params, NULL, 0);
	return sock_send(c->client.fd, out.data, out.len,
	    clock_mono_ns() + CANCEL_CONNECT_NS, err);
}

struct cancel *
cancel_begin(struct loop *loop, const char *socket, const struct opid *op,
    cancel_fn *fn, void *arg, struct error *err)
{
	_cleanup_(cancel_freep) struct cancel *c = xcalloc(1, sizeof(*c));

	c->client.fd = -1;
	c->op = *op;
	c->fn = fn;
	c->arg = arg;
	frame_init(&c->in, CANCEL_REPLY_MAX);
	if (cancel__send(c, socket, err) < 0 ||
	    loop_add_fd(loop, c->client.fd, EPOLLIN, cancel__on_readable, c,
		&c->readable, err) < 0 ||
	    loop_add_timer(loop, CANCEL_WAIT_NS, 0, cancel__on_timer, c,
		&c->timer, err) < 0)
		return NULL;
	return steal(&c);
}
