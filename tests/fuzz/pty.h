/* SPDX-License-Identifier: ISC */
/* A program on a terminal of our own, for the fuzzer and the benchmark. */
#ifndef FUZZ_PTY_H
#define FUZZ_PTY_H

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

struct pty {
	int master, slave; /* the slave too, so that it outlives the program */
	pid_t pid;
	struct termios before;
};

static inline void
pty_size(struct pty *p, int cols, int rows)
{
	struct winsize ws = { .ws_col = (unsigned short)cols,
		.ws_row = (unsigned short)rows };

	if (ioctl(p->master, TIOCSWINSZ, &ws) < 0)
		err(1, "resizing the terminal");
}

/* Starts argv on a new terminal, with stdin, stdout and stderr there. */
static inline void
pty_start(struct pty *p, char *const *argv, int cols, int rows)
{
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->master < 0 || grantpt(p->master) < 0 || unlockpt(p->master) < 0)
		err(1, "opening a terminal");
	p->slave = open(ptsname(p->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->slave < 0 || tcgetattr(p->slave, &p->before) < 0)
		err(1, "opening the terminal's other end");
	/* What is typed while the program stands is not to come back. */
	p->before.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(p->slave, TCSANOW, &p->before) < 0)
		err(1, "setting the terminal up");
	pty_size(p, cols, rows);
	p->pid = fork();
	if (p->pid < 0)
		err(1, "fork");
	if (p->pid > 0)
		return;
	setsid();
	ioctl(p->slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(p->slave, fd);
	setenv("TERM", "xterm-256color", 1);
	unsetenv("NO_COLOR");
	execv(argv[0], argv);
	_exit(127);
}

static inline void
pty_close(struct pty *p)
{
	close(p->master);
	close(p->slave);
}

/* What the program has written within so many milliseconds; 0: nothing. */
static inline size_t
pty_read(struct pty *p, char *out, size_t size, int ms)
{
	struct pollfd fd = { .fd = p->master, .events = POLLIN };
	ssize_t n;

	if (poll(&fd, 1, ms) <= 0 || (fd.revents & POLLIN) == 0)
		return 0;
	n = read(p->master, out, size);
	return n > 0 ? (size_t)n : 0;
}

static inline void
pty_type(struct pty *p, const char *keys, size_t len)
{
	struct pollfd fd = { .fd = p->master, .events = POLLOUT };

	/* Where nobody reads, keys are lost as on any terminal. */
	if (poll(&fd, 1, 0) > 0 && (fd.revents & POLLOUT) != 0 &&
	    write(p->master, keys, len) < 0)
		warn("typing");
}

static inline int64_t
pty_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

#endif
