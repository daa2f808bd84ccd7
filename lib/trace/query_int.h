/* SPDX-License-Identifier: ISC */
/* What the files of the queries share. */
#ifndef TRACE_QUERY_INT_H
#define TRACE_QUERY_INT_H

#include "trace/query.h"

struct sqlite3_stmt;

/* What a row of the list is made of. */
#define QUERY_COLUMNS                                                   \
	"op_id, operation, status, stage, error, vm_id, vm_name, "      \
	"image_name, start_ns, start_known, duration_ns, records FROM " \
	"op "

/* Appends the row that such a statement stands at. */
void query_rows_add(struct query_rows *rows, struct sqlite3_stmt *st);
/* Runs a "SELECT " QUERY_COLUMNS to its end and finalizes it. */
int query_rows_run(struct store *s, struct sqlite3_stmt *st,
    struct query_rows *ret, struct error *err);

/*
 * Each operation that is wanted, the newest first, as a row of those columns
 * of `op`.  They are a constant of ours, and end in "FROM op "; so is `also`,
 * one more condition, or NULL.
 */
typedef void query_scan_fn(void *arg, struct sqlite3_stmt *st);
int query_scan(struct store *s, const struct query_want *want,
    const char *columns, const char *also, query_scan_fn *fn, void *arg,
    struct error *err);
/* Lines before that time were pruned; INT64_MIN: none was. */
int query_pruned(struct store *s, int64_t *ret_ns, struct error *err);

#endif
