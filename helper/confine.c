/* SPDX-License-Identifier: ISC */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

DEFINE_FREEP(scmp_filter_ctx, seccomp_release);

/* Of socket(2)'s type; the rest are flags (SOCK_TYPE_MASK of the kernel). */
#define CONFINE_SOCK_TYPES 0xf

/* By name, so that one that this machine does not have is passed over. */
static const char *const confine__denied[] = {
	"acct",
	"add_key",
	"adjtimex",
	"bpf",
	"chroot",
	"clock_adjtime",
	"clock_settime",
	"create_module",
	"delete_module",
	"fanotify_init",
	"finit_module",
	"get_kernel_syms",
	"init_module",
	"io_uring_enter",
	"io_uring_register",
	"io_uring_setup",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mbind",
	"migrate_pages",
	"modify_ldt",
	"move_pages",
	"name_to_handle_at",
	"nfsservctl",
	"open_by_handle_at",
	"perf_event_open",
	"personality",
	"pidfd_getfd",
	"process_madvise",
	"process_vm_readv",
	"process_vm_writev",
	"quotactl",
	"quotactl_fd",
	"reboot",
	"request_key",
	"setdomainname",
	"setns",
	"settimeofday",
	"stime",
	"swapoff",
	"swapon",
	"sysfs",
	"syslog",
	"umount",
	"unshare",
	"uselib",
	"userfaultfd",
	"ustat",
	"vhangup",
/* A leak checker stops the threads of its own process by it. */
#ifndef __SANITIZE_ADDRESS__
	"ptrace",
#endif
};

/*
 * What a VMM in the host's network namespace does without: reaching out, to the
 * host's abstract Unix sockets above all, and names in its one writable
 * directory that lead elsewhere or fill the host's memory.
 */
static const char *const confine__host_net[] = {
	"connect",
	"creat",
	"execveat",
	"link",
	"linkat",
	"mkdir",
	"mkdirat",
	"mknod",
	"mknodat",
	"openat2", /* whose flags a filter cannot look at */
	"rename",
	"renameat",
	"renameat2",
	"symlink",
	"symlinkat",
};

/* What remains to a parser: memory, its descriptors, its end. */
static const char *const confine__parser[] = {
	"brk",
	"clock_gettime",
	"close",
	"exit",
	"exit_group",
	"fallocate",
	"fcntl",
	"fdatasync",
	"fstat",
	"fsync",
	"ftruncate",
	"futex",
	"getpid",
	"getrandom",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"gettimeofday",
	"lseek",
	"madvise",
	"mmap",
	"mprotect",
	"mremap",
	"munmap",
	"pread64",
	"pwrite64",
	"read",
	"rt_sigprocmask",
	"rt_sigreturn",
	"time",
	"write",
	"writev",
#ifdef __SANITIZE_ADDRESS__
	"getrlimit",
	"gettid",
	"prlimit64",
	"readlink",
	"rt_sigaction",
	"sched_yield",
	"sigaltstack",
#endif
};

/* Puts the named calls under an action; unknown ones do not exist here. */
static int
confine__rules(scmp_filter_ctx ctx, uint32_t action, const char *const *names,
    size_t n)
{
	int nr, r = 0;
	size_t i;

	for (i = 0; r == 0 && i < n; i++) {
		nr = seccomp_syscall_resolve_name(names[i]);
		if (nr != __NR_SCMP_ERROR && nr >= 0)
			r = seccomp_rule_add(ctx, action, nr, 0);
	}
	return r;
}

/*
 * Calls that depend on what they are asked for: sockets of two families, no
 * user namespace, no typing into a terminal.  clone3() cannot be looked into,
 * so it is said not to exist, and whoever wants a thread uses clone().
 */
static int
confine__arguments(scmp_filter_ctx ctx)
{
	const uint32_t family = SCMP_ACT_ERRNO(EAFNOSUPPORT);
	const uint32_t eperm = SCMP_ACT_ERRNO(EPERM);
	int r, i;

	r = seccomp_rule_add(ctx, family, SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_GT, AF_NETLINK));
	for (i = 0; r == 0 && i < AF_NETLINK; i++)
		if (i != AF_UNIX)
			r = seccomp_rule_add(ctx, family, SCMP_SYS(socket), 1,
			    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)i));
	if (r == 0)
		r = seccomp_rule_add(ctx, eperm, SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
		    SCMP_SYS(clone3), 0);
	if (r == 0)
		r = seccomp_rule_add(ctx, eperm, SCMP_SYS(ioctl), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCSTI));
	return r;
}

int
confine_apply(struct error *err)
{
	_cleanup_(seccomp_releasep) scmp_filter_ctx ctx = NULL;
	int r = confine_drop_caps(err);

	if (r < 0)
		return r;
	ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (ctx == NULL)
		return error_set(err, -ENOMEM, "seccomp: no filter");
	r = confine__rules(ctx, SCMP_ACT_ERRNO(EPERM), confine__denied,
	    ARRAY_LEN(confine__denied));
	if (r == 0)
		r = confine__arguments(ctx);
	if (r == 0)
		r = seccomp_load(ctx);
	if (r < 0)
		return error_errno(err, -r, "seccomp");
	return 0;
}

