/* SPDX-License-Identifier: ISC */
/* Between vmset.c, the set, and vmset_hold.c, which changes what is in it. */
#ifndef DAEMON_VMSET_INT_H
#define DAEMON_VMSET_INT_H

#include <pthread.h>

#include "base/map.h"
#include "vm.h"

struct vmset {
	struct daemon *daemon;
	pthread_mutex_t lock;
	struct map *by_id; /* owns the VMs */
};

/* The VM of that id or name; the lock is held. */
struct vm *vmset__find(struct vmset *s, const char *ref);
int vmset__not_found(const char *ref, struct error *err);

#endif
