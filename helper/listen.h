/* SPDX-License-Identifier: ISC */
/* Which ports of the host its own services have, through sock_diag(7). */
#ifndef HELPER_LISTEN_H
#define HELPER_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/*
 * 1 when a socket of the caller's network namespace listens on the port (UDP:
 * is bound to it and to no peer) at an IPv4 address other than the loopback's,
 * 0 when none does.
 */
int listen_taken(uint16_t port, bool udp, struct error *err);

#endif
