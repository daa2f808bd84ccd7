/* SPDX-License-Identifier: ISC */
/*
 * An event loop over epoll: descriptors, timers, signals, and calls posted by
 * other threads.  One thread runs it; only loop_post() and loop_stop() may be
 * called from others.  A source may be freed at any time, also from its own
 * callback, but before its descriptor is closed.  The loop owns no descriptor
 * that is given to it.  loop_free() frees the sources that are left, and drops
 * the calls that were posted and not run yet.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#include "base/cleanup.h"
#include "base/error.h"

struct loop;
struct loop_source;

/* events: EPOLLIN …; for a timer 0, for a signal its number. */
typedef void loop_fn(void *arg, uint32_t events);

int loop_new(struct loop **ret, struct error *err);
struct loop *loop_free(struct loop *l);
/* Runs until loop_stop(); returns the value given there. */
int loop_run(struct loop *l);
void loop_stop(struct loop *l, int value);

int loop_add_fd(struct loop *l, int fd, uint32_t events, loop_fn *fn, void *arg,
    struct loop_source **ret, struct error *err);
void loop_set_events(struct loop_source *s, uint32_t events);
/* Fires after delay, then each interval (0: once).  Nanoseconds. */
int loop_add_timer(struct loop *l, int64_t delay_ns, int64_t interval_ns,
    loop_fn *fn, void *arg, struct loop_source **ret, struct error *err);
/* Blocks the signal for the calling thread and takes it here.  Call it before
 * other threads are made. */
int loop_add_signal(struct loop *l, int signo, loop_fn *fn, void *arg,
    struct error *err);
/* Takes NULL; returns NULL. */
struct loop_source *loop_source_free(struct loop_source *s);
/* Runs fn(arg, 0) in the loop's thread, in the order of posting. */
void loop_post(struct loop *l, loop_fn *fn, void *arg);

DEFINE_FREEP(struct loop *, loop_free);

#endif
