/* SPDX-License-Identifier: ISC */
/*
 * What a good client of bangerd has to wait while others are there:
 * bench_daemon SOCKET PINGS CONNECTIONS LABEL.  Half of the connections say
 * nothing, the other half begin a request and send a byte of it now and then.
 * Prints a row: round trips of the pings, the same of a byte to a process that
 * does nothing but send it back (what this machine takes for a round trip just
 * then, whoever serves), and what the daemon's memory grew by.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/wait.h"
#include "wire/client.h"
#include "wire/sock.h"

#define CONNECT_NS (60 * NSEC_PER_SEC)
#define PING_NS (60 * NSEC_PER_SEC)
#define PACE_NS NSEC_PER_MSEC         /* between two pings */
#define DRIP_NS (500 * NSEC_PER_USEC) /* between two bytes of the slow ones */

struct crowd {
	int *fds;
	size_t n;
	atomic_bool stop;
	size_t lost; /* whom the daemon has closed */
};

static void
die(const struct error *err)
{
	fprintf(stderr, "bench_daemon: %s\n", err->text);
	exit(1);
}

/* The daemon's resident memory in KiB, or what of it is its peak so far. */
static long
memory_kib(pid_t pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/status", (int)pid);
	char line[256];
	long kib = 0;
	FILE *f = fopen(path, "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return kib;
}

/* Every other one is slow: a byte to each of them in turn. */
static void *
drip(void *arg)
{
	struct crowd *c = arg;

	for (size_t i = 0; !atomic_load(&c->stop); i = (i + 2) % c->n) {
		if (send(c->fds[i], " ", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
		    errno != EAGAIN)
			c->lost++;
		wait_until(clock_mono_ns() + DRIP_NS, NULL);
	}
	return NULL;
}

static void
gather(struct crowd *c, const char *path)
{
	struct error err = ERROR_INIT;

	c->fds = xcalloc(c->n, sizeof(*c->fds));
	for (size_t i = 0; i < c->n; i++) {
		if (sock_connect(path, CONNECT_NS, &c->fds[i], &err) < 0)
			die(&err);
		if (i % 2 == 0 && send(c->fds[i], "{", 1, MSG_NOSIGNAL) != 1)
			c->lost++;
	}
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* A process that sends back each byte; it ends when we do. */
static int
echo_open(void)
{
	int fds[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		exit(1);
	if (fork() == 0) {
		close(fds[0]);
		while (read(fds[1], &byte, 1) == 1)
			if (write(fds[1], &byte, 1) != 1)
				break;
		_exit(0);
	}
	close(fds[1]);
	return fds[0];
}

static int64_t
echo_ns(int fd)
{
	int64_t from = clock_mono_ns();
	char byte = 0;

	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		exit(1);
	return clock_mono_ns() - from;
}

/* The round trips, of each kind in order of their size. */
static void
measure(struct client *c, int echo, int64_t *ns, int64_t *echoes, size_t n)
{
	struct error err = ERROR_INIT;
	struct rpc_reply reply;
	int64_t from;

	for (size_t i = 0; i < n; i++) {
		from = clock_mono_ns();
		if (client_call(c, "ping", NULL, NULL, 0, PING_NS, &reply,
			&err) != 0)
			die(&err);
		ns[i] = clock_mono_ns() - from;
		rpc_reply_done(&reply);
		wait_until(from + PACE_NS, NULL);
		from = clock_mono_ns();
		echoes[i] = echo_ns(echo);
		wait_until(from + PACE_NS, NULL);
	}
	qsort(ns, n, sizeof(*ns), by_size);
	qsort(echoes, n, sizeof(*echoes), by_size);
}

int
main(int argc, char **argv)
{
	struct crowd crowd = { .n = 0 };
	struct error err = ERROR_INIT;
	struct rlimit files;
	struct client good;
	_cleanup_free_ int64_t *ns = NULL, *echoes = NULL;
	int echo = echo_open();
	pthread_t slow;
	size_t n;
	long before;
	uid_t uid;
	pid_t pid;

	if (argc != 5) {
		fputs("usage: bench_daemon SOCKET PINGS CONNECTIONS LABEL\n",
		    stderr);
		return 2;
	}
	n = (size_t)strtoul(argv[2], NULL, 10);
	crowd.n = (size_t)strtoul(argv[3], NULL, 10);
	ns = xcalloc(n, sizeof(*ns));
	echoes = xcalloc(n, sizeof(*echoes));
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (client_open(argv[1], CONNECT_NS, &good, &err) < 0 ||
	    sock_peer(good.fd, &uid, &pid, &err) < 0)
		die(&err);
	measure(&good, echo, ns, echoes, n < 100 ? n : 100); /* it is warm */
	before = memory_kib(pid);
	if (crowd.n > 0) {
		gather(&crowd, argv[1]);
		if (pthread_create(&slow, NULL, drip, &crowd) != 0)
			return 1;
	}
	measure(&good, echo, ns, echoes, n);
	printf("| %s | %.3f | %.3f | %.3f | %.3f | %.3f | %.1f |\n", argv[4],
	    (double)ns[n / 2] / NSEC_PER_MSEC,
	    (double)ns[n * 99 / 100] / NSEC_PER_MSEC,
	    (double)ns[n - 1] / NSEC_PER_MSEC,
	    (double)echoes[n / 2] / NSEC_PER_MSEC,
	    (double)echoes[n * 99 / 100] / NSEC_PER_MSEC,
	    (double)(memory_kib(pid) - before) / 1024);
	if (crowd.n > 0) {
		atomic_store(&crowd.stop, true);
		pthread_join(slow, NULL);
	}
	if (crowd.lost > 0) {
		fprintf(stderr, "bench_daemon: %zu were closed meanwhile\n",
		    crowd.lost);
		return 1;
	}
	client_close(&good);
	return 0;
}
