/* SPDX-License-Identifier: ISC */
/*
 * The socket: one connection is one request and one reply.  Peers are judged
 * by the uid that the kernel tells, when they connect.  Descriptors are never
 * taken from a peer.  A peer has two seconds for its line and as long for
 * taking the reply; what it asked for is carried through even when it leaves.
 */
#ifndef HELPER_SERVER_H
#define HELPER_SERVER_H

#include "base/cleanup.h"
#include "base/error.h"

#include "helper.h"

#define SERVER_CONNECTIONS_MAX 16

struct server;

/*
 * Listens, on the service manager's socket where h->service has one; h is
 * borrowed and outlives the server.
 */
int server_new(struct helper *h, struct server **ret, struct error *err);
/* Drops all connections and removes the socket. */
struct server *server_free(struct server *s);

DEFINE_FREEP(struct server *, server_free);

#endif
