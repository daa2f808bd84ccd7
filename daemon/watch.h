/* SPDX-License-Identifier: ISC */
/*
 * Noticing that a VMM has ended by itself.  While a VM runs, the loop watches
 * its monitor's connection for a hang-up only, and reads nothing, so that the
 * operation that holds the VM may use it.  From watch_start() on the loop
 * closes the connection, never a worker.
 */
#ifndef DAEMON_WATCH_H
#define DAEMON_WATCH_H

#include "daemon.h"

struct op;
struct vm;

/* The VM, which the caller holds, runs and has its vmm open. */
void watch_start(struct daemon *d, struct vm *vm);
/*
 * The VMM's end was noticed while the VM was held: looks after it once the
 * holder, who calls this, has let go.
 */
void watch_again(struct daemon *d, struct vm *vm);
/* Ends the watch and closes the connection: vm->vmm is NULL afterwards. */
void watch_end(struct daemon *d, struct vm *vm);

/*
 * The operation vm.exit: cleans up behind a VMM that ended by itself, if it
 * still is so when the VM can be taken.
 */
int watch_vm_exit(struct op *op, const char *vm_id, struct error *err);

#endif
