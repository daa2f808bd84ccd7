/* SPDX-License-Identifier: ISC */
/*
 * Looks after the terminal while a long call waits: a line with the elapsed
 * seconds on stderr when that is a terminal, erased at the end; and on Ctrl-C
 * a line saying that the operation goes on, and exit status 130.
 *
 * It runs in a thread of its own, as the call blocks.  watch_begin() blocks
 * SIGINT for the caller, watch_end() restores it.
 */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct watch {
	const char *what; /* borrowed: "vm.start" */
	int64_t start_ns;
	bool terminal, running;
	bool drawn;        /* the thread's own: a line stands there */
	int stop, signals; /* an eventfd and a signalfd */
	pthread_t thread;
	sigset_t old;
};

/* Without the means (descriptors, a thread) there is only no line. */
void watch_begin(struct watch *w, const char *what);
void watch_end(struct watch *w);

#endif
