/* SPDX-License-Identifier: ISC */
/* Copying an image's file into the daemon's keeping. */
#ifndef DAEMON_COPY_H
#define DAEMON_COPY_H

#include <stdint.h>

#include "base/error.h"

/*
 * Copies the regular file at the absolute path `from` to a new file `to`
 * (0644), keeping its holes, and syncs it.  *ret_bytes is its size.  Refused:
 * anything that is no regular file, and (raw_disk) a file whose first bytes
 * are those of another disk format, which nobody may ever probe.
 */
int copy_file(const char *from, const char *to, int raw_disk,
    int64_t *ret_bytes, struct error *err);

#endif
