/* SPDX-License-Identifier: ISC */
/*
 * The asking side of the RPC: one connection, one call at a time, blocking,
 * with a deadline.  banger uses it towards bangerd, bangerd towards the helper.
 */
#ifndef WIRE_CLIENT_H
#define WIRE_CLIENT_H

#include <stdint.h>

#include "base/error.h"
#include "wire/frame.h"
#include "wire/rpc.h"

struct client {
	int fd;
};

/*
 * bangerd's socket: the path given, else that in BANGER_RUN_DIR, else the usual
 * one; owned by the caller.
 */
char *client_daemon_socket(const char *given);
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
/*
 * The same of a method whose reply is followed by more lines: what of them has
 * come already is in `in`, which the caller has made and reads on into.
 */
int client_watch(struct client *c, const char *method, int64_t timeout_ns,
    struct frame *in, struct rpc_reply *ret, struct error *err);

#endif
