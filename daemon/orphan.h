/* SPDX-License-Identifier: ISC */
/*
 * What is there and belongs to no VM, or to one that is stopped: taps, rules,
 * the helper's states, VMMs, directories.  The helper tells what it holds; a
 * record is looked for after that, and whoever makes something has a record
 * first, so what is being made is never taken for an orphan.
 *
 * A disk is never removed here, nor a VMM ended whose disk is there: without a
 * record it is the record that was lost.  Both are counted and named, and go
 * when a person says so (rpc_gc.c).
 */
#ifndef DAEMON_ORPHAN_H
#define DAEMON_ORPHAN_H

#include <stdbool.h>

#include "base/error.h"

struct op;
struct reconcile_found;

/* "vm-…", as the name of a directory or what the helper says. */
bool orphan_is_id(const char *s);
/* Finds and removes them, in stages; goes on over errors of single ones. */
int orphan_sweep(struct op *op, struct reconcile_found *found,
    struct error *err);

#endif
