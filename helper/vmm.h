/* SPDX-License-Identifier: ISC */
/*
 * The VMMs that this helper started, and those that an earlier life of it
 * did.  A signal only ever goes to a process of this table, through a pidfd
 * whose process was proved to be the one that was started.  Ends are noticed
 * through the loop; how a VMM ended is known when it was our child.
 *
 * The table owns its entries; they are borrowed until vmm_forget().  One
 * thread, that of the loop.
 */
#ifndef HELPER_VMM_H
#define HELPER_VMM_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/loop.h"

#include "check.h"
#include "config.h"
#include "host.h"
#include "state.h"

struct vmm_table;

struct vmm {
	char vm_id[CHECK_ID_MAX + 1];
	struct state state;
	/* The rest is internal. */
	struct vmm_table *table;
	int pidfd;
	struct loop_source *source;
	struct vmm__waiter *waiters;
};

struct vmm_launched {
	pid_t pid;
	unsigned limits; /* set in its cgroup, a set of cgroup.h */
	bool work;       /* it was given a work disk */
	/* All owned. */
	char *api_socket, *agent_socket;
	char *console_socket; /* NULL: nobody can attach to it */
	char *console_log, *log_path;
};

/* Makes the table and takes up what the run directory tells of. */
int vmm_table_new(const struct config *cfg, const struct host *host,
    struct loop *loop, struct vmm_table **ret, struct error *err);
/* VMs stay; those who wait are told that they are still there. */
struct vmm_table *vmm_table_free(struct vmm_table *t);
/* NULL when the table has no such VM. */
struct vmm *vmm_find(const struct vmm_table *t, const char *vm_id);
/* All VMs, *pos starting at 0; NULL at the end. */
struct vmm *vmm_next(const struct vmm_table *t, size_t *pos);

/* Starts the VM's VMM; err says which step failed, and names its log. */
int vmm_launch(struct vmm_table *t, const struct check_params *p,
    struct vmm_launched *ret, struct error *err);
void vmm_launched_done(struct vmm_launched *l);

/* Sends SIGKILL to a running VMM. */
int vmm_kill(struct vmm *v, struct error *err);
/*
 * Calls fn once: gone true when the VMM has ended, false when that did not
 * come to pass within the time or the table is freed.
 */
int vmm_wait(struct vmm *v, int64_t timeout_ns,
    void (*fn)(void *arg, bool gone), void *arg, struct error *err);
/* Takes a VM that does not run out of the table, with its sockets, logs and
 * work disk. */
int vmm_forget(struct vmm_table *t, const char *vm_id, struct error *err);

DEFINE_FREEP(struct vmm_table *, vmm_table_free);

#endif
