/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli.h"
#include "cmd.h"
#include "wire/sock.h"

#define CONSOLE_LEAVE 0x1d /* Ctrl-] */
#define CONSOLE_NS (5 * NSEC_PER_SEC)

static const struct cmd_opt console__opts[] = {
	{ 'l', "log", NULL, NULL, NULL,
	    "Print what the guest wrote since its last start." },
	{ 'a', "all", NULL, NULL, NULL, "With --log: earlier starts as well." },
	{ 'f', "follow", NULL, NULL, NULL, "With --log: and what comes." },
	{ 'n', "lines", "N", NULL, NULL,
	    "With --log: at most so many of the lines that are there." },
	CMD_OPT_END,
};

static const struct cmd_opt logs__opts[] = {
	{ 'f', "follow", NULL, NULL, NULL, "Print what comes, too." },
	{ 'n', "lines", "N", NULL, NULL,
	    "At most so many of the lines that are there." },
	CMD_OPT_END,
};

/* ---- logs ------------------------------------------------------------------
 */

static int
console__tail(struct cmd_ctx *ctx, const json_t *vm, const char *key,
    int64_t from, struct error *err)
{
	const char *path = json_string_value(json_object_get(vm, key));
	unsigned long lines = 0;
	int r = 0;

	if (path == NULL)
		return error_set(err, -ENOENT,
		    "%s was never started: it has no log", ctx->argv[0]);
	if (cmd_value(ctx, "lines") != NULL)
		r = cmd_number(ctx, "lines", 1, 1000000, &lines, err);
	return r < 0
	    ? r
	    : cli_tail(path, from, lines, cmd_given(ctx, "follow"), err);
}

static int
logs__run(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *vm;
	int r = cli_vm(ctx, &a, &vm, err);

	return r < 0 ? r : console__tail(ctx, vm, "log_path", 0, err);
}

/* ---- attaching -------------------------------------------------------------
 */

struct console {
	int sock, signals; /* owned */
	bool raw;
	struct termios old;
	sigset_t old_mask;
};

static void
console__restore(struct console *c)
{
	if (c->raw)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &c->old);
	cleanup_closep(&c->sock);
	cleanup_closep(&c->signals);
	sigprocmask(SIG_SETMASK, &c->old_mask, NULL);
}

/*
 * From here on whatever ends us goes through console__restore(): the signals
 * that would end a process come as data.
 */
static int
console__take_terminal(struct console *c, struct error *err)
{
	struct termios raw;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, &c->old_mask);
	signal(SIGPIPE, SIG_IGN);
	c->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (c->signals < 0)
		return error_errno(err, errno, "signalfd");
	if (isatty(STDIN_FILENO) == 0)
		return 0;
	if (tcgetattr(STDIN_FILENO, &c->old) < 0)
		return error_errno(err, errno, "the terminal's modes");
	raw = c->old;
	cfmakeraw(&raw);
	c->raw = true;
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0)
		return error_errno(err, errno, "the terminal's modes");
	return 0;
}

/* Standard input to the guest; 1: leave. */
static int
console__send(struct console *c, struct error *err)
{
	char chunk[1024];
	const char *leave = NULL;
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));
	size_t len;
	int r;

	if (n < 0)
		return errno == EINTR
		    ? 0
		    : error_errno(err, errno, "standard input");
	if (n == 0)
		return 1;
	if (c->raw)
		leave = memchr(chunk, CONSOLE_LEAVE, (size_t)n);
	len = leave != NULL ? (size_t)(leave - chunk) : (size_t)n;
	r = len > 0
	    ? sock_send(c->sock, chunk, len, clock_mono_ns() + CONSOLE_NS, err)
	    : 0;
	if (r < 0)
		return error_wrap(err, r, "the guest does not take input");
	return leave != NULL ? 1 : 0;
}

