/* SPDX-License-Identifier: ISC */
/*
 * Writes events to a descriptor without ever holding up the caller: lines are
 * encoded by the calling thread, put into a bounded ring, and written by a
 * thread of the logger's own.  When the ring is full the line is dropped and
 * counted, and "log records dropped" is written once there is room.  `seq`
 * counts dropped lines too, so that a reader can name what is missing.
 *
 * Thread-safe.  A descriptor that fails (EPIPE …) does not harm the process:
 * SIGPIPE is the caller's to ignore, the lines count as dropped.
 */
#ifndef WIRE_LOGGER_H
#define WIRE_LOGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "wire/event.h"

struct logger;

/* Takes lines of at least min_level; fd is borrowed; ring_bytes 0 = 1 MiB. */
struct logger *logger_new(int fd, int min_level, size_t ring_bytes);
/* Writes what is left, waiting at most two seconds, and ends the thread. */
struct logger *logger_free(struct logger *lg);
/* Waits, at most two seconds, until what was queued so far is written. */
void logger_flush(struct logger *lg);
/*
 * Stamps time (unless ev has one: 0 is none), run and seq into ev and queues
 * its line.  Never blocks.
 */
void logger_event(struct logger *lg, struct event *ev);
/* Eight hex digits, drawn when the logger was made. */
const char *logger_run(const struct logger *lg);
uint64_t logger_dropped(struct logger *lg);
/*
 * A level from configuration: debug, info (also ""), warn or warning, error;
 * any case, blanks trimmed.  Anything else is refused in the contract's words.
 */
int logger_parse_level(const char *text, int *ret_level, struct error *err);

DEFINE_FREEP(struct logger *, logger_free);

#endif
