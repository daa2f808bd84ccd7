/* SPDX-License-Identifier: ISC */
/*
 * A VM's disk, in STATE/vm/ID/.  disk.qcow2 is a copy-on-write overlay over its
 * image's raw root file system, whose name in it is the one that the VMM's jail
 * shows; outside the jail nobody opens the chain, but for disk_flatten().  A
 * VMM that knows no overlays has disk.raw, a copy of that file system.  Which
 * of the two follows from the VM's machine (vmm.h).
 *
 * What stands in a disk was written by a VMM, which its guest may have
 * taken over: it is copied byte for byte, or read through a program that is
 * told where its parts are.
 */
#ifndef DAEMON_DISK_H
#define DAEMON_DISK_H

#include <stdint.h>

#include "base/error.h"
#include "daemon.h"

/* STATE/vm/ID/FILE, or the directory when file is NULL; owned. */
char *disk_path(const struct config *config, const char *vm_id,
    const char *file);

/* An overlay.  bytes: its size, at least that of the image's root file system.
 */
int disk_create(const struct config *config, const char *vm_id, int64_t bytes,
    struct error *err);
/* The same as a copy, as one of snapshot.h is. */
int disk_create_raw(const struct config *config, const char *vm_id,
    const char *image_id, int64_t bytes, struct error *err);
/* Removes the disk, its snapshots and their directory; none is no error. */
int disk_remove(const struct config *config, const char *vm_id,
    struct error *err);
/*
 * A copy of the file `from` under the name `to`, both beside the VM's disk.
 * `to` is whole and durable, or as it was.
 */
int disk_copy(const struct config *config, const char *vm_id, const char *from,
    const char *to, int64_t *ret_bytes, struct error *err);
/* Writes what the VM sees of its disk, an overlay, to the new raw file `to`. */
int disk_flatten(const struct config *config, const char *vm_id,
    const char *image_id, const char *to, struct error *err);

#endif
