/* SPDX-License-Identifier: ISC */
/* The end of a log that a guest or a VMM has written. */
#ifndef DAEMON_TAIL_H
#define DAEMON_TAIL_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends the last n lines that have any text, of at most 4 KiB in all, each
 * escaped (it goes into records and replies, which take UTF-8 only), with
 * newlines between them.  Of a file that cannot be read there are none.
 */
void tail_lines(const char *path, size_t n, struct buf *out);

#endif
