/* SPDX-License-Identifier: ISC */
/*
 * A snapshot of a stopped VM: a whole copy of its disk's file (sharing blocks
 * where the file system can), STATE/vm/ID/snap-ID.qcow2, or .raw.  None depends
 * on another or on the disk, so each step is one rename or one record:
 *
 *   create   copy to a temporary name, sync, rename, then record
 *   restore  copy to a temporary name, sync, rename over the disk
 *   delete   take the record away, then the file
 *
 * A file without a record, or a temporary one, is what a crash left between
 * two of these; snapshot_sweep() removes it.
 */
#ifndef DAEMON_SNAPSHOT_H
#define DAEMON_SNAPSHOT_H

#include <jansson.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "daemon.h"

struct snapshot {
	char *id, *vm_id, *name;
	int64_t bytes, created_ns;
};

struct snapshot *snapshot_free(struct snapshot *s);
json_t *snapshot_json(const struct snapshot *s);
/* The VM's snapshot of that name or id, owned; not_found otherwise. */
int snapshot_find(struct daemon *d, const char *vm_id, const char *ref,
    struct snapshot **ret, struct error *err);
/* All of the VM's, oldest first, as JSON. */
int snapshot_list_json(struct daemon *d, const char *vm_id, json_t **ret,
    struct error *err);
/* Removes what was cut off beside a VM's disk; nobody works on the VM. */
void snapshot_sweep(struct daemon *d, const char *vm_id);

DEFINE_FREEP(struct snapshot *, snapshot_free);

#endif
