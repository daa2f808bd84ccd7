/* SPDX-License-Identifier: ISC */
/*
 * Waiting for a descriptor or a time, until a deadline on the monotonic clock
 * or until somebody calls it off.
 *
 * What calls it off is a property of the thread, as its signal mask is: who
 * runs a job for somebody sets it before, and every wait below, however deep
 * it is made, ends.  So no function on the way down needs to hand it on, and
 * none can forget to.
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
/* 0: one of the events, or a hang-up, is there; -ETIMEDOUT, -ECANCELED. */
int wait_fd(int fd, short events, int64_t deadline_ns, struct error *err);
/* 0: the time has come; -ECANCELED. */
int wait_until(int64_t mono_ns, struct error *err);
/* For long work between waits: 0, or -ECANCELED when they are called off. */
int wait_check(struct error *err);

#endif
