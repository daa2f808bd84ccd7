/* SPDX-License-Identifier: ISC */
/*
 * A VM's disk: STATE/vm/ID/disk.qcow2, a copy-on-write overlay over its
 * image's raw root file system.  The overlay names its backing file as the
 * VMM's jail shows it; outside the jail nobody opens the chain.
 */
#ifndef DAEMON_DISK_H
#define DAEMON_DISK_H

#include <stdint.h>

#include "base/error.h"
#include "daemon.h"

int disk_create(const struct config *config, const char *vm_id,
    int64_t rootfs_bytes, struct error *err);
/* Removes the disk and its directory; none there is no error. */
int disk_remove(const struct config *config, const char *vm_id,
    struct error *err);

#endif
