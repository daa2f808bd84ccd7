/* SPDX-License-Identifier: ISC */
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"

#include "jail_int.h"

#define JAIL_RELEASE_MS 5000

/* The steps' names in errors: the call that can fail. */
static const char *const jail__step_names[] = {
	[JAIL_WAIT] = "wait",
	[JAIL_SIGNALS] = "setsid",
	[JAIL_PRIVATE] = "private mounts",
	[JAIL_ATTACH] = "mounting the root",
	[JAIL_FILES] = "mounting the files",
	[JAIL_PIVOT] = "pivot_root",
	[JAIL_LIMITS] = "setrlimit",
	[JAIL_CAPS] = "dropping capabilities",
	[JAIL_UID] = "setresuid",
	[JAIL_VERIFY] = "verifying the user",
	[JAIL_FILTER] = "the system call filter",
	[JAIL_FDS] = "placing descriptors",
	[JAIL_EXEC] = "exec",
};
_Static_assert(ARRAY_LEN(jail__step_names) == JAIL_STEP_MAX, "a name a step");

static void
jail__plan_done(struct jail_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n_mounts; i++)
		close(plan->mounts[i].fd);
	for (i = 0; i < JAIL_FDS_MAX; i++)
		cleanup_closep(&plan->fds[i]);
	cleanup_closep(&plan->root);
	cleanup_closep(&plan->null);
	cleanup_closep(&plan->output);
	cleanup_closep(&plan->errors);
	cleanup_closep(&plan->sock);
}

/* A detached copy of what fd (or path, with AT_FDCWD) is, with those flags. */
static int
jail__clone_mount(struct jail_plan *plan, int fd, const char *path,
    unsigned flags, uint64_t attrs, const char *target, struct error *err)
{
	_cleanup_close_ int tree = -1;
	struct mount_attr attr;

	tree = open_tree(fd, path,
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags);
	if (tree < 0)
		return error_errno(err, errno, "open_tree for %s", target);
	memset(&attr, 0, sizeof(attr));
	attr.attr_set = attrs | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	attr.propagation = MS_PRIVATE;
	if (mount_setattr(tree, "", AT_EMPTY_PATH | flags, &attr,
		sizeof(attr)) < 0)
		return error_errno(err, errno, "mount_setattr of %s", target);
	plan->mounts[plan->n_mounts].fd = steal_fd(&tree);
	plan->mounts[plan->n_mounts].target = target;
	plan->n_mounts++;
	return 0;
}

