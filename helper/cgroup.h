/* SPDX-License-Identifier: ISC */
/*
 * A control group for each VM: banger.slice/BRIDGE/VM_ID in the unified
 * hierarchy (cgroups(7)), which counts what the VMM uses and bounds it where
 * the kernel gives controllers.  Only v2 is used; on a host that has v1, or v2
 * without controllers, VMs run unbounded by it, and host.info and each
 * vmm.launch say so.
 */
#ifndef HELPER_CGROUP_H
#define HELPER_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

enum cgroup_kind { CGROUP_NONE, CGROUP_V1, CGROUP_V2 };

/* What limits were set: these bits. */
#define CGROUP_MEMORY 1U
#define CGROUP_PIDS 2U
#define CGROUP_CPU 4U

/* Of one VM. */
struct cgroup_limits {
	unsigned memory_mib; /* guest and VMM together */
	unsigned pids;
	unsigned cpus; /* whole processors' time */
};

/* Which there is; *ret_mount where v2 is (static), or NULL. */
enum cgroup_kind cgroup_probe(const char **ret_mount);
/* "v2", "v1", "none". */
const char *cgroup_kind_name(enum cgroup_kind kind);
/* "memory pids cpu", those of the set alone; "none" when empty. */
const char *cgroup_limits_name(unsigned set);

/*
 * Makes the VM's group beneath mount, sets those limits that its controllers
 * take, and puts the process into it.  *ret_set says which.  A controller that
 * is there and takes no limit is a failure; none is not.
 */
int cgroup_enter(const char *mount, const char *bridge, const char *vm_id,
    pid_t pid, const struct cgroup_limits *limits, unsigned *ret_set,
    struct error *err);
/* Sets the limits in an open group: those whose files are there. */
int cgroup_set(int dir, const struct cgroup_limits *limits, unsigned *ret_set,
    struct error *err);
/* Takes the group away; gone is fine, and so is one that is not empty yet. */
void cgroup_leave(const char *mount, const char *bridge, const char *vm_id);

#endif
