/* SPDX-License-Identifier: ISC */
/*
 * A service's stderr as the service manager connects it to journald: standard
 * input goes to journald's stdout socket as it comes.  stream_writer IDENT
 * [UNIT]
 *
 * The stream begins with seven lines, as in systemd's connect_logger_as():
 * identifier, unit, priority, whether lines bear a level prefix, and whether
 * they go on to syslog, the kernel's log and the console.  When journald dies,
 * there is nobody here to keep the descriptor for the next one: a new
 * connection is made and the line that was being written begins anew.
 */
#include <err.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define SOCKET "/run/systemd/journal/stdout"
#define PATIENCE_NS (30 * NSEC_PER_SEC)

static bool
put(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len > 0; data += n, len -= (size_t)n) {
		n = send(fd, data, len, MSG_NOSIGNAL);
		if (n < 0)
			return false;
	}
	return true;
}

static int
connect_once(const char *head, size_t len)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), unread = 1;

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    put(fd, head, len)) {
		/*
		 * What is sent before journald has taken the stream bears no
		 * credentials.  No service is that quick; neither are we.
		 */
		while (ioctl(fd, SIOCOUTQ, &unread) == 0 && unread > 0)
			usleep(1000);
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Connects, and says again what was said of the line that is unfinished. */
static int
connect_again(const struct buf *head, const struct buf *line)
{
	int64_t until = clock_mono_ns() + PATIENCE_NS;
	int fd;

	do {
		fd = connect_once(buf_str(head), head->len);
		if (fd >= 0 && put(fd, buf_str(line), line->len))
			return fd;
		if (fd >= 0)
			close(fd);
		usleep(20000);
	} while (clock_mono_ns() < until);
	errx(1, "nobody takes the stream");
}

int
main(int argc, char **argv)
{
	_cleanup_buf_ struct buf head = BUF_INIT, line = BUF_INIT;
	char chunk[16384];
	const char *nl;
	ssize_t n;
	int fd;

	if (argc < 2)
		errx(2, "stream_writer IDENT [UNIT]");
	buf_printf(&head, "%s\n%s\n6\n0\n0\n0\n0\n", argv[1],
	    argc > 2 ? argv[2] : "");
	fd = connect_again(&head, &line);
	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0) {
		buf_put(&line, chunk, (size_t)n);
		if (!put(fd, chunk, (size_t)n)) {
			close(fd);
			fd = connect_again(&head, &line);
		}
		nl = memrchr(line.data, '\n', line.len);
		if (nl != NULL)
			buf_consume(&line, (size_t)(nl + 1 - line.data));
	}
	/*
	 * journald looks into /proc/PID at the first line that it takes, and
	 * knows no unit of who is gone by then: be there until it has read all.
	 */
	if (system("exec journalctl --sync 2>/dev/null") != 0)
		warnx("no journald at the end");
	return 0;
}
