/* SPDX-License-Identifier: ISC */
/* How a command line names an operation: its id, or the beginning of it. */
#ifndef BANGERLOG_REF_H
#define BANGERLOG_REF_H

#include "base/error.h"
#include "trace/query.h"

/*
 * CMD_OK: *ret has the one operation that is meant.  CMD_USAGE: several could
 * be, and were listed on stderr.  Negative with err: none, or a failure.
 */
int ref_find(struct store *s, const char *ref, struct query_rows *ret,
    struct error *err);

#endif
