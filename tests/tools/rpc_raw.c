/* SPDX-License-Identifier: ISC */
/*
 * Sends standard input to a Unix socket as it is and prints what comes back
 * until the peer closes, or nothing came for a while: for requests that no
 * well-behaved client sends.  rpc_raw SOCKET [QUIET_MS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/sock.h"

int
main(int argc, char **argv)
{
	int64_t quiet = (argc > 2 ? atoi(argv[2]) : 2000) * NSEC_PER_MSEC;
	struct error err = ERROR_INIT;
	_cleanup_close_ int fd = -1;
	char chunk[65536];
	ssize_t n;

	if (argc < 2 || sock_connect(argv[1], quiet, &fd, &err) < 0) {
		fprintf(stderr, "rpc_raw: %s\n", err.text);
		return 1;
	}
	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		if (sock_send(fd, chunk, (size_t)n, clock_mono_ns() + quiet,
			NULL) < 0)
			break;
	while ((n = sock_recv(fd, chunk, sizeof(chunk), clock_mono_ns() + quiet,
		    NULL)) > 0)
		fwrite(chunk, 1, (size_t)n, stdout);
	return 0;
}
