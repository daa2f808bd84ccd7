/* SPDX-License-Identifier: ISC */
/* Between vmset.c, the set, and vmset_hold.c, which changes what is in it. */
#ifndef DAEMON_VMSET_INT_H
#define DAEMON_VMSET_INT_H

#include <pthread.h>

#include "base/buf.h"
#include "base/map.h"
#include "vm.h"

struct vmset {
	struct daemon *daemon;
	pthread_mutex_t lock;
	struct map *by_id; /* owns the VMs */
	struct buf hosts;  /* what RUN_DIR/hosts says */
	bool published;    /* it is there */
};

/* The VM of that id or name; the lock is held. */
struct vm *vmset__find(struct vmset *s, const char *ref);
/*
 * Has RUN_DIR/hosts say what is so; the lock is held.  What could not be
 * written is tried again at the next change.
 */
int vmset__publish(struct vmset *s, struct error *err);
int vmset__not_found(const char *ref, struct error *err);

#endif
