/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli.h"

#define TAIL_POLL_MS 200

/* Where the last n lines of the file begin, at least from. */
static off_t
tail__start(int fd, off_t from, off_t end, unsigned long lines)
{
	off_t at = end;
	char chunk[4096];

	while (at > from) {
		off_t piece = at - from < (off_t)sizeof(chunk)
		    ? at - from
		    : (off_t)sizeof(chunk);
		ssize_t n = pread(fd, chunk, (size_t)piece, at - piece);

		if (n != piece)
			break;
		for (; piece > 0; piece--, at--) {
			/* The newline at the very end closes the last line. */
			if (chunk[piece - 1] != '\n' || at == end)
				continue;
			if (--lines == 0)
				return at;
		}
	}
	return from;
}

/* Prints what is there from *at on. */
static int
tail__print(int fd, off_t *at, struct error *err)
{
	char chunk[16384];
	ssize_t n;

	while ((n = pread(fd, chunk, sizeof(chunk), *at)) > 0) {
		cli_print_guest(chunk, (size_t)n, stdout);
		*at += n;
	}
	if (n < 0)
		return error_errno(err, errno, "reading");
	if (fflush(stdout) != 0)
		return error_errno(err, errno, "standard output");
	return 0;
}

int
cli_tail(const char *path, int64_t from, unsigned long lines, bool follow,
    struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct pollfd out = { .fd = STDOUT_FILENO };
	struct stat st;
	off_t at;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0) {
		r = error_errno(err, errno, "%s", path);
		if (r == -EACCES)
			error_hint(err,
			    "only root and the group of bangerd may read it");
		return r;
	}
	at = from < st.st_size ? from : st.st_size;
	if (lines > 0)
		at = tail__start(fd, at, st.st_size, lines);
	while ((r = tail__print(fd, &at, err)) == 0 && follow) {
		/* Who reads us may have gone; who deleted the VM has. */
		if (poll(&out, 1, TAIL_POLL_MS) > 0 &&
		    (out.revents & (POLLERR | POLLHUP)) != 0)
			break;
		if (fstat(fd, &st) < 0 || st.st_nlink == 0)
			break;
	}
	return r;
}
