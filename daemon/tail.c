/* SPDX-License-Identifier: ISC */
#include "tail.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

#define TAIL_MAX 4096

/* What the file ends with; how much. */
static size_t
tail__read(const char *path, char bytes[TAIL_MAX])
{
	_cleanup_close_ int fd = open(path,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	off_t end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	ssize_t n;

	if (end <= 0)
		return 0;
	n = pread(fd, bytes, TAIL_MAX, end > TAIL_MAX ? end - TAIL_MAX : 0);
	return n > 0 ? (size_t)n : 0;
}

static bool
tail__is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* The line that ends at *len, without blanks behind it; *len moves before it.
 */
static const char *
tail__line(const char *bytes, size_t *len, size_t *ret_len)
{
	size_t end = *len, start;

	while (end > 0 && tail__is_blank(bytes[end - 1]))
		end--;
	start = end;
	while (start > 0 && bytes[start - 1] != '\n')
		start--;
	*len = start;
	*ret_len = end - start;
	return bytes + start;
}

void
tail_lines(const char *path, size_t n, struct buf *out)
{
	char bytes[TAIL_MAX];
	size_t left = tail__read(path, bytes), len, count = 0;
	const char *lines[64];
	size_t lens[64];

	if (n > ARRAY_LEN(lines))
		n = ARRAY_LEN(lines);
	while (count < n && left > 0) {
		lines[count] = tail__line(bytes, &left, &len);
		lens[count] = len;
		count += len > 0;
	}
	while (count > 0) {
		count--;
		text_escape(out, lines[count], lens[count], false);
		if (count > 0)
			buf_putc(out, '\n');
	}
}
