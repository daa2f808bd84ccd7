/* SPDX-License-Identifier: ISC */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CGROUP_SLICE "banger.slice"
#define CGROUP_PERIOD_US 100000U

/* The unified hierarchy alone, or beside v1 as systemd mounts it. */
static const char *const cgroup__mounts[] = { "/sys/fs/cgroup",
	"/sys/fs/cgroup/unified" };

static const char *const cgroup__kinds[] = {
	[CGROUP_NONE] = "none",
	[CGROUP_V1] = "v1",
	[CGROUP_V2] = "v2",
};

/* By the bits of the set. */
static const char *const cgroup__sets[] = { "none", "memory", "pids",
	"memory pids", "cpu", "memory cpu", "pids cpu", "memory pids cpu" };

enum cgroup_kind
cgroup_probe(const char **ret_mount)
{
	struct statfs fs;
	size_t i;

	*ret_mount = NULL;
	for (i = 0; i < ARRAY_LEN(cgroup__mounts); i++) {
		if (statfs(cgroup__mounts[i], &fs) < 0 ||
		    fs.f_type != CGROUP2_SUPER_MAGIC)
			continue;
		*ret_mount = cgroup__mounts[i];
		return CGROUP_V2;
	}
	/* Each v1 controller is a mount of its own in a tmpfs. */
	if (statfs(cgroup__mounts[0], &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		return CGROUP_V1;
	return CGROUP_NONE;
}

const char *
cgroup_kind_name(enum cgroup_kind kind)
{
	return cgroup__kinds[kind];
}

const char *
cgroup_limits_name(unsigned set)
{
	return cgroup__sets[set % ARRAY_LEN(cgroup__sets)];
}

/* Writes a file of the group: 0, 1 when it is not there, -1 and errno. */
static int
cgroup__write(int dir, const char *name, const char *text)
{
	_cleanup_close_ int fd = -1;
	size_t len = strlen(text);

	fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 1 : -1;
	return write(fd, text, len) == (ssize_t)len ? 0 : -1;
}

/*
 * Hands a group's controllers down; those it does not have are left out.  Not
 * the root's, which are the host's to give.
 */
static void
cgroup__hand_down(int dir)
{
	static const char *const on[] = { "+memory", "+pids", "+cpu" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(on); i++)
		(void)cgroup__write(dir, "cgroup.subtree_control", on[i]);
}

/* Opens a group beneath another, made when missing. */
static int
cgroup__sub(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return -1;
	return openat(parent, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
cgroup_set(int dir, const struct cgroup_limits *limits, unsigned *ret_set,
    struct error *err)
{
	const struct {
		const char *file;
		unsigned bit;
	} rows[] = {
		{ "memory.max", CGROUP_MEMORY },
		{ "pids.max", CGROUP_PIDS },
		{ "cpu.max", CGROUP_CPU },
	};
	char text[ARRAY_LEN(rows)][48];
	unsigned set = 0;
	size_t i;
	int r;

	snprintf(text[0], sizeof(text[0]), "%llu",
	    (unsigned long long)limits->memory_mib << 20);
	snprintf(text[1], sizeof(text[1]), "%u", limits->pids);
	snprintf(text[2], sizeof(text[2]), "%llu %u",
	    (unsigned long long)limits->cpus * CGROUP_PERIOD_US,
	    CGROUP_PERIOD_US);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		r = cgroup__write(dir, rows[i].file, text[i]);
		if (r < 0)
			return error_errno(err, errno, "setting %s to %s",
			    rows[i].file, text[i]);
		if (r == 0)
			set |= rows[i].bit;
	}
	*ret_set = set;
	return 0;
}

int
cgroup_enter(const char *mount, const char *bridge, const char *vm_id,
    pid_t pid, const struct cgroup_limits *limits, unsigned *ret_set,
    struct error *err)
{
	_cleanup_close_ int root = -1, slice = -1, all = -1, own = -1;
	char text[16];
	int r;

	root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		slice = cgroup__sub(root, CGROUP_SLICE);
	if (slice >= 0) {
		cgroup__hand_down(slice);
		all = cgroup__sub(slice, bridge);
	}
	if (all >= 0) {
		cgroup__hand_down(all);
		own = cgroup__sub(all, vm_id);
	}
	if (own < 0)
		return error_errno(err, errno, "making the VM's cgroup");
	r = cgroup_set(own, limits, ret_set, err);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%d", (int)pid);
	if (cgroup__write(own, "cgroup.procs", text) != 0)
		return error_errno(err, errno, "entering the VM's cgroup");
	return 0;
}

void
cgroup_leave(const char *mount, const char *bridge, const char *vm_id)
{
	_cleanup_close_ int root = -1, slice = -1, all = -1;

	root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return;
	slice = openat(root, CGROUP_SLICE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (slice < 0)
		return;
	all = openat(slice, bridge, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (all < 0)
		return;
	(void)unlinkat(all, vm_id, AT_REMOVEDIR);
	/* With the last VM the levels above go, unless others use them. */
	(void)unlinkat(slice, bridge, AT_REMOVEDIR);
	(void)unlinkat(root, CGROUP_SLICE, AT_REMOVEDIR);
}
