/* SPDX-License-Identifier: ISC */
/*
 * The asking side of the RPC: one connection, one call at a time, blocking,
 * with a deadline.  banger uses it towards bangerd, bangerd towards the helper.
 */
#ifndef WIRE_CLIENT_H
#define WIRE_CLIENT_H

#include <stdint.h>

#include "base/error.h"
#include "wire/rpc.h"

struct client {
	int fd;
};

int client_open(const char *path, int64_t timeout_ns, struct client *ret,
    struct error *err);
void client_close(struct client *c);
/*
 * Sends the request and waits for its reply.  0: ret holds it (free with
 * rpc_reply_done).  1: the peer answered with an error, err holds its code and
 * message, ret->op its op_id.  Negative: the call did not get through (kind
 * "timeout" when the deadline passed); the connection is of no more use.
 */
int client_call(struct client *c, const char *method, const json_t *params,
    const struct opid *op, unsigned call, int64_t timeout_ns,
    struct rpc_reply *ret, struct error *err);
/* The same with a request's line that is made already. */
int client_exchange(struct client *c, const char *method,
    const struct buf *request, int64_t timeout_ns, struct rpc_reply *ret,
    struct error *err);

#endif
