/* SPDX-License-Identifier: ISC */
/*
 * Keeping the index small: the oldest operations and lines go, what summary.h
 * and query_errors.h keep of them stays.
 *
 * An operation goes when its last line is older than the limit, with all its
 * lines; one in flight never does.  Other lines go by their own time; those
 * without any stay.  The limit is written before anything goes, so the writer
 * does not take such lines in again: of a time before it only lines of
 * operations that are still there are taken.
 *
 * It works in short transactions, beside readers.  When it is killed, what has
 * gone has gone, and the rest is as it was.
 */
#ifndef TRACE_PRUNE_H
#define TRACE_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/store.h"

struct prune_want {
	int64_t before_ns; /* INT64_MIN: age does not matter */
	int64_t max_bytes; /* negative: size does not matter */
	bool dry_run;      /* works out what would go, and leaves it */
	bool vacuum;       /* gives what is free back to the file system */
};

struct prune_result {
	int64_t operations, lines, gaps; /* that went */
	int64_t before_ns;               /* the limit; INT64_MIN: none */
	/* In use, of the file; what is free in it is used again. */
	int64_t bytes_before, bytes_after;
};

/* s is open for writing, and nothing was appended. */
int prune(struct store *s, const struct prune_want *want,
    struct prune_result *ret, struct error *err);

#endif