/* What the guest wrote, as it is: it has this terminal now.  1: the end. */
static int
console__show(struct console *c, struct error *err)
{
	char chunk[4096];
	ssize_t n = sock_recv(c->sock, chunk, sizeof(chunk),
	    clock_mono_ns() + CONSOLE_NS, err);

	if (n == 0 || n == -ECONNRESET)
		return 1;
	if (n < 0)
		return (int)n;
	if (fwrite(chunk, 1, (size_t)n, stdout) != (size_t)n ||
	    fflush(stdout) != 0)
		return error_errno(err, errno, "standard output");
	return 0;
}

/* Until the user leaves (why "left"), or the VM does. */
static int
console__loop(struct console *c, const char **ret_why, struct error *err)
{
	struct pollfd fds[] = {
		{ STDIN_FILENO, POLLIN, 0 },
		{ c->sock, POLLIN, 0 },
		{ c->signals, POLLIN, 0 },
	};
	int r = 0;

	*ret_why = "left";
	while (r == 0) {
		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return error_errno(err, errno, "poll");
		if (fds[2].revents != 0)
			return 0;
		if (fds[1].revents != 0) {
			r = console__show(c, err);
			*ret_why = r > 0 ? "the VM has ended" : "left";
		}
		if (r == 0 && fds[0].revents != 0)
			r = console__send(c, err);
	}
	return r < 0 ? r : 0;
}

/*
 * One at a time: QEMU serves one, and would have another wait without a word.
 * Who is attached has a lock on the console's log, which ends with them.
 */
static int
console__lock(const char *log, const char *name, int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = open(log, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return error_errno(err, errno, "%s", log);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(err, -EBUSY,
		    "somebody else is attached to the console of %s; read on "
		    "with banger console --log -f %s",
		    name, name);
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int
console__attach(const json_t *vm, struct error *err)
{
	const char *name = json_string_value(json_object_get(vm, "name"));
	const char *path = json_string_value(
	    json_object_get(vm, "console_socket"));
	const char *log = json_string_value(json_object_get(vm, "console_log"));
	_cleanup_(
	    console__restore) struct console c = { .sock = -1, .signals = -1 };
	_cleanup_close_ int lock = -1;
	const char *why;
	int r;

	sigprocmask(SIG_SETMASK, NULL, &c.old_mask);
	if (log == NULL || json_is_null(json_object_get(vm, "api_socket")))
		return error_set(err, -ENOENT,
		    "%s does not run: it has no console; start it first", name);
	if (path == NULL)
		return error_set(err, -EOPNOTSUPP,
		    "%s writes its console and takes no input (machine %s); "
		    "read it with banger console --log -f %s",
		    name, json_string_value(json_object_get(vm, "machine")),
		    name);
	if ((r = console__lock(log, name, &lock, err)) < 0 ||
	    (r = sock_connect(path, CONSOLE_NS, &c.sock, err)) < 0) {
		if (r == -EACCES)
			error_hint(err,
			    "only root and the group of bangerd may attach");
		return r;
	}
	fprintf(stderr, "attached to %s%s\n", name,
	    isatty(STDIN_FILENO) ? "; leave with Ctrl-]" : "");
	r = console__take_terminal(&c, err);
	if (r == 0)
		r = console__loop(&c, &why, err);
	console__restore(&c);
	c.raw = false;
	if (r == 0)
		fprintf(stderr, "\n%s: %s\n", name, why);
	return r;
}

static int
console__run(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *vm;
	int r = cli_vm(ctx, &a, &vm, err);

	if (r < 0)
		return r;
	if (!cmd_given(ctx, "log"))
		return console__attach(vm, err);
	return console__tail(ctx, vm, "console_log",
	    cmd_given(ctx, "all")
		? 0
		: json_integer_value(json_object_get(vm, "console_from")),
	    err);
}

CMD_VM(console, "VM", 1, 1, console__opts,
    "Attach to a VM's console, until Ctrl-] or the VM's end.", console__run);
CMD_VM(logs, "VM", 1, 1, logs__opts, "Print what a VM's VMM has said.",
    logs__run);
