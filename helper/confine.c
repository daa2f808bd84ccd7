/* SPDX-License-Identifier: ISC */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

DEFINE_FREEP(scmp_filter_ctx, seccomp_release);

/* Each with what needs it; the unit's CapabilityBoundingSet= says the same. */
static const unsigned confine__caps[] = {
	CAP_NET_ADMIN,    /* bridge, taps, nftables */
	CAP_SYS_ADMIN,    /* the jail's namespaces, mounts and host name */
	CAP_MKNOD,        /* the jail's /dev */
	CAP_SETUID,       /* the VM's user */
	CAP_SETGID,       /* the same */
	CAP_SETPCAP,      /* emptying the bounding set */
	CAP_CHOWN,        /* disks and sockets are handed over */
	CAP_FOWNER,       /* modes of what is handed over */
	CAP_DAC_OVERRIDE, /* bangerd's directories */
	CAP_KILL,         /* ending a VMM */
};

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

uint64_t
confine_caps_kept(void)
{
	uint64_t set = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(confine__caps); i++)
		set |= UINT64_C(1) << confine__caps[i];
	return set;
}

/* The bounding set first: that takes CAP_SETPCAP, which is kept. */
static int
confine__drop_caps(struct error *err)
{
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const uint64_t keep = confine_caps_kept();
	unsigned long cap;
	size_t i;

	for (cap = 0; cap < 64; cap++)
		if ((keep >> cap & 1) == 0 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			break;
	if (cap < 64 && errno != EINVAL) /* beyond the kernel's last */
		return error_errno(err, errno, "dropping capability %lu", cap);
	memset(&head, 0, sizeof(head));
	head.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capget, &head, data) < 0)
		return error_errno(err, errno, "reading the capabilities");
	for (i = 0; i < ARRAY_LEN(data); i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return error_errno(err, errno, "dropping capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, errno, "no_new_privs");
	return 0;
}

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
	int r = confine__drop_caps(err);

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
