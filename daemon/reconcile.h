/* SPDX-License-Identifier: ISC */
/*
 * Holding what there is against what there should be: VMs of which nobody
 * could tell what they do, and orphans (orphan.h).  It is done once when the
 * daemon starts, and again whenever something could not be taken away or told,
 * until it is: after a second, then after twice as long each time, up to a
 * minute.  While the helper is away nothing is tried and nothing logged.
 */
#ifndef DAEMON_RECONCILE_H
#define DAEMON_RECONCILE_H

#include "base/error.h"
#include "daemon.h"

struct op;
struct reconcile;

/* What was found; all are counts. */
struct reconcile_found {
	unsigned adopted; /* VMs that run on */
	unsigned closed;  /* operations of an earlier run */
	unsigned cleaned; /* VMs of which something was taken away */
	unsigned unknown; /* VMs that nobody can tell of */
	/* Removed, that belong to no VM or to one that is stopped. */
	unsigned vmms, taps, rules, states, directories;
	unsigned kept;     /* not removed: a disk, or a VMM with one */
	char kept_ids[96]; /* the first of them */
};

struct reconcile *reconcile_new(struct daemon *d);
struct reconcile *reconcile_free(struct reconcile *r);
/* It is due; from any thread. */
void reconcile_later(struct daemon *d);
/*
 * Does it now, as an operation daemon.reconcile, and adds to *found.  False:
 * something is left; true when the helper is away and it is only put off.
 */
bool reconcile_now(struct daemon *d, struct reconcile_found *found);
/* Writes "recovery finished". */
void reconcile_report(struct daemon *d, const struct reconcile_found *found,
    int64_t since_mono_ns);

DEFINE_FREEP(struct reconcile *, reconcile_free);

#endif
