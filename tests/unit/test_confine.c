/* SPDX-License-Identifier: ISC */
/* helper/confine: what is given up is gone, for children too. */
#include "../../helper/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"

/* Runs fn in a child and returns its wait status. */
static int
in_child(int (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* As root these fail otherwise than by EPERM, or do not fail. */
static const long denied[] = {
	SYS_acct,
	SYS_add_key,
	SYS_adjtimex,
	SYS_bpf,
	SYS_clock_adjtime,
	SYS_clock_settime,
	SYS_chroot,
	SYS_delete_module,
	SYS_fanotify_init,
	SYS_finit_module,
	SYS_init_module,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_io_uring_setup,
	SYS_kcmp,
	SYS_kexec_file_load,
	SYS_kexec_load,
	SYS_keyctl,
	SYS_name_to_handle_at,
	SYS_open_by_handle_at,
	SYS_perf_event_open,
	SYS_personality,
	SYS_pidfd_getfd,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_quotactl,
	SYS_reboot,
	SYS_request_key,
	SYS_setdomainname,
	SYS_setns,
	SYS_settimeofday,
	SYS_swapoff,
	SYS_swapon,
	SYS_syslog,
	SYS_unshare,
	SYS_userfaultfd,
	SYS_vhangup,
#ifndef __SANITIZE_ADDRESS__
	SYS_ptrace,
#endif
};

static int
probe_denied(void)
{
	size_t i;

	if (confine_apply(NULL) < 0)
		return 200;
	for (i = 0; i < ARRAY_LEN(denied); i++) {
		errno = 0;
		if (syscall(denied[i], -1L, -1L, -1L, -1L, -1L, -1L) != -1 ||
		    errno != EPERM) {
			fprintf(stderr, "system call %ld: errno %d\n",
			    denied[i], errno);
			return 1;
		}
	}
	errno = 0;
	if (syscall(SYS_clone3, NULL, 0L) != -1 || errno != ENOSYS)
		return 2;
	return 0;
}

/* Those that a handler is made of are still there. */
static int
probe_allowed(void)
{
	int domain, fd;

	if (confine_apply(NULL) < 0)
		return 200;
	for (domain = 0; domain < 46; domain++) {
		fd = socket(domain, SOCK_DGRAM, 0);
		if (domain == AF_UNIX || domain == AF_NETLINK) {
			if (fd < 0)
				return 1;
			close(fd);
		} else if (fd >= 0 || errno != EAFNOSUPPORT) {
			return 2;
		}
	}
	errno = 0;
	if (syscall(SYS_openat2, -1L, "", NULL, 0L) != -1 || errno == EPERM)
		return 3;
	errno = 0;
	if (syscall(SYS_pidfd_open, -1L, 0L) != -1 || errno == EPERM)
		return 4;
	return 0;
}

static int
probe_caps(void)
{
	const uint64_t keep = confine_caps_kept();
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	int cap, in;

	if (confine_apply(NULL) < 0 || syscall(SYS_capget, &head, data) < 0)
		return 200;
	if ((data[0].effective & ~(uint32_t)keep) != 0 ||
	    (data[1].effective & ~(uint32_t)(keep >> 32)) != 0 ||
	    data[0].permitted != data[0].effective || data[0].inheritable != 0)
		return 1;
	for (cap = 0; (in = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) >= 0; cap++)
		if (in == 1 && (keep >> cap & 1) == 0)
			return 2;
	/* Not to be had again by any exec. */
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	return cap >= 38 ? 0 : 4;
}

static int
probe_parser(void)
{
	if (confine_parser(NULL) < 0)
		return 200;
	return (int)syscall(SYS_unlinkat, -100, "/nowhere", 0);
}

static int
probe_parser_socket(void)
{
	if (confine_parser(NULL) < 0)
		return 200;
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
probe_parser_works(void)
{
	struct stat st;
	char *p;

	if (confine_parser(NULL) < 0)
		return 200;
	/* Files are not refused but not there. */
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != ENOENT ||
	    stat("/", &st) >= 0 || errno != ENOENT || fstat(0, &st) < 0)
		return 1;
	p = malloc(1 << 20);
	memset(p, 1, 1 << 20);
	free(p);
	return 0;
}

/* In a directory that it may write to, as a VMM has one. */
static int
probe_host_net(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "sock" };
	struct sock_fprog filter = { 0, NULL };
	int fd, type, pair[2], bad = 0;

	if (confine_host_net(&filter, NULL) < 0 || filter.len == 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) < 0)
		return 200;
	confine_filter_done(&filter);
#define REFUSED(call) bad += !((errno = 0), (call) == -1 && errno == EPERM)
	REFUSED(socket(AF_INET, SOCK_STREAM, 0));
	REFUSED(socket(AF_NETLINK, SOCK_RAW, 0));
	REFUSED(socketpair(AF_INET, SOCK_STREAM, 0, pair));
	for (type = 0; type < 16; type++)
		if (type != SOCK_STREAM) {
			REFUSED(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
			REFUSED(
			    socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, pair));
		}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bad += fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(fd, 1) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0;
	/* What is sent to the peer names nobody. */
	bad += send(pair[0], "x", 1, 0) != 1;
	REFUSED(connect(fd, (struct sockaddr *)&at, sizeof(at)));
	REFUSED(sendto(pair[0], "x", 1, 0, (struct sockaddr *)&at, sizeof(at)));
	REFUSED(open("new", O_WRONLY | O_CREAT, 0600));
	REFUSED(syscall(SYS_open, "new", O_WRONLY | O_CREAT, 0600));
	REFUSED(open(".", O_WRONLY | O_TMPFILE, 0600));
	REFUSED(creat("new", 0600));
	REFUSED(syscall(SYS_openat2, AT_FDCWD, "sock", NULL, 0L));
	REFUSED(mkdir("new", 0700));
	REFUSED(mkfifo("new", 0700));
	REFUSED(symlink("sock", "new"));
	REFUSED(link("sock", "new"));
	REFUSED(rename("sock", "new"));
	REFUSED(renameat2(AT_FDCWD, "sock", AT_FDCWD, "new", 0));
	REFUSED(syscall(SYS_execveat, AT_FDCWD, "", NULL, NULL, 0));
#undef REFUSED
	/* Directories and what is there are opened as ever. */
	bad += open(".", O_RDONLY | O_DIRECTORY) < 0;
	bad += open("/dev/null", O_RDWR) < 0;
	return bad;
}

