/* SPDX-License-Identifier: ISC */
/*
 * From a request's line to its one reply: mints the op_id before anything else
 * is known, finds the method, opens the operation, runs the handler in a
 * worker, closes the operation and releases what it held, stamps the error
 * with the op_id and answers.  A handler can forget none of this.
 */
#ifndef DAEMON_DISPATCH_H
#define DAEMON_DISPATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "daemon.h"
#include "server.h"

struct op;

/*
 * A method.  params is an object.  result is an empty object to fill; op_id
 * and duration_ms are added to that of an operation.  A STREAM has none: it
 * runs in the loop's thread, as a NOW does, and sends what it has to say
 * (stream.h).
 */
typedef int rpc_handler(struct op *op, const json_t *params, json_t *result,
    struct error *err);

/* In the loop's thread; refused: over a connection limit, say only that. */
void dispatch_request(struct daemon *d, struct conn *conn, uid_t uid, pid_t pid,
    const char *line, size_t len, bool refused);
void dispatch_too_long(struct daemon *d, struct conn *conn, uid_t uid,
    pid_t pid);

/*
 * Runs an operation that nobody asked for ("vm.exit"), about the VM, in a
 * worker.  In the loop's thread.
 */
void dispatch_internal(struct daemon *d, const char *name, const char *vm_id,
    int (*fn)(struct op *op, const char *vm_id, struct error *err));

/* One a row of methods.def; each in its own rpc_*.c. */
#define METHOD(id, name, fn, kind, subject, params, about) rpc_handler rpc_##fn;
#include "wire/methods.def"
#undef METHOD

#endif
