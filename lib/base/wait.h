/* SPDX-License-Identifier: ISC */
/*
 * Waiting for a descriptor or a time, until a deadline on the monotonic clock
 * or until somebody calls it off.
 *
 * What calls it off, and how long all that the thread now does may take, are
 * properties of the thread, as its signal mask is: who runs a job for somebody
 * sets them before, and every wait below, however deep it is made, ends.  So
 * no function on the way down needs to hand them on, and none can forget to.
 *
 * A wait's own deadline ends it with -ETIMEDOUT, the thread's with -ETIME: who
 * tries again after the first gives up after the second.
 */
#ifndef BASE_WAIT_H
#define BASE_WAIT_H

#include <poll.h>
#include <stdint.h>

#include "base/error.h"

/* The kind of the error when a wait was called off; its code is -ECANCELED. */
#define WAIT_CANCELED "canceled"

/*
 * From now on the waits of this thread are called off once fd is readable
 * (nobody reads it here); -1: by nothing, as in a new thread.  Returns what
 * was set before.
 */
int wait_cancel_by(int fd);
/* That descriptor, or -1: for who must wait in somebody else's poll(). */
int wait_canceled_by(void);
#define WAIT_NEVER INT64_MAX
/*
 * From now on no wait of this thread goes beyond that time; WAIT_NEVER, as in
 * a new thread: none but its own.
 */
void wait_deadline_by(int64_t mono_ns);
/* 0: one of the events, or a hang-up, is there; -ETIMEDOUT, -ETIME, -ECANCELED.
 */
int wait_fd(int fd, short events, int64_t deadline_ns, struct error *err);
/* 0: the time has come; -ETIME, -ECANCELED. */
int wait_until(int64_t mono_ns, struct error *err);
/* For long work between waits: 0, or -ECANCELED or -ETIME as they would say. */
int wait_check(struct error *err);
/* The same with a deadline of its own (-ETIMEDOUT), for a loop whose waits may
 * all be satisfied at once. */
int wait_check_by(int64_t deadline_ns, struct error *err);

#endif
