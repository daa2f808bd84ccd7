/* SPDX-License-Identifier: ISC */
/*
 * RUN_DIR/hosts: the names and addresses of the VMs that have one, in the form
 * of hosts(5), for a resolver that reads it.  It follows the VM set, is
 * replaced by a rename, and everybody who sees the directory may read it.
 */
#ifndef DAEMON_HOSTS_H
#define DAEMON_HOSTS_H

#include "base/buf.h"
#include "base/error.h"

struct vm;

/* Appends the VM's line; nothing when it has no address. */
void hosts_line(const struct vm *vm, struct buf *out);
/* Replaces RUN_DIR/hosts. */
int hosts_write(const char *run_dir, const struct buf *text, struct error *err);

#endif
