/* SPDX-License-Identifier: ISC */
/*
 * The files that a log's name stood for before: NAME.1, NAME.2 (the older the
 * higher) or NAME-DATE, each of them maybe packed (.gz, .zst), in the folder
 * of NAME.  Nothing here says when they were rotated; the order is that of the
 * numbers, else of the times at which they were last written, else of the
 * dates.
 */
#ifndef TRACE_SOURCE_ROTATE_H
#define TRACE_SOURCE_ROTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/file_id.h"

/* The file that was known so, in path's folder under any name; a fd, or -1. */
int source_rotate_find(const char *path, const struct file_id *known);
/*
 * The one among those that path was rotated to that begins, unpacked, as the
 * known one did, and is another file: a packed or other copy.  -1 when there
 * is none, or more than one, or too little is known of it.
 */
int source_rotate_copy(const char *path, const struct file_id *known);
/*
 * Of those that path was rotated to, the one that was written next after the
 * open file fd, or (fd -1) the first that was written to after since_ns; a fd,
 * or -1: what comes next is path itself.  *ret_missing: by the numbers there
 * was one before it that is gone.
 */
int source_rotate_next(const char *path, int fd, int64_t since_ns,
    bool *ret_missing);

#endif
