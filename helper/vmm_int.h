/* SPDX-License-Identifier: ISC */
/* Between vmm.c, the table, and launch.c, which puts an entry into it. */
#ifndef HELPER_VMM_INT_H
#define HELPER_VMM_INT_H

#include "base/map.h"

#include "vmm.h"

struct vmm_table {
	const struct config *cfg; /* borrowed */
	const struct host *host;  /* borrowed */
	struct loop *loop;        /* borrowed */
	struct map *vms;          /* vm_id -> struct vmm */
};

/* The entry of that name, made when missing. */
struct vmm *vmm__entry(struct vmm_table *t, const char *vm_id);
/* Takes the entry out and frees it; none is fine. */
void vmm__drop(struct vmm_table *t, const char *vm_id);
/* Watches a process that runs; takes the pidfd. */
int vmm__watch(struct vmm *v, int pidfd, struct error *err);
/* Takes the end of our child from the kernel and writes it down. */
void vmm__reap(struct vmm *v);

#endif