static void
test_host_net(void **state)
{
	char dir[] = "/tmp/bgconfine.XXXXXX", sock[64];

	(void)state;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		skip();
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(in_child(probe_host_net), 0);
	snprintf(sock, sizeof(sock), "%s/sock", dir);
	assert_int_equal(unlink(sock), 0);
	/* Nothing else is there. */
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
test_denied(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(probe_denied), 0);
}

static void
test_allowed(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(probe_allowed), 0);
}

static void
test_caps(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(in_child(probe_caps), 0);
	/* Ten, and which: a new one has to be written down here too. */
	assert_int_equal(__builtin_popcountll(confine_caps_kept()), 10);
	assert_int_equal(confine_caps_kept(), 0x82011eb);
}

static void
test_parser(void **state)
{
	int status;

	(void)state;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		skip();
	status = in_child(probe_parser);
#ifdef __SANITIZE_ADDRESS__
	/* It lives on, and is refused. */
	assert_int_equal(WEXITSTATUS(status), 255);
	assert_int_equal(WEXITSTATUS(in_child(probe_parser_socket)), 255);
#else
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
	status = in_child(probe_parser_socket);
	assert_true(WIFSIGNALED(status));
#endif
	assert_int_equal(in_child(probe_parser_works), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_parser),
		cmocka_unit_test(test_host_net),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
