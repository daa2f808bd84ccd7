/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/regex.h"
#include "cli.h"
#include "cmd.h"

#define WAIT_SECONDS 300
#define WAIT_POLL_NS (100 * NSEC_PER_MSEC)
#define WAIT_LINE_MAX 65536 /* what is behind is another line */
#define WAIT_CONSOLE "console:"

static const struct cmd_opt wait__opts[] = {
	{ 0, "for", "WHAT", NULL, "ready",
	    "ready (the guest's agent has answered), ip (it has an address), "
	    "stopped, or console:REGEX (a line since its last start)." },
	CMD_OPT_END,
};

struct wait {
	bool (*met)(struct wait *w, const json_t *vm);
	struct regex *pattern;
	uint64_t undecided; /* lines that were too hard to tell */
	off_t at;           /* how far the console's log was read */
	struct buf line;
};

static void
wait__done(struct wait *w)
{
	regex_free(w->pattern);
	buf_done(&w->line);
}

static bool
wait__is_state(const json_t *vm, const char *state)
{
	const char *is = json_string_value(json_object_get(vm, "state"));

	return is != NULL && strcmp(is, state) == 0;
}

static bool
wait__ready(struct wait *w, const json_t *vm)
{
	(void)w;
	return wait__is_state(vm, "running");
}

static bool
wait__ip(struct wait *w, const json_t *vm)
{
	(void)w;
	return json_is_string(json_object_get(vm, "guest_ip"));
}

static bool
wait__stopped(struct wait *w, const json_t *vm)
{
	(void)w;
	return wait__is_state(vm, "stopped");
}

/* Takes bytes of the log; true when a line matches, finished or not. */
static bool
wait__feed(struct wait *w, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] != '\n' && w->line.len < WAIT_LINE_MAX) {
			if (data[i] != '\r')
				buf_putc(&w->line, data[i]);
			continue;
		}
		if (regex_match(w->pattern, buf_str(&w->line), w->line.len) ==
		    1)
			return true;
		buf_reset(&w->line);
	}
	return w->line.len > 0 &&
	    regex_match(w->pattern, buf_str(&w->line), w->line.len) == 1;
}

static bool
wait__console(struct wait *w, const json_t *vm)
{
	const char *path = json_string_value(
	    json_object_get(vm, "console_log"));
	off_t from = json_integer_value(json_object_get(vm, "console_from"));
	_cleanup_close_ int fd = -1;
	char chunk[16384];
	ssize_t n;

	/* Of a VM that is starting it is not yet known where it begins. */
	if (path == NULL || json_is_null(json_object_get(vm, "api_socket")))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (from > w->at) {
		w->at = from;
		buf_reset(&w->line);
	}
	while (fd >= 0 && (n = pread(fd, chunk, sizeof(chunk), w->at)) > 0) {
		w->at += n;
		if (wait__feed(w, chunk, (size_t)n))
			return true;
	}
	return false;
}

static int
wait__parse(const char *what, struct wait *w, struct error *err)
{
	static const struct {
		const char *name;
		bool (*met)(struct wait *w, const json_t *vm);
	} kinds[] = {
		{ "ready", wait__ready },
		{ "ip", wait__ip },
		{ "stopped", wait__stopped },
	};
	struct error why = ERROR_INIT;
	size_t at;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].name, what) == 0) {
			w->met = kinds[i].met;
			return 0;
		}
	if (strncmp(what, WAIT_CONSOLE, strlen(WAIT_CONSOLE)) != 0)
		return cmd_usage_error(err,
		    "--for is ready, ip, stopped or console:REGEX");
	w->met = wait__console;
	what += strlen(WAIT_CONSOLE);
	if (regex_new(what, strlen(what), false, &w->undecided, &w->pattern,
		&at, &why) < 0)
		return cmd_usage_error(err, "--for: column %zu: %s",
		    strlen(WAIT_CONSOLE) + at + 1, why.text);
	return 0;
}

static int
wait__run(struct cmd_ctx *ctx, struct error *err)
{
	const struct timespec nap = { 0, WAIT_POLL_NS };
	_cleanup_(wait__done) struct wait w = { .line = BUF_INIT };
	unsigned long seconds = WAIT_SECONDS;
	int64_t start = clock_mono_ns();
	char elapsed[CLOCK_DURATION_MAX];
	int r = wait__parse(cmd_value(ctx, "for"), &w, err);

	if (r == 0 && cmd_value(ctx, "timeout") != NULL)
		r = cmd_number(ctx, "timeout", 1, 86400, &seconds, err);
	while (r == 0) {
		_cleanup_answer_ struct cli_answer a = { 0 };
		json_t *vm;

		r = cli_vm(ctx, &a, &vm, err);
		if (r < 0)
			break;
		if (w.met(&w, vm)) {
			if (a.json)
				cli_print_json(a.result);
			else
				printf("%s after %s\n", cmd_value(ctx, "for"),
				    clock_format_duration(clock_mono_ns() -
					    start,
					elapsed));
			return 0;
		}
		if (clock_mono_ns() - start > (int64_t)seconds * NSEC_PER_SEC)
			r = error_set(err, -ETIMEDOUT,
			    "%s: not %s within %lu s; it is %s", ctx->argv[0],
			    cmd_value(ctx, "for"), seconds,
			    cli_member(&a, "vm", "state", "?"));
		else
			nanosleep(&nap, NULL);
	}
	return r;
}

CMD_VM(wait, "VM", 1, 1, wait__opts,
    "Wait until a VM is ready, has an address, is stopped or says something; "
    "300 s, or --timeout.",
    wait__run);
