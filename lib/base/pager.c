/* SPDX-License-Identifier: ISC */
#include "base/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"

/* Is there such a program? */
static bool
pager__in_path(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *copy = xstrdup(path != NULL ? path : "");
	char *rest = copy, *dir;

	while ((dir = strsep(&rest, ":")) != NULL) {
		_cleanup_free_ char *file = xasprintf("%s/%s", dir, name);

		if (dir[0] == '/' && access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static const char *
pager__command(void)
{
	const char *command = getenv("BANGER_PAGER");

	if (command == NULL)
		command = getenv("PAGER");
	if (command == NULL)
		return pager__in_path("less") ? "less" : NULL;
	return command[0] == '\0' || strcmp(command, "cat") == 0 ? NULL
								 : command;
}

/*
 * In the child.  less leaves what fits on one screen, shows our colours, and
 * can run and write nothing; a reader's own LESS stands.
 */
static void
pager__exec(const struct pager *p, int in)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	setenv("LESS", "FRX", 0);
	setenv("LESSSECURE", "1", 1);
	if (dup2(in, STDIN_FILENO) < 0)
		_exit(126);
	execl("/bin/sh", "sh", "-c", p->command, (char *)NULL);
	_exit(127);
}

/* Starts it; where that fails, the terminal itself takes what is written. */
static void
pager__start(struct pager *p)
{
	int fds[2];

	p->fd = STDOUT_FILENO;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return;
	fflush(p->screen);
	p->pid = fork();
	if (p->pid == 0)
		pager__exec(p, fds[0]);
	close(fds[0]);
	if (p->pid < 0) {
		close(fds[1]);
		p->pid = 0;
		return;
	}
	p->fd = fds[1];
	p->old_pipe = signal(SIGPIPE, SIG_IGN);
	/* Ctrl-C is for the reader's search; it ends us when that is over. */
	p->old_int = signal(SIGINT, SIG_IGN);
}

static void
pager__put(struct pager *p, const char *data, size_t len)
{
	ssize_t n;

	while (!p->quit && len > 0) {
		n = write(p->fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			p->quit = true;
			if (p->pid > 0)
				signal(SIGINT, p->old_int);
			return;
		}
		data += n;
		len -= (size_t)n;
	}
}

/* Counts rows, a long line as several; a character is never too few cells. */
static bool
pager__fits(struct pager *p, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n' || p->column == p->columns) {
			p->row++;
			p->column = 0;
		}
		if (data[i] != '\n')
			p->column++;
	}
	/* The prompt wants a row too. */
	return p->row + 1 < p->rows;
}

/* Never fails: what nobody reads any more is dropped. */
static ssize_t
pager__write(void *arg, const char *data, size_t len)
{
	struct pager *p = arg;

	if (p->fd >= 0) {
		pager__put(p, data, len);
		return (ssize_t)len;
	}
	buf_put(&p->held, data, len);
	if (!pager__fits(p, data, len)) {
		pager__start(p);
		pager__put(p, p->held.data, p->held.len);
		buf_reset(&p->held);
	}
	return (ssize_t)len;
}

void
pager_open(struct pager *p)
{
	static const cookie_io_functions_t io = { .write = pager__write };
	const char *term = getenv("TERM");
	struct winsize ws;
	FILE *stream;

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	if (!isatty(STDOUT_FILENO) || term == NULL || strcmp(term, "dumb") == 0)
		return;
	p->command = pager__command();
	if (p->command == NULL || ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 ||
	    ws.ws_row == 0 || ws.ws_col == 0)
		return;
	p->rows = ws.ws_row;
	p->columns = ws.ws_col;
	stream = fopencookie(p, "w", io);
	if (stream == NULL)
		return;
	p->screen = stdout;
	stdout = stream;
}

void
pager_close(struct pager *p)
{
	if (p->screen == NULL)
		return;
	fclose(stdout);
	stdout = p->screen;
	p->screen = NULL;
	if (p->held.len > 0)
		fwrite(p->held.data, 1, p->held.len, stdout);
	buf_done(&p->held);
	if (p->pid == 0)
		return;
	close(p->fd);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	signal(SIGPIPE, p->old_pipe);
	signal(SIGINT, p->old_int);
}