/* A device node, for everybody or for the jail's user alone. */
static int
jail__node(int root, const char *name, unsigned major, unsigned minor,
    uid_t owner, mode_t mode)
{
	if (mknodat(root, name, S_IFCHR | 0600, makedev(major, minor)) < 0)
		return -1;
	if (fchownat(root, name, owner, (gid_t)owner, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return fchmodat(root, name, mode, 0);
}

static int
jail__dir(int root, const char *name)
{
	if (mkdirat(root, name, 0755) < 0)
		return -1;
	return fchmodat(root, name, 0755, 0);
}

/* Numbers as in the kernel's admin-guide/devices.txt. */
static int
jail__devices(const struct jail_spec *spec, int root)
{
	if (jail__dir(root, "dev") < 0 ||
	    jail__node(root, "dev/null", 1, 3, 0, 0666) < 0 ||
	    jail__node(root, "dev/zero", 1, 5, 0, 0666) < 0 ||
	    jail__node(root, "dev/urandom", 1, 9, 0, 0666) < 0)
		return -1;
	if (spec->kvm &&
	    jail__node(root, "dev/kvm", 10, 232, spec->uid, 0600) < 0)
		return -1;
	if (spec->tun &&
	    (jail__dir(root, "dev/net") < 0 ||
		jail__node(root, "dev/net/tun", 10, 200, spec->uid, 0600) < 0))
		return -1;
	return 0;
}

/* Where a file of the spec is going to be mounted. */
static int
jail__mount_point(const struct jail_file *f, int root)
{
	int fd;

	if (f->directory)
		return jail__dir(root, f->name);
	fd = openat(root, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/* What stands in the new root: directories, links, devices, mount points. */
static int
jail__populate(const struct jail_spec *spec, int root)
{
	static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
	char target[16];
	size_t i;

	if (jail__dir(root, "usr") < 0)
		return -1;
	for (i = 0; i < ARRAY_LEN(links); i++) {
		snprintf(target, sizeof(target), "usr/%s", links[i]);
		if (symlinkat(target, root, links[i]) < 0)
			return -1;
	}
	if (jail__devices(spec, root) < 0)
		return -1;
	for (i = 0; i < spec->n_files; i++)
		if (jail__mount_point(&spec->files[i], root) < 0)
			return -1;
	return 0;
}

/* The root: a small tmpfs that is attached nowhere and read-only when full. */
static int
jail__make_root(struct jail_plan *plan, struct error *err)
{
	_cleanup_close_ int fs = -1;
	struct mount_attr attr;

	fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return error_errno(err, errno, "fsopen");
	if (fsconfig(fs, FSCONFIG_SET_STRING, "size", "64k", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_errno(err, errno, "fsconfig");
	plan->root = fsmount(fs, FSMOUNT_CLOEXEC,
	    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (plan->root < 0)
		return error_errno(err, errno, "fsmount");
	if (jail__populate(plan->spec, plan->root) < 0)
		return error_errno(err, errno, "filling the root");
	memset(&attr, 0, sizeof(attr));
	attr.attr_set = MOUNT_ATTR_RDONLY;
	if (mount_setattr(plan->root, "", AT_EMPTY_PATH, &attr, sizeof(attr)) <
	    0)
		return error_errno(err, errno, "closing the root");
	return 0;
}

static int
jail__make_mounts(struct jail_plan *plan, struct error *err)
{
	const struct jail_file *f;
	size_t i;
	int r;

	r = jail__clone_mount(plan, AT_FDCWD, "/usr", AT_RECURSIVE,
	    MOUNT_ATTR_RDONLY, "usr", err);
	for (i = 0; r == 0 && i < plan->spec->n_files; i++) {
		f = &plan->spec->files[i];
		r = jail__clone_mount(plan, f->fd, "", 0,
		    MOUNT_ATTR_NOEXEC | (f->writable ? 0 : MOUNT_ATTR_RDONLY),
		    f->name, err);
	}
	return r;
}

/* Copies all descriptors out of the way of their targets. */
static int
jail__lift_fds(struct jail_plan *plan, int sock, struct error *err)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t i;
	bool ok;

	plan->null = fcntl(null, F_DUPFD_CLOEXEC, JAIL_HIGH_FD);
	plan->output = fcntl(plan->spec->output, F_DUPFD_CLOEXEC, JAIL_HIGH_FD);
	plan->errors = fcntl(plan->spec->errors, F_DUPFD_CLOEXEC, JAIL_HIGH_FD);
	plan->sock = fcntl(sock, F_DUPFD_CLOEXEC, JAIL_HIGH_FD);
	ok = plan->null >= 0 && plan->output >= 0 && plan->errors >= 0 &&
	    plan->sock >= 0;
	for (i = 0; ok && i < plan->spec->n_fds; i++) {
		plan->fds[i] = fcntl(plan->spec->fds[i], F_DUPFD_CLOEXEC,
		    JAIL_HIGH_FD);
		ok = plan->fds[i] >= 0;
	}
	return ok ? 0 : error_errno(err, errno, "copying descriptors");
}

int
jail_start(const struct jail_spec *spec, struct jail_child *ret,
    struct error *err)
{
	_cleanup_(jail__plan_done) struct jail_plan plan;
	_cleanup_close_ int ours = -1, theirs = -1;
	const unsigned long flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
	    CLONE_NEWPID | CLONE_PIDFD | SIGCHLD |
	    (spec->host_net ? 0 : CLONE_NEWNET);
	int pair[2], pidfd = -1, r;
	long pid;

	memset(&plan, 0, sizeof(plan));
	memset(plan.fds, -1, sizeof(plan.fds));
	plan.spec = spec;
	plan.root = plan.null = plan.output = plan.errors = plan.sock = -1;
	if (spec->uid == 0 || spec->n_files > JAIL_FILES_MAX ||
	    spec->n_fds > JAIL_FDS_MAX ||
	    (spec->host_net && spec->filter == NULL))
		return error_set(err, -EINVAL, "a jail that is none");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, errno, "socketpair");
	ours = pair[0];
	theirs = pair[1];
	r = jail__make_root(&plan, err);
	if (r == 0)
		r = jail__make_mounts(&plan, err);
	if (r == 0)
		r = jail__lift_fds(&plan, theirs, err);
	if (r < 0)
		return r;
	/* Not clone3(): a filter cannot look into it, so ours denies it. */
	pid = syscall(SYS_clone, flags, NULL, &pidfd, NULL, NULL);
	if (pid < 0)
		return error_errno(err, errno, "clone");
	if (pid == 0) {
		/* Our own copy of the parent's end would hide its death. */
		close(ours);
		close(theirs);
		jail__child(&plan);
	}
	ret->pid = (pid_t)pid;
	ret->pidfd = pidfd;
	ret->sock = steal_fd(&ours);
	return 0;
}

int
jail_release(struct jail_child *child, struct error *err)
{
	_cleanup_close_ int sock = steal_fd(&child->sock);
	struct pollfd p = { sock, POLLIN, 0 };
	struct jail_report rep;
	ssize_t n;
	int r;

	if (send(sock, "g", 1, MSG_NOSIGNAL) != 1)
		return error_errno(err, errno, "telling the child to go on");
	do {
		r = poll(&p, 1, JAIL_RELEASE_MS);
	} while (r < 0 && errno == EINTR);
	if (r == 0)
		return error_set(err, -ETIMEDOUT, "exec: no sign of it");
	n = recv(sock, &rep, sizeof(rep), 0);
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(rep) || rep.step < 0 ||
	    rep.step >= JAIL_STEP_MAX)
		return error_set(err, -EPROTO, "a child that makes no sense");
	return error_errno(err, rep.errnum, "%s", jail__step_names[rep.step]);
}
