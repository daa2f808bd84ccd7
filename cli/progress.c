/* SPDX-License-Identifier: ISC */
#include "progress.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/client.h"
#include "wire/event.h"
#include "wire/frame.h"
#include "wire/sock.h"

#define PROGRESS_TICK_MS 100
#define PROGRESS_ASK_NS (5 * NSEC_PER_SEC)

/* ---- what is shown --------------------------------------------------------
 */

static void
progress__erase(struct progress *p)
{
	if (p->drawn)
		fputs("\r\x1b[K", stderr);
	p->drawn = false;
}

/* "vm.start: guest_wait 1.2s of about 2.9s"; names are escaped when taken. */
static void
progress__draw(struct progress *p)
{
	char so_far[CLOCK_DURATION_MAX], usual[CLOCK_DURATION_MAX];
	const char *stage = p->n_stages > 0 ? p->stages[p->n_stages - 1].name
					    : "queued";

	if (p->quiet || !p->terminal)
		return;
	p->drawn = true;
	fprintf(stderr, "\r%s: %s%s, %s", p->method,
	    p->canceling ? "canceling, " : "", stage,
	    clock_format_duration(clock_mono_ns() - p->start_ns, so_far));
	if (p->p50_ns > 0)
		fprintf(stderr, " of usually %s to %s",
		    clock_format_duration(p->p50_ns, usual),
		    clock_format_duration(p->p90_ns, so_far));
	fputs("\x1b[K", stderr);
}

/* Where there is no terminal, each stage has its line. */
static void
progress__tell(const struct progress *p)
{
	const struct progress_stage *s = &p->stages[p->n_stages - 1];
	char at[CLOCK_DURATION_MAX];

	if (!p->quiet && !p->terminal)
		fprintf(stderr, "%s: %s (%s)\n", p->method, s->name,
		    clock_format_duration(s->since_start_ns, at));
}

/* ---- what is asked beside it ----------------------------------------------
 */

/* A short call of its own, as client_call(); the caller owns *ret. */
static int
progress__ask(const struct progress *p, const char *method, json_t **ret,
    struct error *err)
{
	_cleanup_json_ json_t *params = json_pack("{s:s}", "op", p->op.text);
	_cleanup_(rpc_reply_done) struct rpc_reply rep = { 0 };
	_cleanup_(client_close) struct client c = { -1 };
	int rc = client_open(p->path, PROGRESS_ASK_NS, &c, err);

	if (rc == 0)
		rc = client_call(&c, method, params, NULL, 0, PROGRESS_ASK_NS,
		    &rep, err);
	if (rc == 0)
		*ret = json_incref(rep.result);
	return rc;
}

static int64_t
progress__ms(const json_t *object, const char *key)
{
	return (int64_t)(json_number_value(json_object_get(object, key)) *
	    (double)NSEC_PER_MSEC);
}

/* What the last ones of its kind took. */
static void
progress__usual(struct progress *p)
{
	_cleanup_json_ json_t *result = NULL;
	const json_t *usual;

	if (p->quiet || !p->terminal ||
	    progress__ask(p, "op.show", &result, NULL) != 0)
		return;
	usual = json_object_get(json_object_get(result, "op"), "usual");
	p->p50_ns = progress__ms(usual, "p50_ms");
	p->p90_ns = progress__ms(usual, "p90_ms");
}

/*
 * An operation may say nothing for long, and is waited for as long as it lives:
 * so after a while of silence the daemon is asked.  0: there is no reason to
 * give up; negative: it does not answer, or the end was not told.
 */
static int
progress__alive(struct progress *p, struct error *err)
{
	int64_t silent = clock_mono_ns() - p->heard_ns;
	_cleanup_json_ json_t *result = NULL;
	const char *state;
	int rc;

	if (silent < p->silence_ns)
		return 0;
	rc = opid_is_set(&p->op) ? progress__ask(p, "op.show", &result, NULL)
				 : -ETIMEDOUT;
	if (rc < 0 && silent < 2 * p->silence_ns)
		return 0;
	if (rc < 0)
		return rpc_fail(err, RPC_TIMEOUT,
		    "%s: the daemon does not answer", p->method);
	state = json_string_value(
	    json_object_get(json_object_get(result, "op"), "state"));
	if (state != NULL &&
	    (strcmp(state, "queued") == 0 || strcmp(state, "running") == 0 ||
		strcmp(state, "canceling") == 0)) {
		p->heard_ns = clock_mono_ns();
		return 0;
	}
	return silent < 2 * p->silence_ns
	    ? 0
	    : rpc_fail(err, RPC_TIMEOUT,
		  "%s: the operation has ended, and its answer did not come",
		  p->method);
}

