/* SPDX-License-Identifier: ISC */
/*
 * Durations that go together in statistics, by operation and name, and the
 * figures of each such group (query_stats.h).
 *
 * Exact groups keep every value; the others a histogram (summary_hist.h).
 */
#ifndef TRACE_STATS_GROUP_H
#define TRACE_STATS_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "trace/query_stats.h"
#include "trace/summary_hist.h"

struct stats_groups;

struct stats_groups *stats_groups_new(bool exact);
struct stats_groups *stats_groups_free(struct stats_groups *groups);
/* Text without a NUL behind it. */
struct stats_text {
	const char *text; /* NULL: unknown, which is the same as "" */
	size_t len;
};

/* Counts one duration of that group; the names are copied. */
void stats_groups_add(struct stats_groups *groups, struct stats_text operation,
    struct stats_text name, int64_t us, bool failed);
/* Counts all of a histogram; only of groups that are not exact. */
void stats_groups_merge(struct stats_groups *groups,
    struct stats_text operation, struct stats_text name,
    const struct hist *hist);
/*
 * The figures of all, in the order of struct stats_rows.  The groups have lost
 * their names then, and can only be freed.
 */
void stats_groups_rows(struct stats_groups *groups, struct stats_rows *ret);

DEFINE_FREEP(struct stats_groups *, stats_groups_free);

#endif
