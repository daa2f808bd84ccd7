/* SPDX-License-Identifier: ISC */
/*
 * The parts of an operation out of its row, where so many rows are read that
 * taking their lists apart as JSON would be most of the work.
 */
#ifndef TRACE_QUERY_PARTS_H
#define TRACE_QUERY_PARTS_H

#include <stdbool.h>

#include "base/buf.h"
#include "trace/summary.h"

/*
 * Gives the stages and calls of the two lists of a row (schema.sql; NULL: none)
 * as summary_of_row() gives them, where the lists are as the writer usually
 * writes them.  false: something in them is not (a text with an escape, say),
 * nothing was given, and summary_of_row() is to be asked.  The part has the
 * operation and the hour; scratch is memory to use again.
 */
bool query_parts(const char *stages, const char *calls,
    struct summary_part *part, struct buf *scratch, summary_part_fn *fn,
    void *arg);

#endif
