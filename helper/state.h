/* SPDX-License-Identifier: ISC */
/*
 * What is written down about a VM's process in RUN_DIR/vm/ID/state, so that a
 * restarted helper knows its VMs.  A process is named by boot, pid and start
 * time, which no other process shares.  The file is replaced by a rename, so
 * it is whole or absent.
 */
#ifndef HELPER_STATE_H
#define HELPER_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#include "config.h"

enum state_end { STATE_END_UNKNOWN, STATE_END_EXIT, STATE_END_SIGNAL };

struct state {
	unsigned slot;
	pid_t pid;
	uint64_t starttime; /* field 22 of /proc/PID/stat: ticks since boot */
	bool running;
	enum state_end end; /* how it ended, when it did and is known */
	int end_value;      /* exit status or signal */
};

int state_save(const struct config *cfg, const char *vm_id,
    const struct state *st, struct error *err);
/* 1: there is none, or it is of another boot or not readable as ours. */
int state_load(const struct config *cfg, const char *vm_id, struct state *ret,
    struct error *err);
/* The start time of the process that has this pid now. */
int state_starttime(pid_t pid, uint64_t *ret, struct error *err);

#endif
