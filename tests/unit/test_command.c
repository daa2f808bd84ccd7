/* SPDX-License-Identifier: ISC */
/* base/command: what comes back of a tool, and that none outlives who asked. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/command.h"
#include "base/mem.h"
#include "base/wait.h"

#define LONG (60 * NSEC_PER_SEC)

static int
run(const char *script, int64_t ns, struct error *err)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };

	return command_run(argv, clock_mono_ns() + ns, err);
}

static void
test_run(void **state)
{
	const char *none[] = { "/nonexistent/tool", NULL };
	const char *by_name[] = { "sh", "-c", "exit 0", NULL };
	struct error err = ERROR_INIT;

	(void)state;
	setenv("COMMAND_TEST", "1", 1);
	assert_int_equal(run("exit 0", LONG, &err), 0);
	assert_int_equal(run("echo a; echo b >&2; exit 3", LONG, &err), -EIO);
	assert_string_equal(err.text, "/bin/sh: exit status 3: a");
	assert_int_equal(run("kill -9 $$", LONG, &err), -EIO);
	assert_string_equal(err.text, "/bin/sh: killed by signal 9: ");
	/* Nothing is read, and the environment is not ours. */
	assert_int_equal(run("[ -z \"$(cat)$COMMAND_TEST\" ]", LONG, &err), 0);
	assert_int_equal(command_run(none, clock_mono_ns() + LONG, &err),
	    -ENOENT);
	assert_string_equal(err.text,
	    "/nonexistent/tool: No such file or directory");
	/* A path is a path. */
	assert_int_equal(command_run(by_name, clock_mono_ns() + LONG, &err),
	    -ENOENT);
}

static void
test_ask(void **state)
{
	const char *env[] = { "sh", "-c", "printf \"$COMMAND_TEST\"; exit 7",
		NULL };
	const char *much[] = { "sh", "-c", "head -c 1000000 /dev/zero", NULL };
	const char *killed[] = { "sh", "-c", "kill -15 $$", NULL };
	const char *none[] = { "no-such-tool-here", NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	int status = -1;

	(void)state;
	setenv("COMMAND_TEST", "of ours", 1);
	assert_int_equal(command_ask(env, clock_mono_ns() + LONG, &out, &status,
			     &err),
	    0);
	assert_string_equal(buf_str(&out), "of ours");
	assert_int_equal(status, 7);
	buf_reset(&out);
	assert_int_equal(command_ask(much, clock_mono_ns() + LONG, &out,
			     &status, &err),
	    0);
	assert_in_range(out.len, COMMAND_ASK_MAX, COMMAND_ASK_MAX + 1024);
	assert_int_equal(command_ask(killed, clock_mono_ns() + LONG, &out,
			     &status, &err),
	    0);
	assert_int_equal(status, 128 + SIGTERM);
	assert_int_equal(command_ask(none, clock_mono_ns() + LONG, &out,
			     &status, &err),
	    -ENOENT);
	assert_int_equal(status, 128 + SIGTERM);
}

static void
test_late(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(run("exec sleep 1000", 20 * NSEC_PER_MSEC, &err),
	    -ETIMEDOUT);
	assert_string_equal(err.text, "/bin/sh: timed out");
	wait_deadline_by(clock_mono_ns() + 20 * NSEC_PER_MSEC);
	assert_int_equal(run("exec sleep 1000", LONG, &err), -ETIME);
	wait_deadline_by(WAIT_NEVER);
	/* None is left, not even as a zombie. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Who asked is killed in the middle of it. */
static void
test_dies_with_us(void **state)
{
	int said[2];
	pid_t us, tool = 0;
	char *script;

	(void)state;
	assert_int_equal(pipe(said), 0);
	/* The tool has the pipe's end as long as it lives. */
	script = xasprintf("echo $$ >&%d; exec sleep 1000", said[1]);
	us = fork();
	if (us == 0) {
		run(script, LONG, NULL);
		_exit(0);
	}
	free(script);
	close(said[1]);
	{
		char line[32] = "";

		assert_true(read(said[0], line, sizeof(line) - 1) > 0);
		tool = atoi(line);
		assert_true(tool > 0 && kill(tool, 0) == 0);
		kill(us, SIGKILL);
		assert_int_equal(waitpid(us, NULL, 0), us);
		/* The end of file: nobody has the other end any more. */
		assert_int_equal(wait_fd(said[0], POLLIN,
				     clock_mono_ns() + 10 * NSEC_PER_SEC, NULL),
		    0);
		assert_int_equal(read(said[0], line, 1), 0);
	}
	close(said[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_dies_with_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
