/* SPDX-License-Identifier: ISC */
/*
 * Taking away what a VM has while it runs: VMM, NAT entry, tap.  Each step is
 * idempotent, so the same road serves a stop, the rollback of a failed start,
 * a VMM that died, and what an interrupted operation left.
 */
#ifndef DAEMON_TEARDOWN_H
#define DAEMON_TEARDOWN_H

#include <stdbool.h>

#include "base/error.h"

struct op;
struct vm;

#define TEARDOWN_HOW_MAX 512

/* How the VMM ended, for people: "the VMM exited with status 1: LAST LINE". */
void teardown_how_ended(struct op *op, const struct vm *vm,
    char how[TEARDOWN_HOW_MAX]);
/*
 * Takes the network away and marks the VM stopped, in stages of their own
 * (vmm_reap, nat_remove, tap_delete, state_persist).  The VMM has ended, or
 * has closed its monitor and is about to.
 */
int teardown(struct op *op, struct vm *vm, const char *last_error,
    struct error *err);
/*
 * The same without stages, VMM included: a failed operation's last stage is
 * the one that failed.  Goes on over errors; what could not be taken away is
 * found again by reconcile.h.  The VM is stopped
 * afterwards, or unknown when a VMM may run (may_run) that the helper did not
 * confirm to be gone.
 */
void teardown_quietly(struct op *op, struct vm *vm, bool may_run,
    const char *last_error);

/*
 * Kills the VMM, asking nobody, and then as teardown(); a VM of which that
 * fails is unknown afterwards.
 */
int teardown_by_kill(struct op *op, struct vm *vm, struct error *err);

#endif
