/* SPDX-License-Identifier: ISC */
#include "server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#include "wire/frame.h"
#include "wire/rpc.h"
#include "wire/sock.h"

#include "dispatch.h"

#define SERVER_WAIT_NS (2 * NSEC_PER_SEC)

struct server__conn {
	struct server *server;
	struct server__conn *next;
	int fd;
	struct loop_source *source, *timer;
	struct frame in;
	struct buf out;
	struct call *call; /* under way, or NULL */
	int64_t start_ns;
	bool answered;
};

struct server {
	struct helper *helper;
	int fd;
	bool bound; /* by us, and not by the service manager */
	struct loop_source *source;
	struct server__conn *conns;
	size_t n_conns;
};

static void server__ready(void *arg, uint32_t events);

/* Ends the connection; a call under way goes on without it. */
static void
server__drop(struct server__conn *c)
{
	struct server__conn **p = &c->server->conns;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	c->server->n_conns--;
	if (c->call != NULL)
		dispatch_orphan(c->call);
	loop_source_free(c->source);
	loop_source_free(c->timer);
	frame_done(&c->in);
	buf_done(&c->out);
	close(c->fd);
	free(c);
}

/* Writes what it takes now; the connection is over when all is written. */
static void
server__flush(struct server__conn *c)
{
	ssize_t n;

	while (c->out.len > 0) {
		n = send(c->fd, c->out.data, c->out.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			loop_set_events(c->source, EPOLLOUT);
			return;
		}
		if (n < 0)
			break;
		buf_consume(&c->out, (size_t)n);
	}
	server__drop(c);
}

static void server__timeout(void *arg, uint32_t events);

/* The time from here on is for taking the reply. */
static void
server__set_timer(struct server__conn *c)
{
	c->timer = loop_source_free(c->timer);
	loop_add_timer(c->server->helper->loop, SERVER_WAIT_NS, 0,
	    server__timeout, c, &c->timer, NULL);
}

/* Keeps the reply; whoever called into dispatch flushes it, or the loop. */
static void
server__reply(void *arg, const struct buf *line)
{
	struct server__conn *c = arg;

	c->answered = true;
	buf_put(&c->out, line->data, line->len);
	if (c->call != NULL) {
		c->call = NULL;
		server__set_timer(c);
		server__flush(c);
	}
}

/* Answers with an error before there is a call. */
static void
server__refuse(struct server__conn *c, const struct error *why)
{
	dispatch_refuse(c->server->helper, why, c->start_ns, server__reply, c);
	server__set_timer(c);
	server__flush(c);
}

static void
server__timeout(void *arg, uint32_t events)
{
	struct error err = ERROR_INIT;
	struct server__conn *c = arg;

	(void)events;
	if (c->answered) {
		server__drop(c);
		return;
	}
	rpc_fail(&err, RPC_TIMEOUT, "no whole request within two seconds");
	server__refuse(c, &err);
}

/* Serves the line; the request's time no longer runs. */
static void
server__serve(struct server__conn *c, const char *line, size_t len)
{
	struct call *call;

	c->timer = loop_source_free(c->timer);
	loop_set_events(c->source, 0);
	call = dispatch_line(c->server->helper, line, len, c->start_ns,
	    server__reply, c);
	if (call != NULL) {
		c->call = call;
		return;
	}
	server__set_timer(c);
	server__flush(c);
}

/* What the peer sent of its request is in the frame. */
static void
server__take(struct server__conn *c)
{
	struct error err = ERROR_INIT;
	const char *line;
	size_t len;

	switch (frame_next(&c->in, &line, &len)) {
	case FRAME_LINE:
		server__serve(c, line, len);
		break;
	case FRAME_MORE:
		break;
	case FRAME_TOO_LONG:
		rpc_fail(&err, RPC_BAD_REQUEST,
		    "the request is longer than %d bytes", RPC_LINE_MAX);
		server__refuse(c, &err);
		break;
	}
}

