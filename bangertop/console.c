/* SPDX-License-Identifier: ISC */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

/* Beside the VMM's own log, which "log_path" names (docs/log-contract.md). */
#define CONSOLE_NAME "console.log"

char *
console_path(const struct op *op)
{
	const char *log = op_subject(op, FIELD_LOG_PATH), *slash;

	slash = log != NULL && log[0] == '/' ? strrchr(log, '/') : NULL;
	if (slash == NULL)
		return NULL;
	return xasprintf("%.*s/" CONSOLE_NAME, (int)(slash - log), log);
}

static int
console__open(const char *path, off_t *ret_size, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "opening %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EINVAL, "%s is no regular file", path);
	*ret_size = st.st_size;
	return steal_fd(&fd);
}

/* Lines to texts: what ends one becomes a NUL. */
static void
console__split(struct buf *out, size_t from)
{
	size_t to = from;

	for (size_t i = from; i < out->len; i++) {
		char c = out->data[i];

		if (c == '\r' && i + 1 < out->len && out->data[i + 1] == '\n')
			continue;
		out->data[to++] = c == '\n' ? '\0' : c == '\0' ? ' ' : c;
	}
	out->len = to;
	if (to > from && out->data[to - 1] != '\0')
		buf_putc(out, '\0');
}

int
console_read(const char *path, struct buf *out, struct error *err)
{
	_cleanup_close_ int fd = -1;
	size_t before = out->len;
	const char *line;
	off_t size = 0, from;
	ssize_t n;

	fd = console__open(path, &size, err);
	if (fd < 0)
		return fd;
	from = size > CONSOLE_BYTES ? size - CONSOLE_BYTES : 0;
	buf_reserve(out, CONSOLE_BYTES);
	n = pread(fd, out->data + before, CONSOLE_BYTES, from);
	if (n < 0)
		return error_errno(err, errno, "reading %s", path);
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	/* The piece of a line that stands at the beginning is none. */
	line = from > 0 ? memchr(out->data + before, '\n', (size_t)n) : NULL;
	if (line != NULL) {
		n -= line + 1 - (out->data + before);
		memmove(out->data + before, line + 1, (size_t)n);
		out->len = before + (size_t)n;
	}
	console__split(out, before);
	return 0;
}
