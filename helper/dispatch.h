/* SPDX-License-Identifier: ISC */
/*
 * From a request line to its reply: decode, look up in privops.def, check all
 * parameters, act, log, reply, in that order.  A method without a row and a
 * parameter without a check do not get anywhere.
 *
 * This is the only place that logs "helper rpc completed" and "helper rpc
 * failed": exactly one of them a call, whatever becomes of the connection.
 */
#ifndef HELPER_DISPATCH_H
#define HELPER_DISPATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#include "wire/rpc.h"

#include "check.h"
#include "helper.h"

struct dispatch_op;

/* Takes the reply's line; called once a call, maybe before dispatch returns. */
typedef void dispatch_reply_fn(void *arg, const struct buf *line);

/* One call, from its first byte to its reply. */
struct call {
	struct helper *helper; /* borrowed */
	struct check_params params;
	json_t *result; /* owned; a handler sets it */
	/* The rest is dispatch's own. */
	const struct dispatch_op *op; /* NULL: the method is unknown */
	struct rpc_request req;
	int64_t start_ns; /* monotonic */
	dispatch_reply_fn *reply;
	void *arg;
};

/* What a handler that will call dispatch_finish() later returns. */
#define DISPATCH_LATER 1

/*
 * Serves one line.  Returns NULL when the reply was given, else the call that
 * is still under way: it is freed when it ends, after its reply.
 */
struct call *dispatch_line(struct helper *h, const char *line, size_t len,
    int64_t start_ns, dispatch_reply_fn *reply, void *arg);
/* Logs and answers a connection that did not get as far as a request. */
void dispatch_refuse(struct helper *h, const struct error *why,
    int64_t start_ns, dispatch_reply_fn *reply, void *arg);
/* Ends a call that was left for later: failure NULL when it went well. */
void dispatch_finish(struct call *c, struct error *failure);
/* The asker is gone: the call goes on, its reply goes nowhere. */
void dispatch_orphan(struct call *c);

#endif
