/* SPDX-License-Identifier: ISC */
/* Which name servers a guest is told of: the host's, where it can ask them. */
#ifndef DAEMON_DNS_H
#define DAEMON_DNS_H

#include <stddef.h>

#include "base/buf.h"

#define DNS_SERVERS_MAX 3 /* what a resolver asks; resolv.conf(5) */

/*
 * Appends the IPv4 name servers of a text of the form of resolv.conf(5),
 * separated by commas: neither one of the loopback, which a guest does not
 * reach, nor more than DNS_SERVERS_MAX.  Returns how many.
 */
size_t dns_servers(const char *text, struct buf *out);
/*
 * Of this host: of /etc/resolv.conf, and where that has none for guests but a
 * resolver of the host's own, those that systemd-resolved asks.
 */
size_t dns_of_host(struct buf *out);

#endif
