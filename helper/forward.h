/* SPDX-License-Identifier: ISC */
/*
 * Ports of the host that are handed on to VMs: elements of one map in the
 * instance's own nftables table, over two fixed rules.  What arrives for one
 * of the host's own addresses, or is sent to one by the host itself, goes to
 * the guest; 127.0.0.0/8 does not, since that would take route_localnet, with
 * which a guest could speak to what listens on the host's loopback alone.
 *
 * A port belongs to one VM, and to no service of the host.
 */
#ifndef HELPER_FORWARD_H
#define HELPER_FORWARD_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

#include "check.h"
#include "config.h"
#include "net.h"

/* The map and its rules, said anew; part of the table's batch. */
void forward_table_batch(const struct config *cfg, struct buf *b);
/*
 * Hands on exactly these n ports to the VM, whose tap is there.  *ret_changed:
 * not all of it was so already.  invalid_argument: below the least port;
 * already_exists: another VM's, which is named, or the host's own.
 */
int forward_apply(const struct config *cfg, const struct net_tap *tap,
    const struct check_port *ports, size_t n, bool *ret_changed,
    struct error *err);
/* Appends what takes away the ports of addresses for which has_tap() is false.
 */
int forward_stale_batch(const struct config *cfg,
    bool (*has_tap)(void *arg, const char *guest_ip), void *arg, struct buf *b,
    struct error *err);
/* None any more; none already is fine. */
int forward_remove(const struct config *cfg, const struct net_tap *tap,
    struct error *err);

#endif