/* The first asks to cancel, the second leaves it alone. */
static void
progress__interrupted(struct progress *p)
{
	_cleanup_json_ json_t *result = NULL;
	struct error err = ERROR_INIT;

	progress__erase(p);
	if (p->canceling || !opid_is_set(&p->op)) {
		fprintf(stderr,
		    "banger: the operation is left to itself; see banger op %s "
		    "%s\n",
		    opid_is_set(&p->op) ? "watch" : "list",
		    opid_is_set(&p->op) ? p->op.text : "");
		_exit(PROGRESS_LEFT);
	}
	p->canceling = true;
	if (progress__ask(p, "op.cancel", &result, &err) != 0)
		fprintf(stderr, "banger: %s\n", err.text);
	else
		fprintf(stderr,
		    "banger: canceling %s; Ctrl-C again leaves it to itself\n",
		    p->op.text);
}

/* ---- what comes -----------------------------------------------------------
 */

static void
progress__stage(struct progress *p, const struct event *ev)
{
	const char *name = event_str(ev, FIELD_STAGE);
	_cleanup_buf_ struct buf safe = BUF_INIT;
	struct progress_stage *s;

	if (ev->kind != EVENT_OP_STAGE || name == NULL ||
	    p->n_stages == PROGRESS_STAGES_MAX)
		return;
	s = &p->stages[p->n_stages++];
	text_escape(&safe, name, strlen(name), false);
	snprintf(s->name, sizeof(s->name), "%s", buf_str(&safe));
	s->since_start_ns = event_num(ev, FIELD_SINCE_START, 0);
	progress__tell(p);
}

static void
progress__line(struct progress *p, const json_t *line)
{
	struct line ln = LINE_INIT;
	struct event ev;

	if (event_decode(json_string_value(line), json_string_length(line), &ln,
		&ev, NULL) == 0)
		progress__stage(p, &ev);
	line_done(&ln);
}

/* True of the reply that only tells the id. */
static bool
progress__announces(struct progress *p, const json_t *msg)
{
	const json_t *result = json_object_get(msg, "result");
	const json_t *id = json_object_get(result, "op_id");

	if (opid_is_set(&p->op) || !json_is_string(id) ||
	    json_object_get(result, "duration_ms") != NULL)
		return false;
	opid_parse(json_string_value(id), json_string_length(id), &p->op);
	progress__usual(p);
	return true;
}

/* 1: that was the reply; ret and err are filled. */
static int
progress__take(struct progress *p, const char *line, size_t len,
    struct rpc_reply *ret, int *ret_rc, struct error *err)
{
	_cleanup_json_ json_t *msg = json_loadb(line, len, 0, NULL);
	const json_t *text = json_object_get(msg, "line"), *console;

	if (json_is_string(text)) {
		progress__line(p, text);
		return 0;
	}
	if (json_object_get(msg, "dropped") != NULL ||
	    progress__announces(p, msg))
		return 0;
	console = json_object_get(json_object_get(json_object_get(msg, "error"),
				      "details"),
	    "console");
	if (json_is_string(console))
		p->console = xmemdup(json_string_value(console),
		    json_string_length(console));
	*ret_rc = rpc_reply_decode(line, len, ret, err);
	return 1;
}

/* All whole lines that have come; 1: the reply was among them. */
static int
progress__lines(struct progress *p, struct frame *in, struct rpc_reply *ret,
    int *ret_rc, struct error *err)
{
	enum frame_status status;
	const char *line;
	size_t len;

	while ((status = frame_next(in, &line, &len)) == FRAME_LINE)
		if (progress__take(p, line, len, ret, ret_rc, err) > 0)
			return 1;
	return status == FRAME_TOO_LONG
	    ? error_set(err, -EMSGSIZE, "%s: the answer is too long", p->method)
	    : 0;
}

/* Receives until the reply is there; signals < 0: without Ctrl-C. */
static int
progress__receive(struct progress *p, int fd, int signals, int64_t deadline,
    struct rpc_reply *ret, struct error *err)
{
	_cleanup_(frame_done) struct frame in;
	struct signalfd_siginfo si;
	char chunk[16384];
	int rc = 0, end = 0;
	ssize_t n;

