/* SPDX-License-Identifier: ISC */
/*
 * The instance's nftables tables: the addresses of its VMs as a set, and fixed
 * rules over it.  A VM is an element, so applying and removing one changes no
 * rule.  Beside the table of family inet there is one of family bridge, of the
 * same name: of a VM's tap it lets only frames of that VM's MAC and address
 * in, so no guest speaks for another.  Each change is one atomic batch that
 * names no other table; text that goes into a batch is made of checked values
 * only.
 *
 * net.ipv4.ip_forward is set while there is a VM: that it was 0 before is
 * remembered in RUN_DIR/ip_forward, and put back when the last VM leaves.
 */
#ifndef HELPER_NAT_H
#define HELPER_NAT_H

#include <stdbool.h>

#include "base/error.h"

#include "config.h"
#include "net.h"

/* Lets the VM's address in and out, from its own tap alone; done already is
 * fine. */
int nat_apply(const struct config *cfg, const struct net_tap *tap,
    struct error *err);
/* 1 when the rules know the VM's tap, 0 when not: it must not run then. */
int nat_is_applied(const struct config *cfg, const struct net_tap *tap,
    struct error *err);
/* Takes the address out, and the tables with the last one; gone is fine. */
int nat_remove(const struct config *cfg, const struct net_tap *tap,
    struct error *err);
/*
 * Takes out all that belongs to none of the taps given, and both tables when
 * nothing is left; *ret_removed counts the addresses.
 */
int nat_sweep(const struct config *cfg, const struct net_tap *taps, size_t n,
    size_t *ret_removed, struct error *err);

#endif
