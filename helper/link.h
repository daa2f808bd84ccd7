/* SPDX-License-Identifier: ISC */
/*
 * Network links through rtnetlink (rtnetlink(7)): look at one, walk over all,
 * make a bridge, change and remove.  No policy: what may be touched is decided
 * in net.c.  Each call opens its own socket in the network namespace of the
 * caller, and waits for the kernel's answer.
 */
#ifndef HELPER_LINK_H
#define HELPER_LINK_H

#include <linux/if_tun.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define LINK_ALIAS_MAX 255
#define LINK_MAC_LEN 6

struct link {
	char name[IFNAMSIZ];
	char kind[16];    /* "bridge", "tun", …; "" for hardware */
	int index;        /* positive */
	int master;       /* index of the bridge it is a port of, or 0 */
	uint8_t tun_type; /* IFF_TUN or IFF_TAP when kind is "tun" */
	char alias[LINK_ALIAS_MAX + 1];
};

/* 0; 1 when there is no such link; negative. */
int link_find(const char *name, struct link *ret, struct error *err);
/* Calls fn for each link until it returns other than 0; returns that. */
int link_each(int (*fn)(void *arg, const struct link *l), void *arg,
    struct error *err);
int link_add_bridge(const char *name, const uint8_t mac[LINK_MAC_LEN],
    struct error *err);
int link_set_alias(int index, const char *alias, struct error *err);
int link_set_master(int index, int master, struct error *err);
int link_set_up(int index, struct error *err);
/* Gives the link an IPv4 address (host byte order); done already is fine. */
int link_add_addr(int index, uint32_t addr, unsigned prefix, struct error *err);
/* A link that is gone already is fine. */
int link_delete(int index, struct error *err);

#endif
