/* SPDX-License-Identifier: ISC */
/*
 * The child's side: async-signal-safe calls only, and the bare system calls
 * where glibc's wrapper would speak to the threads that the parent has.
 */
#include "jail_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define JAIL_NOFILE 512
#define JAIL_NPROC 256

/* Waits until the parent has written down that we exist. */
static int
jail__wait(const struct jail_plan *plan)
{
	char go;
	ssize_t n;

	do {
		n = read(plan->sock, &go, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(0);
	return 0;
}

/* As a program expects them: nothing blocked, nothing ignored. */
int
jail__default_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < SIGRTMIN; i++)
		if (i != SIGKILL && i != SIGSTOP)
			signal(i, SIG_DFL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
jail__signals(const struct jail_plan *plan)
{
	(void)plan;
	if (setsid() < 0 || sethostname("vm", 2) < 0)
		return -1;
	return jail__default_signals();
}

static int
jail__private(const struct jail_plan *plan)
{
	(void)plan;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static int
jail__attach(const struct jail_plan *plan)
{
	if (move_mount(plan->root, "", AT_FDCWD, plan->spec->mount_point,
		MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	return chdir(plan->spec->mount_point);
}

static int
jail__files(const struct jail_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_mounts; i++)
		if (move_mount(plan->mounts[i].fd, "", AT_FDCWD,
			plan->mounts[i].target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return -1;
	return 0;
}

/* pivot_root(2), the way that needs no directory for the old root. */
static int
jail__pivot(const struct jail_plan *plan)
{
	(void)plan;
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return -1;
	if (umount2(".", MNT_DETACH) < 0)
		return -1;
	return chdir("/");
}

static int
jail__limits(const struct jail_plan *plan)
{
	const struct rlimit nofile = { JAIL_NOFILE, JAIL_NOFILE };
	const struct rlimit nproc = { JAIL_NPROC, JAIL_NPROC };
	const struct rlimit core = { 0, 0 };

	umask(plan->spec->umask);
	if (setrlimit(RLIMIT_NOFILE, &nofile) < 0 ||
	    setrlimit(RLIMIT_NPROC, &nproc) < 0)
		return -1;
	return setrlimit(RLIMIT_CORE, &core);
}

/* Empties the bounding and the ambient set; EINVAL ends the walk. */
int
jail__drop_caps(void)
{
	unsigned long cap;

	for (cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			break;
	if (cap < 64 && errno != EINVAL)
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int
jail__caps(const struct jail_plan *plan)
{
	(void)plan;
	return jail__drop_caps();
}

int
jail__become(uid_t u)
{
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_setgroups, 0, NULL) < 0 ||
	    syscall(SYS_setresgid, u, u, u) < 0 ||
	    syscall(SYS_setresuid, u, u, u) < 0)
		return -1;
	memset(&head, 0, sizeof(head));
	memset(none, 0, sizeof(none));
	head.version = _LINUX_CAPABILITY_VERSION_3;
	return (int)syscall(SYS_capset, &head, none);
}

static int
jail__uid(const struct jail_plan *plan)
{
	return jail__become(plan->spec->uid);
}

/* Believes none of the above: root must be out of reach. */
int
jail__verify_user(uid_t want)
{
	uid_t ru, eu, su, rg, eg, sg;

	if (getresuid(&ru, &eu, &su) < 0 || getresgid(&rg, &eg, &sg) < 0)
		return -1;
	errno = EPERM;
	if (want == 0 || ru != want || eu != want || su != want || rg != want ||
	    eg != want || sg != want || getgroups(0, NULL) != 0)
		return -1;
	if (syscall(SYS_setresuid, 0, 0, 0) == 0 ||
	    prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) != 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

static int
jail__verify(const struct jail_plan *plan)
{
	return jail__verify_user(plan->spec->uid);
}

/* no_new_privs stands already. */
static int
jail__filter(const struct jail_plan *plan)
{
	if (plan->spec->filter == NULL)
		return 0;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, plan->spec->filter, 0,
	    0);
}

/* Puts the descriptors in place; of all others the report's is left. */
static int
jail__fds(const struct jail_plan *plan)
{
	size_t i, n = plan->spec->n_fds;
	int last = JAIL_FIRST_FD + (int)n;

	if (dup2(plan->null, 0) < 0 || dup2(plan->output, 1) < 0 ||
	    dup2(plan->errors, 2) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (dup2(plan->fds[i], JAIL_FIRST_FD + (int)i) < 0)
			return -1;
	if (dup3(plan->sock, last, O_CLOEXEC) < 0)
		return -1;
	return (int)syscall(SYS_close_range, last + 1, ~0U, 0);
}

static int
jail__exec(const struct jail_plan *plan)
{
	char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C";
	char home[] = "HOME=/";
	char *env[] = { path, locale, home, NULL };

	return execve(plan->spec->program, plan->spec->argv, env);
}

static int (*const jail__steps[JAIL_STEP_MAX])(const struct jail_plan *) = {
	[JAIL_WAIT] = jail__wait,
	[JAIL_SIGNALS] = jail__signals,
	[JAIL_PRIVATE] = jail__private,
	[JAIL_ATTACH] = jail__attach,
	[JAIL_FILES] = jail__files,
	[JAIL_PIVOT] = jail__pivot,
	[JAIL_LIMITS] = jail__limits,
	[JAIL_CAPS] = jail__caps,
	[JAIL_UID] = jail__uid,
	[JAIL_VERIFY] = jail__verify,
	[JAIL_FILTER] = jail__filter,
	[JAIL_FDS] = jail__fds,
	[JAIL_EXEC] = jail__exec,
};

void
jail__child(const struct jail_plan *plan)
{
	struct jail_report rep;
	int i, sock = plan->sock;

	for (i = 0; i < JAIL_STEP_MAX; i++) {
		if (i == JAIL_EXEC)
			sock = JAIL_FIRST_FD + (int)plan->spec->n_fds;
		if (jail__steps[i](plan) < 0)
			break;
	}
	rep.step = i;
	rep.errnum = errno;
	(void)send(sock, &rep, sizeof(rep), MSG_NOSIGNAL);
	_exit(127);
}
