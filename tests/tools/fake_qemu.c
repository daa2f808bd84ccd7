/* SPDX-License-Identifier: ISC */
/*
 * As much of QEMU as bangerd and its helper see of it, for VMs that are up at
 * once and misbehave on cue: the helper starts it in the VM's jail in QEMU's
 * place (--qemu), it finds the same descriptors, and serves QMP and a guest's
 * agent.  What it does wrong is a word of the guest's command line,
 * "fault=NAME"; `faults` lists the names, docs/reliability.md what they mean.
 */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/wait.h"
#include "wire/frame.h"
#include "wire/sock.h"

/* As helper/qemu.h has them. */
enum { FD_QMP = 3, FD_AGENT };

#define FLOOD 16384 /* events, of 64 bytes: 1 MiB */
#define SEND_NS (10 * NSEC_PER_SEC)

enum fault {
	NONE,
	EXIT_EXEC,
	EXIT_CONNECT,
	EXIT_CAPABILITIES,
	EXIT_CONT,
	EXIT_AGENT,
	EXIT_GUEST_EXEC,
	STOP_CONNECT,
	STOP_CONT,
	GREETING_NONE,
	GREETING_OTHER,
	GREETING_GARBAGE,
	GREETING_SPLIT,
	QMP_FLOOD,
	QMP_OTHER_ID,
	QMP_GARBAGE,
	CONT_ERROR,
	CONT_HANG,
	AGENT_HANG,
	AGENT_GARBAGE,
	EXEC_ERROR,
	EXEC_HANG,
	SHUTDOWN_IGNORED,
	QUIT_IGNORED,
	QUIT_ERROR,
	FAULT_MAX
};

static const char *const faults[FAULT_MAX] = { "none", "exit_exec",
	"exit_connect", "exit_capabilities", "exit_cont", "exit_agent",
	"exit_guest_exec", "stop_connect", "stop_cont", "greeting_none",
	"greeting_other", "greeting_garbage", "greeting_split", "qmp_flood",
	"qmp_other_id", "qmp_garbage", "cont_error", "cont_hang", "agent_hang",
	"agent_garbage", "exec_error", "exec_hang", "shutdown_ignored",
	"quit_ignored", "quit_error" };

static enum fault fault;

static void
say(int fd, const char *text, size_t len)
{
	sock_send(fd, text, len, clock_mono_ns() + SEND_NS, NULL);
}

static void
say_line(int fd, const char *text)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_printf(&line, "%s\r\n", text);
	say(fd, line.data, line.len);
}

static void
end_at(enum fault which)
{
	if (fault != which)
		return;
	fprintf(stderr, "fake_qemu: ends at %s\n", faults[which]);
	exit(1);
}

/* It is process 1 of its namespace, and cannot stop itself by a signal. */
static void
stop_at(enum fault which)
{
	while (fault == which)
		pause();
}

/* ---- QMP -------------------------------------------------------------------
 */

static void
greet(int fd)
{
	static const char greeting[] = "{\"QMP\":{\"version\":{},"
				       "\"capabilities\":[]}}\r\n";

	end_at(EXIT_CONNECT);
	stop_at(STOP_CONNECT);
	if (fault == GREETING_NONE)
		return;
	if (fault == GREETING_OTHER)
		say_line(fd, "{\"hello\":1}");
	else if (fault == GREETING_GARBAGE)
		say_line(fd, "SSH-2.0-no");
	else
		for (size_t i = 0, n; i < sizeof(greeting) - 1; i += n) {
			n = fault == GREETING_SPLIT ? 1 : sizeof(greeting) - 1;
			say(fd, greeting + i, n);
			if (n == 1)
				wait_until(clock_mono_ns() + NSEC_PER_MSEC,
				    NULL);
		}
}

static void
qmp_before(int fd, const char *command)
{
	if (strcmp(command, "qmp_capabilities") == 0)
		end_at(EXIT_CAPABILITIES);
	if (strcmp(command, "cont") == 0) {
		end_at(EXIT_CONT);
		stop_at(STOP_CONT);
	}
	for (int i = 0; fault == QMP_FLOOD && i < FLOOD; i++)
		say_line(fd,
		    "{\"event\":\"RESUME\",\"timestamp\":"
		    "{\"seconds\":1,\"microseconds\":2}}");
	if (fault == QMP_OTHER_ID)
		say_line(fd, "{\"return\":{},\"id\":987654321}");
	if (fault == QMP_GARBAGE)
		say_line(fd, "{\"return\":");
}

