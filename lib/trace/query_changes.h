/* SPDX-License-Identifier: ISC */
/*
 * What came into an index since one looked at it: operations by the numbers of
 * their rows, which only grow, and how many lines each has.
 */
#ifndef TRACE_QUERY_CHANGES_H
#define TRACE_QUERY_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/store.h"

struct query_change {
	const char *op_id; /* borrowed for the call */
	int64_t row;
	uint64_t records;
	bool running;
};
/* A negative return ends it, with err filled. */
typedef int query_change_fn(void *arg, const struct query_change *change,
    struct error *err);

/* The highest number of a row; 0: there is none. */
int query_newest_row(struct store *s, int64_t *ret, struct error *err);
/* Those whose rows have a higher number, but for RPCs that only looked. */
int query_since(struct store *s, int64_t row, query_change_fn *fn, void *arg,
    struct error *err);
/* All that are under way as far as the index knows. */
int query_running(struct store *s, query_change_fn *fn, void *arg,
    struct error *err);
/* One of them, or none where it is gone. */
int query_one(struct store *s, const char *op_id, query_change_fn *fn,
    void *arg, struct error *err);

#endif
