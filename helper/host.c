/* SPDX-License-Identifier: ISC */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

#include "base/cleanup.h"
#include "base/clock.h"

#define HOST_NOBODY 65534 /* the kernel's overflow uid */
#define HOST_TSC_NS (20 * NSEC_PER_MSEC)
#define HOST_TIMEOUT_NS (10 * NSEC_PER_SEC)

/* The child of host_probe(): never root when it runs the program. */
static void __attribute__((noreturn)) host__exec(const char *program, int out)
{
	char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C";
	char *env[] = { path, locale, NULL };
	char name[] = "qemu", version[] = "--version";
	char *argv[] = { name, version, NULL };
	int null = open("/dev/null", O_RDWR);

	if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(null, 2) == 2 &&
	    (geteuid() != 0 ||
		(setgid(HOST_NOBODY) == 0 && setuid(HOST_NOBODY) == 0)))
		execve(program, argv, env);
	_exit(127);
}

/* Reads until the end or the deadline; returns false on the latter. */
static bool
host__read(int fd, char *out, size_t size)
{
	const int64_t end = clock_mono_ns() + HOST_TIMEOUT_NS;
	struct pollfd p = { fd, POLLIN, 0 };
	size_t len = 0;
	int64_t left;
	ssize_t n;

	do {
		left = end - clock_mono_ns();
		if (left <= 0 || poll(&p, 1, (int)(left / NSEC_PER_MSEC)) == 0)
			return false;
		n = read(fd, out + len, size - 1 - len);
		if (n > 0)
			len += (size_t)n;
		out[len] = '\0';
	} while ((n > 0 || (n < 0 && errno == EINTR)) && len < size - 1);
	return true;
}

/* "QEMU emulator version 7.2.22 (Debian …)" -> "7.2.22". */
static void
host__parse_version(const char *text, char *out, size_t size)
{
	static const char before[] = "version ";
	const char *p = strstr(text, before);
	size_t n;

	out[0] = '\0';
	if (p == NULL)
		return;
	p += strlen(before);
	n = strspn(p, "0123456789.");
	if (n < size)
		snprintf(out, size, "%.*s", (int)n, p);
}

static void
host__qemu(const char *program, char *out, size_t size)
{
	char text[512] = "";
	int pipefd[2];
	pid_t pid;

	out[0] = '\0';
	if (access(program, X_OK) < 0 || pipe2(pipefd, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0)
		host__exec(program, pipefd[1]);
	close(pipefd[1]);
	if (pid > 0) {
		if (!host__read(pipefd[0], text, sizeof(text)))
			kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
		host__parse_version(text, out, size);
	}
	close(pipefd[0]);
}

#ifdef __x86_64__
/* The counter and the clock at one moment: the closest of a few readings. */
static void
host__read_tsc(uint64_t *ret_tsc, int64_t *ret_ns)
{
	int64_t before, after, best = INT64_MAX;
	uint64_t tsc;
	int i;

	for (i = 0; i < 16; i++) {
		before = clock_mono_ns();
		tsc = __rdtsc();
		after = clock_mono_ns();
		if (after - before >= best)
			continue;
		best = after - before;
		*ret_tsc = tsc;
		*ret_ns = before + best / 2;
	}
}
#endif

/* Measures for HOST_TSC_NS; the kernel tells nobody what it knows. */
static unsigned
host__tsc_khz(void)
{
#ifdef __x86_64__
	const struct timespec nap = { 0, HOST_TSC_NS };
	uint64_t tsc[2] = { 0, 0 };
	int64_t ns[2] = { 0, 0 };

	host__read_tsc(&tsc[0], &ns[0]);
	nanosleep(&nap, NULL);
	host__read_tsc(&tsc[1], &ns[1]);
	if (ns[1] > ns[0])
		return (unsigned)((tsc[1] - tsc[0]) * 1000000 /
		    (uint64_t)(ns[1] - ns[0]));
#endif
	return 0;
}

void
host_probe(const char *program, struct host *ret)
{
	struct utsname u;

	memset(ret, 0, sizeof(*ret));
	if (uname(&u) == 0)
		snprintf(ret->kernel, sizeof(ret->kernel), "%s", u.release);
	ret->tsc_khz = host__tsc_khz();
	host__qemu(program, ret->qemu, sizeof(ret->qemu));
}

bool
host_has_kvm(void)
{
	_cleanup_close_ int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	return fd >= 0;
}
