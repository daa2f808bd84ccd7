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
 * Hands over each stored line that the statement gives, with columns as of
 * store_restore(), and finalizes it.
 */
int query_lines_run(struct store *s, struct sqlite3_stmt *st, query_line_fn *fn,
    void *arg, struct error *err);

/* The filter's function, while a statement that calls it runs. */
struct query_filter {
	struct sqlite3 *db; /* that has the function, or NULL */
	const struct filter *filter;
	uint64_t most; /* of filter_undecided() */
};
#define QUERY_FILTER_INIT(f)                                                \
	{                                                                   \
		NULL, (f),                                                  \
		    (f) != NULL ? filter_undecided(f) + QUERY_UNDECIDED_MAX \
				: 0                                         \
	}
/* Texts that were too hard for a pattern, before the query is given up. */
#define QUERY_UNDECIDED_MAX 1000

/*
 * Those that are wanted, as a statement that is ready to run: columns ends in
 * "FROM op ", and is a constant of ours as is `also`, one more condition, or
 * NULL.  Finalize it before the filter is done.
 */
enum query_order {
	QUERY_NEWEST,
	QUERY_OLDEST,
	QUERY_ANY, /* as they lie: the quickest where all are looked at */
};
int query_find_prepare(struct store *s, const char *columns, const char *also,
    enum query_order order, const struct query_want *want,
    struct query_filter *filter, struct sqlite3_stmt **ret, struct error *err);
/* The failure of a step, told apart by whether the filter gave up. */
int query_find_failed(struct store *s, const struct query_filter *filter,
    struct error *err);
void query_filter_done(struct query_filter *filter);
/*
 * Each operation that is wanted, in that order, as a row of those columns of
 * `op`; both as of query_find_prepare().
 */
typedef void query_scan_fn(void *arg, struct sqlite3_stmt *st);
int query_scan(struct store *s, const struct query_want *want,
    const char *columns, const char *also, enum query_order order,
    query_scan_fn *fn, void *arg, struct error *err);
/* Lines before that time were pruned; INT64_MIN: none was. */
int query_pruned(struct store *s, int64_t *ret_ns, struct error *err);

#endif
