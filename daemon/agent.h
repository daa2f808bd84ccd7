/* SPDX-License-Identifier: ISC */
/*
 * The QEMU guest agent (docs/interop/qemu-ga-ref of QEMU), over the socket
 * that the VMM serves, or the vsock behind one.  The guest is hostile: what it
 * says is bounded, and its text is data.  Deadlines are on the monotonic clock.
 */
#ifndef DAEMON_AGENT_H
#define DAEMON_AGENT_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "wire/frame.h"

struct agent {
	int fd;
	struct frame in;
};

/*
 * port 0: the socket is the agent's.  Else it is a VMM's, which is asked for
 * that vsock port of the guest first; -EPIPE while nobody listens on it.
 */
int agent_open(struct agent *a, const char *path, unsigned port,
    int64_t deadline_ns, struct error *err);
void agent_close(struct agent *a);
/*
 * Brings both sides in step (guest-sync-delimited); 0 when the agent answered.
 * May be tried again after a time-out: old answers are passed over.
 */
int agent_sync(struct agent *a, int64_t deadline_ns, struct error *err);
/* args is taken, may be NULL; *ret (may be NULL) is the caller's. */
int agent_execute(struct agent *a, const char *command, json_t *args,
    int64_t deadline_ns, json_t **ret, struct error *err);
/* Sends a command that is not answered, such as guest-shutdown. */
int agent_send(struct agent *a, const char *command, json_t *args,
    int64_t deadline_ns, struct error *err);

struct agent_exit {
	int64_t code; /* exit status, or 128 + the signal */
	struct buf out, err;
};

/*
 * Runs argv in the guest and waits for its end; ret's buffers are the
 * caller's.  input, in base64, becomes its standard input; NULL: none.
 */
int agent_exec(struct agent *a, const json_t *argv, const char *input,
    int64_t deadline_ns, struct agent_exit *ret, struct error *err);

#endif