/*
 * Reads without room for control messages, so that the kernel itself closes
 * descriptors that a peer sends along and says so by MSG_CTRUNC.
 */
static void
server__read(struct server__conn *c)
{
	struct error err = ERROR_INIT;
	char data[16384];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg;
	ssize_t n;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n >= 0 && (msg.msg_flags & MSG_CTRUNC) != 0) {
		rpc_fail(&err, RPC_BAD_REQUEST, "descriptors are not taken");
		server__refuse(c, &err);
		return;
	}
	if (n > 0) {
		frame_feed(&c->in, data, (size_t)n);
		server__take(c);
		return;
	}
	/* Who only looked whether somebody listens leaves no line. */
	if (!frame_partial(&c->in)) {
		server__drop(c);
		return;
	}
	rpc_fail(&err, RPC_BAD_REQUEST, "the request ends in its middle");
	server__refuse(c, &err);
}

static void
server__ready(void *arg, uint32_t events)
{
	struct server__conn *c = arg;

	if (c->answered)
		server__flush(c);
	else if (c->call == NULL)
		server__read(c);
	else if ((events & (EPOLLHUP | EPOLLERR)) != 0)
		server__drop(c);
}

/* Why this peer may not ask, or 0. */
static int
server__admit(const struct server *s, int fd, struct error *err)
{
	const struct config *cfg = &s->helper->cfg;
	uid_t uid = (uid_t)-1;
	pid_t pid = 0;

	if (sock_peer(fd, &uid, &pid, err) < 0)
		return rpc_fail(err, RPC_UNAUTHORIZED,
		    "the peer has no credentials");
	if (uid != 0 && uid != cfg->client_uid)
		return rpc_fail(err, RPC_UNAUTHORIZED,
		    "uid %u (pid %d) may not ask the helper", (unsigned)uid,
		    (int)pid);
	if (s->n_conns > SERVER_CONNECTIONS_MAX)
		return rpc_fail(err, RPC_LIMIT_EXCEEDED,
		    "more than %d connections", SERVER_CONNECTIONS_MAX);
	return 0;
}

static void
server__accept(void *arg, uint32_t events)
{
	struct error err = ERROR_INIT;
	struct server *s = arg;
	struct server__conn *c;
	int fd;

	(void)events;
	fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	c = xcalloc(1, sizeof(*c));
	c->server = s;
	c->fd = fd;
	c->start_ns = clock_mono_ns();
	frame_init(&c->in, RPC_LINE_MAX);
	c->next = s->conns;
	s->conns = c;
	s->n_conns++;
	if (loop_add_fd(s->helper->loop, fd, EPOLLIN, server__ready, c,
		&c->source, NULL) < 0) {
		server__drop(c);
		return;
	}
	if (server__admit(s, fd, &err) < 0)
		server__refuse(c, &err);
	else
		server__set_timer(c);
}

int
server_new(struct helper *h, struct server **ret, struct error *err)
{
	_cleanup_(server_freep) struct server *s = NULL;
	int r;

	s = xcalloc(1, sizeof(*s));
	s->helper = h;
	s->fd = -1;
	r = service_take_listener(&h->service, h->cfg.socket, &s->fd, err);
	if (r == 1) {
		r = sock_listen(h->cfg.socket, 0660, h->cfg.client_gid, &s->fd,
		    err);
		s->bound = r == 0;
	}
	if (r < 0)
		return r;
	r = loop_add_fd(h->loop, s->fd, EPOLLIN, server__accept, s, &s->source,
	    err);
	if (r < 0)
		return r;
	*ret = steal(&s);
	return 0;
}

struct server *
server_free(struct server *s)
{
	if (s == NULL)
		return NULL;
	while (s->conns != NULL)
		server__drop(s->conns);
	loop_source_free(s->source);
	if (s->fd >= 0) {
		close(s->fd);
		if (s->bound)
			unlink(s->helper->cfg.socket);
	}
	free(s);
	return NULL;
}
