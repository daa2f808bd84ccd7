/* SPDX-License-Identifier: ISC */
/*
 * Worker threads for jobs that block.  Threads are made as they are needed, up
 * to the pool's width, and stay.
 */
#ifndef DAEMON_POOL_H
#define DAEMON_POOL_H

#include <stddef.h>

#include "base/cleanup.h"

struct pool;

typedef void pool_fn(void *arg);

/* queue_max: jobs that may wait while all workers are taken. */
struct pool *pool_new(size_t width, size_t queue_max);
/* Waits for running jobs; queued ones are run too. */
struct pool *pool_free(struct pool *p);
/* 0, or -EBUSY when all workers are taken and the queue is full. */
int pool_post(struct pool *p, pool_fn *fn, void *arg);

DEFINE_FREEP(struct pool *, pool_free);

#endif
