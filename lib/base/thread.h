/* SPDX-License-Identifier: ISC */
/* A thread that does work behind the one that began it. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/*
 * Begins a thread to which no signal is delivered: they are for the one that
 * can act on them.  0, or an errno value, as pthread_create(3) returns it.
 */
int thread_start(pthread_t *ret, void *(*fn)(void *arg), void *arg);

#endif
