/* SPDX-License-Identifier: ISC */
/*
 * Before the socket answers: closes the operations that an earlier run left
 * open, under their own ids, and finds out what is true of each VM.  Nothing
 * is killed because it could not be understood.
 */
#ifndef DAEMON_RECOVER_H
#define DAEMON_RECOVER_H

#include "base/error.h"
#include "daemon.h"

struct op;
struct reconcile_found;
struct vm;

int recover(struct daemon *d, struct error *err);
/*
 * Finds out what is true of the VM that the op holds, and makes it so: forward
 * where nothing is lost by it (delete), back otherwise.  It may be gone then.
 */
void recover_vm(struct op *op, struct vm *vm, struct reconcile_found *found);

#endif
