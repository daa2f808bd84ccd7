/* SPDX-License-Identifier: ISC */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

/*
 * The child of host_probe(): what it runs reads `in` and writes `out`, has no
 * other descriptor, and does not outlive the helper.
 */
static void __attribute__((noreturn))
host__exec(const char *const *argv, int in, int out, bool nobody, pid_t parent)
{
	char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C";
	char *env[] = { path, locale, NULL };
	/* Less than any core takes, and a word to the kernel to pipe none. */
	const struct rlimit no_core = { 1, 1 };
	int null = open("/dev/null", O_RDWR);

	setrlimit(RLIMIT_CORE, &no_core);
	if (null >= 0 && dup2(in >= 0 ? in : null, 0) == 0 &&
	    dup2(out, 1) == 1 && dup2(null, 2) == 2 &&
	    close_range(3, ~0U, 0) == 0 &&
	    (!nobody || geteuid() != 0 ||
		(setgid(HOST_NOBODY) == 0 && setuid(HOST_NOBODY) == 0)) &&
	    /* A change of user takes it away again, so it comes last. */
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
		execve(argv[0], (char *const *)(uintptr_t)argv, env);
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
host__parse_version(const char *text, const char *before, char *out,
    size_t size)
{
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

/* Runs a program to its end: what it wrote, and true when it went well. */
static bool
host__run(const char *const *argv, int in, bool nobody, char *out, size_t size)
{
	const pid_t parent = getpid();
	int pipefd[2], status = -1;
	pid_t pid;

	out[0] = '\0';
	if (access(argv[0], X_OK) < 0 || pipe2(pipefd, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0)
		host__exec(argv, in, pipefd[1], nobody, parent);
	close(pipefd[1]);
	if (pid > 0) {
		if (!host__read(pipefd[0], out, size))
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	close(pipefd[0]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The figures behind that word of what the program says of its version. */
static void
host__version(const char *program, const char *before, char *out, size_t size)
{
	const char *const argv[] = { program, "--version", NULL };
	char text[512];

	host__run(argv, -1, true, text, sizeof(text));
	host__parse_version(text, before, out, size);
}

/*
 * Under a hypervisor that nests KVM only in part, /dev/kvm opens, and QEMU
 * ends as soon as it sets up a processor.  So one is set up, never run, with
 * what qemu.c would give a guest.  Only root may be able to open /dev/kvm.
 */
static bool
host__kvm(const char *program, bool *ret_device)
{
	static const char quit[] = "quit\n";
	const char *const argv[] = { program, "-accel", "kvm", "-M", "microvm",
		"-cpu", "max", "-m", "16", "-nodefaults", "-no-user-config",
		"-display", "none", "-S", "-monitor", "stdio", "-sandbox",
		"on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
		"resourcecontrol=deny",
		NULL };
	_cleanup_close_ int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	char text[512];
	int in[2];
	bool works;

	*ret_device = fd >= 0;
	if (fd < 0 || pipe2(in, O_CLOEXEC) < 0)
		return false;
	works = write(in[1], quit, sizeof(quit) - 1) > 0;
	close(in[1]);
	works = works && host__run(argv, in[0], false, text, sizeof(text));
	close(in[0]);
	return works;
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
host_probe(const char *qemu, const char *firecracker, struct host *ret)
{
	struct utsname u;

	memset(ret, 0, sizeof(*ret));
	if (uname(&u) == 0)
		snprintf(ret->kernel, sizeof(ret->kernel), "%s", u.release);
	ret->tsc_khz = host__tsc_khz();
	ret->cgroup = cgroup_probe(&ret->cgroup_mount);
	host__version(qemu, "version ", ret->qemu, sizeof(ret->qemu));
	host__version(firecracker, "Firecracker v", ret->firecracker,
	    sizeof(ret->firecracker));
	ret->kvm = host__kvm(qemu, &ret->kvm_device);
}
