/* SPDX-License-Identifier: ISC */
/* Running a tool and keeping what it says for the error text. */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

#include <stdint.h>

#include "base/error.h"

/*
 * Runs argv (argv[0] a path, no shell, a fixed environment) and waits.  A
 * status other than 0, or no end before the deadline (it is killed), is an
 * error that carries the first line of what it wrote.
 */
int command_run(const char *const *argv, int64_t deadline_ns,
    struct error *err);

#endif
