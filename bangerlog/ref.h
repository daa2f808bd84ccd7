/* SPDX-License-Identifier: ISC */
/*
 * How a command line names one operation:
 *
 *     op-7f3a9c0011223344     its id
 *     op-7f3a  7f3a           the beginning of it, where no other begins so
 *     last                    the newest
 *     last-failed             the newest that failed
 *     vm:NAME                 the newest about that VM, by its name or id
 *     ^2  last-failed^1       so many before the newest (of those)
 *
 * The newest is the one that `bangerlog ops` lists first: requests that only
 * looked and went well are not counted.
 */
#ifndef BANGERLOG_REF_H
#define BANGERLOG_REF_H

#include "base/error.h"
#include "trace/query.h"

/* For the about text of a command that takes one. */
#define REF_ABOUT                                                             \
	"REF: its id or the beginning of it, last, last-failed, vm:NAME; ^N " \
	"behind it: N before that one."

/*
 * CMD_OK: *ret has the one operation that is meant.  CMD_USAGE: several could
 * be, and were listed on stderr.  Negative with err: none (err names the
 * nearest there is), not a reference, or a failure.
 */
int ref_find(struct store *s, const char *ref, struct query_rows *ret,
    struct error *err);

#endif
