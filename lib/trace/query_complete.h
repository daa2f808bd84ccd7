/* SPDX-License-Identifier: ISC */
/*
 * Names for a shell to complete, in a few milliseconds: by ranges of an index,
 * or out of the newest operations, and never by a walk through all.  What goes
 * wrong is not told.
 */
#ifndef TRACE_QUERY_COMPLETE_H
#define TRACE_QUERY_COMPLETE_H

#include <stddef.h>

#include "trace/store.h"

typedef void query_name_fn(void *arg, const char *name);

/* Ids that begin so, at most limit; of short beginnings the newest ones. */
void query_complete_op(struct store *s, const char *prefix, size_t limit,
    query_name_fn *fn, void *arg);
/* VMs whose names begin so, of the newest operations, the newest first. */
void query_complete_vm(struct store *s, const char *prefix, size_t limit,
    query_name_fn *fn, void *arg);

#endif
