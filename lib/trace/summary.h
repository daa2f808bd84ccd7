/* SPDX-License-Identifier: ISC */
/*
 * What is kept of operations beyond themselves: for each hour in which some
 * began, a histogram of the durations of each operation, stage, helper call
 * and image.  They are for statistics that need not read every operation, and
 * outlive the operations (prune.h).
 *
 * An operation that has ended counts with all its parts whose durations are
 * known; a request that only looked and went well does not.  What counts is
 * what its row says: the writer takes off what the old row said before it
 * counts the new one, in the same transaction.
 */
#ifndef TRACE_SUMMARY_H
#define TRACE_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/op.h"
#include "trace/store.h"
#include "trace/summary_hist.h"

struct sqlite3_stmt;

enum summary_kind {
	SUMMARY_OPERATION,
	SUMMARY_REST,  /* its time before the first stage */
	SUMMARY_STAGE, /* name: the stage */
	SUMMARY_CALL,  /* name: the stage it lies in, method: of the call */
	SUMMARY_IMAGE, /* name: the image; of the whole operation */
	SUMMARY_KIND_MAX
};

#define SUMMARY_HOUR_NS (3600 * 1000000000LL)

/* One duration; names are "" where they are not known. */
struct summary_part {
	enum summary_kind kind;
	int64_t hour; /* since 1970 */
	const char *operation, *name, *method;
	int64_t us;
	bool failed;
	unsigned place; /* among the parts of its operation, from 0 */
};

/* The hour of a time, also of one before 1970. */
int64_t summary_hour(int64_t ns);

typedef void summary_part_fn(void *arg, const struct summary_part *part);
/* What an operation counts; false: nothing. */
bool summary_of_op(const struct op *op, summary_part_fn *fn, void *arg);
/* The same of a row of `op`; the statement's first columns are these. */
#define SUMMARY_COLUMNS                                     \
	"status, reads, operation, start_ns, duration_ns, " \
	"unaccounted_ns, image_name, stages, calls "
#define SUMMARY_COLUMNS_N 9
bool summary_of_row(struct sqlite3_stmt *st, summary_part_fn *fn, void *arg);

/* ---- the writer's ------------------------------------------------------- */

/* Changes of this transaction, in memory. */
struct summary;

struct summary *summary_new(void);
struct summary *summary_free(struct summary *sum);
/* Counts an operation whose row is as it; false: it counts nothing. */
bool summary_add_op(struct summary *sum, const struct op *op);
/* Takes off what the operation's row says. */
int summary_take_row(struct store *s, int64_t row, struct error *err);
/* Writes what has changed, behind the rows. */
int summary_flush(struct store *s, struct error *err);
/* Counts every row of an index that has no summaries yet. */
int summary_build(struct store *s, struct error *err);

#endif
