/* SPDX-License-Identifier: ISC */
#include "base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/wait.h"

#define COMMAND_OUTPUT_MAX 4096 /* of what goes into an error */

struct command {
	const char *const *argv;
	const char *const *env;
	bool by_name; /* argv[0] is looked for in PATH */
	size_t most;  /* bytes of output that are kept */
};

/*
 * In the child: becomes the program, or tells why not.  The program ends with
 * us, however we end: nobody would take its result, and whoever clears up
 * behind us must not find it at work.
 */
static _Noreturn void
command__child(const struct command *c, pid_t parent, int out, int tell)
{
	char *const *argv = (char *const *)(uintptr_t)c->argv;
	char *const *env = (char *const *)(uintptr_t)c->env;
	sigset_t none;
	int in;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
	    (in = open("/dev/null", O_RDONLY)) >= 0 && dup2(in, 0) == 0 &&
	    dup2(out, 1) == 1 && dup2(out, 2) == 2) {
		if (c->by_name)
			execvpe(argv[0], argv, env);
		else
			execve(argv[0], argv, env);
	}
	in = errno;
	if (write(tell, &in, sizeof(in)) < 0)
		_exit(126);
	_exit(127);
}

/* Between fork and exec nothing is called that takes a lock. */
static int
command__spawn(const struct command *c, int out, pid_t *ret_pid,
    struct error *err)
{
	_cleanup_close_ int told = -1;
	pid_t self = getpid(), pid;
	int fds[2], why;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(err, errno, "pipe");
	told = fds[0];
	pid = fork();
	if (pid == 0)
		command__child(c, self, out, fds[1]);
	why = errno;
	close(fds[1]);
	if (pid < 0)
		return error_errno(err, why, "forking for %s", c->argv[0]);
	if (read(told, &why, sizeof(why)) == (ssize_t)sizeof(why)) {
		waitpid(pid, NULL, 0);
		return error_errno(err, why, "%s", c->argv[0]);
	}
	*ret_pid = pid;
	return 0;
}

/* Reads until the other end closes. */
static int
command__drain(int fd, int64_t deadline_ns, size_t most, struct buf *out,
    struct error *err)
{
	char chunk[1024];
	ssize_t n;
	int rc;

	for (;;) {
		rc = wait_fd(fd, POLLIN, deadline_ns, err);
		if (rc < 0)
			return rc;
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return 0;
		if (n > 0 && out->len < most)
			buf_put(out, chunk, (size_t)n);
	}
}

static int
command__run(const struct command *c, int64_t deadline_ns, struct buf *out,
    int *ret_status, struct error *err)
{
	_cleanup_close_ int from = -1, to = -1;
	int fds[2], status, rc;
	pid_t pid = -1;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(err, errno, "pipe");
	from = fds[0];
	to = fds[1];
	rc = command__spawn(c, to, &pid, err);
	if (rc < 0)
		return rc;
	cleanup_closep(&to);
	rc = command__drain(from, deadline_ns, c->most, out, err);
	if (rc < 0)
		kill(pid, SIGKILL); /* our own child, not yet reaped */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (rc < 0)
		return error_wrap(err, rc, "%s", c->argv[0]);
	*ret_status = status;
	return 0;
}

int
command_run(const char *const *argv, int64_t deadline_ns, struct error *err)
{
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"LC_ALL=C", NULL };
	const struct command c = { argv, env, false, COMMAND_OUTPUT_MAX };
	_cleanup_buf_ struct buf out = BUF_INIT;
	int status, rc = command__run(&c, deadline_ns, &out, &status, err);

	if (rc < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return rc;
	return error_set(err, -EIO, "%s: %s %d: %.*s", argv[0],
	    WIFEXITED(status) ? "exit status" : "killed by signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
	    (int)strcspn(buf_str(&out), "\n"), buf_str(&out));
}

int
command_ask(const char *const *argv, int64_t deadline_ns, struct buf *out,
    int *ret_status, struct error *err)
{
	const struct command c = { argv, (const char *const *)environ, true,
		COMMAND_ASK_MAX };
	int status, rc = command__run(&c, deadline_ns, out, &status, err);

	if (rc == 0)
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status)
						: 128 + WTERMSIG(status);
	return rc;
}
