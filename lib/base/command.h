/* SPDX-License-Identifier: ISC */
/*
 * Running a tool, without a shell, and taking what it says.  It reads nothing,
 * and it is killed when the thread that runs it ends before it does.
 */
#ifndef BASE_COMMAND_H
#define BASE_COMMAND_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/*
 * Runs argv (argv[0] a path, no shell, a fixed environment) and waits.  A
 * status other than 0, or no end before the deadline (it is killed), is an
 * error that carries the first line of what it wrote.
 */
int command_run(const char *const *argv, int64_t deadline_ns,
    struct error *err);
/*
 * Runs argv as its user would: found in PATH, in this process's environment.
 * out gets the first of what it writes to both outputs, as COMMAND_ASK_MAX
 * says, *ret_status its exit status, or 128 + the signal.  Fails when it cannot
 * be run, or has not ended before the deadline.
 */
#define COMMAND_ASK_MAX 65536
int command_ask(const char *const *argv, int64_t deadline_ns, struct buf *out,
    int *ret_status, struct error *err);

#endif
