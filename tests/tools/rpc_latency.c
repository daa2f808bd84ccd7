/* SPDX-License-Identifier: ISC */
/*
 * Asks bangerd one ping behind the other, on one connection, for so many
 * milliseconds, and prints how long the answers took:
 *
 *	{"n":81234,"p50_us":41,"p99_us":120,"max_us":900}
 *
 * rpc_latency SOCKET MILLISECONDS
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "wire/sock.h"

#define PING "{\"version\":1,\"method\":\"ping\"}\n"
#define PATIENCE_NS (60 * NSEC_PER_SEC)
#define SAMPLES_MAX (16U << 20)

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* One request and its whole reply; microseconds. */
static uint32_t
ask(int fd)
{
	int64_t from = clock_mono_ns();
	char reply[4096];
	size_t len = 0;
	ssize_t n;

	if (sock_send(fd, PING, strlen(PING), from + PATIENCE_NS, NULL) < 0)
		errx(1, "sending");
	do {
		n = sock_recv(fd, reply + len, sizeof(reply) - len,
		    from + PATIENCE_NS, NULL);
		if (n <= 0)
			errx(1, "no answer");
		len += (size_t)n;
	} while (reply[len - 1] != '\n' && len < sizeof(reply));
	if (memmem(reply, len, "\"ok\":true", 9) == NULL)
		errx(1, "refused: %.*s", (int)len, reply);
	return (uint32_t)((clock_mono_ns() - from) / NSEC_PER_USEC);
}

int
main(int argc, char **argv)
{
	_cleanup_free_ uint32_t *took = NULL;
	_cleanup_close_ int fd = -1;
	struct error err = ERROR_INIT;
	int64_t until;
	size_t n = 0;

	if (argc != 3)
		errx(2, "rpc_latency SOCKET MILLISECONDS");
	if (sock_connect(argv[1], PATIENCE_NS, &fd, &err) < 0)
		errx(1, "%s", err.text);
	took = xcalloc(SAMPLES_MAX, sizeof(*took));
	until = clock_mono_ns() + atoll(argv[2]) * NSEC_PER_MSEC;
	do {
		took[n++] = ask(fd);
	} while (n < SAMPLES_MAX && clock_mono_ns() < until);
	qsort(took, n, sizeof(*took), compare);
	printf("{\"n\":%zu,\"p50_us\":%" PRIu32 ",\"p99_us\":%" PRIu32
	       ",\"max_us\":%" PRIu32 "}\n",
	    n, took[n / 2], took[n * 99 / 100], took[n - 1]);
	return 0;
}