/*
 * A parser sees no file system: libext2fs asks whether its file is mounted, or
 * swap, and is told that there is nothing to ask.
 */
static int
confine__no_names(scmp_filter_ctx ctx)
{
	const uint32_t none = SCMP_ACT_ERRNO(ENOENT);
	int r;

	r = seccomp_rule_add(ctx, none, SCMP_SYS(openat), 0);
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY),
		    SCMP_SYS(ioctl), 0);
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
		    SCMP_A0(SCMP_CMP_EQ, PR_GET_DUMPABLE));
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat),
		    1, SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH));
	if (r == 0)
		r = seccomp_rule_add(ctx, none, SCMP_SYS(newfstatat), 1,
		    SCMP_A3(SCMP_CMP_NE, AT_EMPTY_PATH));
	return r;
}

/* A sanitizer makes more calls of its own; they are refused, and it lives. */
#ifdef __SANITIZE_ADDRESS__
#define CONFINE_OTHERS SCMP_ACT_ERRNO(ENOSYS)
#else
#define CONFINE_OTHERS SCMP_ACT_KILL_PROCESS
#endif

int
confine_parser(struct error *err)
{
	_cleanup_(seccomp_releasep) scmp_filter_ctx ctx = NULL;
	int r;

	ctx = seccomp_init(CONFINE_OTHERS);
	if (ctx == NULL)
		return error_set(err, -ENOMEM, "seccomp: no filter");
	r = confine__rules(ctx, SCMP_ACT_ALLOW, confine__parser,
	    ARRAY_LEN(confine__parser));
	if (r == 0)
		r = confine__no_names(ctx);
	if (r == 0)
		r = seccomp_load(ctx);
	if (r < 0)
		return error_errno(err, -r, "seccomp");
	return 0;
}

/*
 * Sockets are Unix streams, which send to nobody but their peer; what is
 * opened is there already.
 */
static int
confine__streams(scmp_filter_ctx ctx)
{
	static const int calls[] = { SCMP_SYS(socket), SCMP_SYS(socketpair) };
	static const scmp_datum_t making[] = { O_CREAT,
		O_TMPFILE & ~O_DIRECTORY };
	const uint32_t eperm = SCMP_ACT_ERRNO(EPERM);
	int type, r;
	size_t i;

	r = seccomp_rule_add(ctx, eperm, SCMP_SYS(sendto), 1,
	    SCMP_A4(SCMP_CMP_NE, 0));
	for (i = 0; r == 0 && i < ARRAY_LEN(calls); i++) {
		r = seccomp_rule_add(ctx, eperm, calls[i], 1,
		    SCMP_A0(SCMP_CMP_NE, AF_UNIX));
		for (type = 0; r == 0 && type <= CONFINE_SOCK_TYPES; type++)
			if (type != SOCK_STREAM)
				r = seccomp_rule_add(ctx, eperm, calls[i], 1,
				    SCMP_A1(SCMP_CMP_MASKED_EQ,
					CONFINE_SOCK_TYPES,
					(scmp_datum_t)type));
	}
	for (i = 0; r == 0 && i < ARRAY_LEN(making); i++) {
		r = seccomp_rule_add(ctx, eperm, SCMP_SYS(open), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, making[i], making[i]));
		if (r == 0)
			r = seccomp_rule_add(ctx, eperm, SCMP_SYS(openat), 1,
			    SCMP_A2(SCMP_CMP_MASKED_EQ, making[i], making[i]));
	}
	return r;
}

/* As instructions: the library can only write them to a file. */
static int
confine__export(scmp_filter_ctx ctx, struct sock_fprog *ret, struct error *err)
{
	_cleanup_close_ int fd = memfd_create("filter", MFD_CLOEXEC);
	_cleanup_free_ struct sock_filter *code = NULL;
	struct stat st;
	int r;

	if (fd < 0)
		return error_errno(err, errno, "memfd_create");
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		return error_errno(err, -r, "seccomp");
	if (fstat(fd, &st) < 0 || st.st_size <= 0 ||
	    (size_t)st.st_size / sizeof(*code) > BPF_MAXINSNS)
		return error_set(err, -EPROTO, "seccomp: no filter came out");
	code = xmalloc((size_t)st.st_size);
	if (pread(fd, code, (size_t)st.st_size, 0) != (ssize_t)st.st_size)
		return error_set(err, -EIO, "seccomp: half a filter came out");
	ret->len = (unsigned short)((size_t)st.st_size / sizeof(*code));
	ret->filter = steal(&code);
	return 0;
}

int
confine_host_net(struct sock_fprog *ret, struct error *err)
{
	_cleanup_(seccomp_releasep) scmp_filter_ctx ctx = NULL;
	int r;

	ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (ctx == NULL)
		return error_set(err, -ENOMEM, "seccomp: no filter");
	r = confine__rules(ctx, SCMP_ACT_ERRNO(EPERM), confine__host_net,
	    ARRAY_LEN(confine__host_net));
	if (r == 0)
		r = confine__streams(ctx);
	if (r < 0)
		return error_errno(err, -r, "seccomp");
	return confine__export(ctx, ret, err);
}

void
confine_filter_done(struct sock_fprog *filter)
{
	free(filter->filter);
	memset(filter, 0, sizeof(*filter));
}
