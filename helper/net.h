/* SPDX-License-Identifier: ISC */
/*
 * The instance's bridge and the VMs' taps on it.  All names are derived here;
 * a caller names a VM, never an interface.  Whatever is changed or removed is
 * looked at first: the bridge has to be a bridge, a tap has to be a tap that
 * carries our mark for that very VM and slot.  The mark is the link's alias
 * ("banger:VM_ID:SLOT"), so a restarted helper knows its own.
 *
 * Addresses: gateway = network + 1, guest = network + 1 + slot; the guest's
 * MAC is 06:00 and the four bytes of its address.
 */
#ifndef HELPER_NET_H
#define HELPER_NET_H

#include <net/if.h>
#include <stdint.h>

#include "base/error.h"

#include "check.h"
#include "config.h"

#define NET_MAC_MAX 18 /* "06:00:ac:1e:00:02" and the NUL */

struct net_tap {
	char name[IFNAMSIZ];
	char mac[NET_MAC_MAX];
	char guest_ip[CHECK_IP_MAX], gateway[CHECK_IP_MAX];
	unsigned prefix;
};

/* Names and addresses of a VM's tap; fails when the subnet has no such slot. */
int net_tap_name(const struct config *cfg, const char *vm_id, unsigned slot,
    struct net_tap *ret, struct error *err);

/* Makes the bridge with its address, or mends the one that is there. */
int net_bridge_ensure(const struct config *cfg, struct error *err);
/*
 * Makes the VM's tap, on the bridge and up; one that is ours is kept.  A bridge
 * that went meanwhile with another VM's tap is made again.
 */
int net_tap_create(const struct config *cfg, const char *vm_id, unsigned slot,
    struct net_tap *ret, struct error *err);
/* The VM's own tap, opened for its VMM; the descriptor is the caller's. */
int net_tap_open(const struct config *cfg, const char *vm_id, unsigned slot,
    struct net_tap *ret, int *ret_fd, struct error *err);
/*
 * The same for a VMM that opens it by its name: from now on the tap is that
 * user's to open, as long as it is there, and no one else's but root's.
 */
int net_tap_lend(const struct config *cfg, const char *vm_id, unsigned slot,
    uid_t owner, struct net_tap *ret, struct error *err);
/*
 * Fails unless the slot is free (1) or its tap is this VM's (0): no VM acts
 * for another's address.
 */
int net_slot_owner(const struct config *cfg, const char *vm_id, unsigned slot,
    struct error *err);
/*
 * Calls fn with each tap that bears our mark and the name that this instance
 * gives that VM, whether it stands on the bridge or was cut off before.
 */
int net_each_tap(const struct config *cfg,
    void (*fn)(void *arg, const char *vm_id, unsigned slot), void *arg,
    struct error *err);
/* Removes the bridge when it is ours and no port stands on it any more. */
int net_bridge_leave(const struct config *cfg, struct error *err);
/* Whose tap has that guest address: 0 and its VM's id, or 1 when none. */
int net_address_holder(const struct config *cfg, const char *guest_ip,
    char ret_vm_id[CHECK_ID_MAX + 1], struct error *err);
/* Removes the VM's tap, and the bridge with its last one.  Gone is fine. */
int net_tap_delete(const struct config *cfg, const char *vm_id, unsigned slot,
    struct error *err);

#endif