	frame_init(&in, RPC_REPLY_MAX);
	while (end == 0) {
		struct pollfd fds[] = { { fd, POLLIN, 0 },
			{ signals, POLLIN, 0 } };

		if (clock_mono_ns() >= deadline)
			return rpc_fail(err, RPC_TIMEOUT,
			    "%s: no answer in time", p->method);
		if ((rc = progress__alive(p, err)) < 0)
			return rc;
		if (poll(fds, ARRAY_LEN(fds), PROGRESS_TICK_MS) < 0 &&
		    errno != EINTR)
			return error_errno(err, errno, "poll");
		if (fds[1].revents != 0 &&
		    read(signals, &si, sizeof(si)) == sizeof(si))
			progress__interrupted(p);
		progress__draw(p);
		if (fds[0].revents == 0)
			continue;
		n = sock_recv(fd, chunk, sizeof(chunk), deadline, err);
		if (n == 0)
			return error_set(err, -ECONNRESET,
			    "%s: the daemon closed the connection without an "
			    "answer",
			    p->method);
		if (n < 0)
			return (int)n;
		p->heard_ns = clock_mono_ns();
		frame_feed(&in, chunk, (size_t)n);
		end = progress__lines(p, &in, ret, &rc, err);
	}
	return end < 0 ? end : rc;
}

int
progress_call(struct progress *p, int fd, const json_t *params,
    int64_t timeout_ns, struct rpc_reply *ret, struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_close_ int signals = -1;
	int64_t deadline;
	sigset_t set, old;
	int rc;

	p->start_ns = p->heard_ns = clock_mono_ns();
	p->terminal = isatty(STDERR_FILENO) != 0;
	deadline = timeout_ns > 0 ? p->start_ns + timeout_ns : INT64_MAX;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &old);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	rpc_request_put(&out, p->method, params, RPC_PROGRESS);
	rc = sock_send(fd, out.data, out.len, p->start_ns + p->silence_ns, err);
	if (rc == 0)
		rc = progress__receive(p, fd, signals, deadline, ret, err);
	p->end_ns = clock_mono_ns();
	progress__erase(p);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc;
}

void
progress_done(struct progress *p)
{
	free(p->console);
	p->console = NULL;
}

/* ---- one that failed ------------------------------------------------------
 */

/* As many stages are shown: the last, and the longest before it. */
#define EXPLAIN_STAGES 5
/* One that failed before it had so many says all in its error. */
#define EXPLAIN_LEAST 4
#define EXPLAIN_BAR 24

static int64_t
explain__length(const struct progress *p, size_t i)
{
	int64_t end = i + 1 < p->n_stages ? p->stages[i + 1].since_start_ns
					  : p->end_ns - p->start_ns;

	return end > p->stages[i].since_start_ns
	    ? end - p->stages[i].since_start_ns
	    : 0;
}

/* Is the stage one of those that are shown? */
static bool
explain__shows(const struct progress *p, size_t i)
{
	size_t longer = 0;

	if (i + 1 == p->n_stages)
		return true;
	for (size_t k = 0; k + 1 < p->n_stages; k++)
		longer += explain__length(p, k) > explain__length(p, i) ||
		    (explain__length(p, k) == explain__length(p, i) && k < i);
	return longer < EXPLAIN_STAGES - 1;
}

static void
explain__stage(const struct progress *p, size_t i)
{
	int64_t whole = p->end_ns - p->start_ns;
	int64_t length = explain__length(p, i);
	char took[CLOCK_DURATION_MAX];
	int from, cells;

	if (whole <= 0)
		whole = 1;
	from = (int)(p->stages[i].since_start_ns * EXPLAIN_BAR / whole);
	if (from > EXPLAIN_BAR - 1)
		from = EXPLAIN_BAR - 1;
	cells = (int)(length * EXPLAIN_BAR / whole);
	if (cells > EXPLAIN_BAR - from)
		cells = EXPLAIN_BAR - from;
	if (cells < 1)
		cells = 1;
	fprintf(stderr, "%c %-20s %9s  %*s%.*s\n",
	    i + 1 == p->n_stages ? '>' : ' ', p->stages[i].name,
	    clock_format_duration(length, took), from, "", cells,
	    "########################");
}

static void
explain__console(const char *text)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	size_t len;

	fputs("the console's last lines:\n", stderr);
	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		buf_puts(&out, "  ");
		text_escape(&out, text, len, false);
		buf_putc(&out, '\n');
	}
	fputs(buf_str(&out), stderr);
}

void
progress_explain(const struct progress *p)
{
	if (p->quiet || p->n_stages < EXPLAIN_LEAST)
		return;
	for (size_t i = 0; i < p->n_stages; i++)
		if (explain__shows(p, i))
			explain__stage(p, i);
	if (p->console != NULL && p->console[0] != '\0')
		explain__console(p->console);
}