static void
qmp_answer(int fd, const char *command, json_int_t id)
{
	bool quit = strcmp(command, "quit") == 0;
	bool cont = strcmp(command, "cont") == 0;
	char line[128];

	qmp_before(fd, command);
	if ((cont && fault == CONT_HANG) || (quit && fault == QUIT_IGNORED))
		return;
	if ((cont && fault == CONT_ERROR) || (quit && fault == QUIT_ERROR))
		snprintf(line, sizeof(line),
		    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"},"
		    "\"id\":%lld}",
		    (long long)id);
	else
		snprintf(line, sizeof(line), "{\"return\":{},\"id\":%lld}",
		    (long long)id);
	say_line(fd, line);
	if (quit && fault != QUIT_ERROR)
		exit(0);
}

/* ---- the guest's agent -----------------------------------------------------
 */

static void
agent_sync_answer(int fd, const json_t *msg)
{
	json_int_t id = json_integer_value(
	    json_object_get(json_object_get(msg, "arguments"), "id"));
	char line[64];

	end_at(EXIT_AGENT);
	if (fault == AGENT_GARBAGE)
		say_line(fd, "login: \033[2J");
	if (fault == AGENT_HANG || fault == AGENT_GARBAGE)
		return;
	snprintf(line, sizeof(line), "\xff{\"return\":%lld}", (long long)id);
	say_line(fd, line);
}

static void
agent_answer(int fd, const char *command, const json_t *msg)
{
	if (strcmp(command, "guest-sync-delimited") == 0) {
		agent_sync_answer(fd, msg);
	} else if (strcmp(command, "guest-exec") == 0) {
		end_at(EXIT_GUEST_EXEC);
		say_line(fd,
		    fault == EXEC_ERROR ? "{\"error\":{\"desc\":\"no\"}}"
					: "{\"return\":{\"pid\":1}}");
	} else if (strcmp(command, "guest-exec-status") == 0) {
		say_line(fd,
		    fault == EXEC_HANG ? "{\"return\":{\"exited\":false}}"
				       : "{\"return\":{\"exited\":true,"
					 "\"exitcode\":0}}");
	} else if (strcmp(command, "guest-shutdown") == 0 &&
	    fault != SHUTDOWN_IGNORED && fault != QUIT_IGNORED &&
	    fault != QUIT_ERROR) {
		exit(0);
	}
}

/* ---- serving ---------------------------------------------------------------
 */

/* A listening socket and its one client. */
struct channel {
	int listener, fd;
	struct frame in;
};

static void
line_came(int which, int fd, const char *text, size_t len)
{
	json_t *msg;
	const char *command;

	while (len > 0 && (unsigned char)*text == 0xff) {
		text++;
		len--;
	}
	msg = json_loadb(text, len, 0, NULL);
	command = json_string_value(json_object_get(msg, "execute"));
	if (command != NULL && which == 0)
		qmp_answer(fd, command,
		    json_integer_value(json_object_get(msg, "id")));
	else if (command != NULL)
		agent_answer(fd, command, msg);
	json_decref(msg);
}

static void
channel_read(int which, struct channel *c)
{
	char chunk[16384];
	const char *text;
	size_t len;
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n <= 0 && errno != EAGAIN) {
		close(c->fd);
		c->fd = -1;
		frame_done(&c->in);
		return;
	}
	if (n > 0)
		frame_feed(&c->in, chunk, (size_t)n);
	while (c->fd >= 0 && frame_next(&c->in, &text, &len) == FRAME_LINE)
		line_came(which, c->fd, text, len);
}

static void
channel_accept(int which, struct channel *c)
{
	c->fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (c->fd < 0)
		return;
	frame_init(&c->in, 1 << 20);
	if (which == 0)
		greet(c->fd);
}

static void
read_fault(int argc, char **argv)
{
	const char *word = NULL;

	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "-append") == 0)
			word = strstr(argv[i + 1], "fault=");
	for (int i = 1; word != NULL && i < FAULT_MAX; i++)
		if (strncmp(word + 6, faults[i], strlen(faults[i])) == 0 &&
		    strchr(" ", word[6 + strlen(faults[i])]) != NULL)
			fault = (enum fault)i;
}

int
main(int argc, char **argv)
{
	struct channel ch[2] = { { .listener = FD_QMP, .fd = -1 },
		{ .listener = FD_AGENT, .fd = -1 } };

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		printf("QEMU emulator version 7.2.0 (fake)\n");
		return 0;
	}
	/* The helper asks whether KVM works: no. */
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-monitor") == 0)
			return 1;
	read_fault(argc, argv);
	end_at(EXIT_EXEC);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		struct pollfd p[2];

		for (int i = 0; i < 2; i++)
			p[i] = (struct pollfd){ .fd = ch[i].fd >= 0
				    ? ch[i].fd
				    : ch[i].listener,
				.events = POLLIN };
		if (poll(p, 2, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++) {
			if (p[i].revents == 0)
				continue;
			if (ch[i].fd >= 0)
				channel_read(i, &ch[i]);
			else
				channel_accept(i, &ch[i]);
		}
	}
}
