/* SPDX-License-Identifier: ISC */
/*
 * Questions to an index that is open for reading.
 *
 * A trace is assembled from the operation's stored lines by opset.h; the list
 * of operations comes from the summaries that the writer made the same way.
 */
#ifndef TRACE_QUERY_H
#define TRACE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "trace/certificate.h"
#include "trace/filter.h"
#include "trace/opset.h"
#include "trace/store.h"

/* One row of the list; owned strings, NULL where unknown. */
struct query_row {
	char *op_id, *name, *status, *stage, *error, *vm_id, *vm_name;
	char *image_name;
	int64_t start_ns; /* wall clock */
	bool start_known;
	int64_t duration_ns; /* -1 unknown */
	uint64_t records;
};

struct query_rows {
	struct query_row *rows; /* newest first */
	size_t n;
};
#define QUERY_ROWS_INIT \
	{               \
		NULL, 0 \
	}

void query_rows_done(struct query_rows *rows);
#define _cleanup_rows_ __attribute__((cleanup(query_rows_done)))

/*
 * The newest operations, limit 0: all.  Unless everything is wanted, RPCs that
 * only looked and went well are left out.
 */
int query_ops(struct store *s, size_t limit, bool everything,
    struct query_rows *ret, struct error *err);
/* Which operations, of the newest; QUERY_WANT_INIT: all. */
struct query_want {
	size_t limit;               /* 0: none */
	size_t skip;                /* so many of the newest */
	bool everything;            /* as for query_ops() */
	int64_t since_ns, until_ns; /* when it began; both count in */
	struct filter *filter;      /* borrowed, or NULL */
	int64_t now_ns;             /* for the filter */
};
#define QUERY_WANT_INIT                                    \
	{                                                  \
		0, 0, false, INT64_MIN, INT64_MAX, NULL, 0 \
	}
/*
 * Fails with -ETIME when texts of the index are too hard for a pattern of the
 * filter again and again; filter_undecided() counts those below that.
 */
int query_find(struct store *s, const struct query_want *want,
    struct query_rows *ret, struct error *err);
/*
 * The same, but each row is handed over as it is found and then forgotten, so
 * there may be any number; a negative return ends it, with err filled.
 */
typedef int query_row_fn(void *arg, const struct query_row *row,
    struct error *err);
int query_each(struct store *s, const struct query_want *want, query_row_fn *fn,
    void *arg, struct error *err);
/*
 * Those whose id is `ref`, else whose id begins with it ("op-" may be left
 * out); at most limit.  No row is not an error.
 */
int query_match(struct store *s, const char *ref, size_t limit,
    struct query_rows *ret, struct error *err);

/* A trace and what is known to be missing from it. */
struct query_trace {
	struct opset *set;   /* owns op */
	const struct op *op; /* NULL: no line bears this id */
	char **missing;      /* sentences; none: complete */
	size_t n_missing;
	struct certificate certificate;
};
#define QUERY_TRACE_INIT                              \
	{                                             \
		NULL, NULL, NULL, 0, CERTIFICATE_INIT \
	}

void query_trace_done(struct query_trace *t);
#define _cleanup_trace_ __attribute__((cleanup(query_trace_done)))

/* The operation alone: nothing is said to be missing from it. */
int query_op(struct store *s, const char *op_id, struct query_trace *ret,
    struct error *err);
int query_trace(struct store *s, const char *op_id, struct query_trace *ret,
    struct error *err);

/*
 * Each line of the operation, by time, then by number; the record is borrowed
 * for the call.
 */
typedef void query_line_fn(void *arg, const struct record *r);
int query_lines(struct store *s, const char *op_id, query_line_fn *fn,
    void *arg, struct error *err);

/* ---- lines by a pattern ------------------------------------------------- */

/* A line that matches; all borrowed for the call. */
struct query_hit {
	const char *op_id, *operation, *vm; /* NULL: of no operation, unknown */
	const struct record *r;
	/* Where in r->raw; an empty range where only a decoded value does. */
	size_t start, end;
	const char *key; /* of that value, else NULL */
};
/* false: that is enough. */
typedef bool query_hit_fn(void *arg, const struct query_hit *hit);
/* error.kind of a pattern that is none. */
#define QUERY_PATTERN "pattern"
struct query_grep {
	const char *pattern;
	bool caseless;
	struct query_want want; /* operations; limit and skip do not count */
	uint64_t hard;          /* set: texts that were too hard to match */
};
/*
 * Each line of those operations that holds the pattern, the oldest operation
 * first; without a filter then the lines of no operation.  A value that is
 * written with escapes is also looked at decoded.
 */
int query_grep(struct store *s, struct query_grep *grep, query_hit_fn *fn,
    void *arg, struct error *err);

/*
 * A number that changes with each commit of another process or connection.
 */
int query_version(struct store *s, int64_t *ret, struct error *err);

/*
 * Each line of no operation between two times, by time: what the processes,
 * systemd and the journal say for themselves.  The record is borrowed.
 */
int query_around(struct store *s, int64_t from_ns, int64_t to_ns,
    query_line_fn *fn, void *arg, struct error *err);

/*
 * When the version of bangerd that started last started first, and when that
 * which was before it did; where there is none, an error.
 */
int query_versions(struct store *s, int64_t *ret_since_ns,
    int64_t *ret_before_ns, struct error *err);

/* One of those before it, borrowed for the call; durations in ns, -1 unknown.
 */
struct query_past {
	const char *op_id, *error; /* error NULL: none */
	int64_t start_ns, duration_ns;
	const char *stages, *calls; /* JSON, as in schema.sql; or NULL */
};
typedef void query_past_fn(void *arg, const struct query_past *past);
/* Of the operations before start_ns, so many are looked through at most. */
#define QUERY_PAST_MAX 2000
#define QUERY_BAD_MAX 500
/*
 * The newest operations of that name that began before start_ns: at most limit
 * that went well, or (bad) QUERY_BAD_MAX that did not.  Newest first.
 */
int query_past(struct store *s, const char *operation, int64_t start_ns,
    bool bad, size_t limit, query_past_fn *fn, void *arg, struct error *err);

/* An input that the index was made from, as it was read last. */
struct query_input {
	char *path;
	bool file;         /* a regular file, of which the three are known */
	uint64_t dev, ino; /* it was then */
	uint64_t offset;   /* where its newest line begins (unpacked) */
	bool torn;         /* it has a line that was cut off by its end */
	bool cursor;       /* a journal, of which an entry was read */
	int64_t read_ns;   /* wall clock: when that was committed */
};
struct query_inputs {
	struct query_input *inputs; /* one of each path */
	size_t n;
};
#define QUERY_INPUTS_INIT \
	{                 \
		NULL, 0   \
	}
int query_inputs(struct store *s, struct query_inputs *ret, struct error *err);
void query_inputs_done(struct query_inputs *inputs);
#define _cleanup_inputs_ __attribute__((cleanup(query_inputs_done)))

/*
 * Of the processes whose start was logged at that time or before, the newest
 * few: these lines, the newest first.
 */
int query_starts(struct store *s, int64_t at_ns, query_line_fn *fn, void *arg,
    struct error *err);

/*
 * Any one SQL statement that only reads; each row of its answer as a line of
 * JSON or of text that is safe on a terminal, newline included.
 */
typedef void query_sql_fn(void *arg, const struct buf *row);
int query_sql(struct store *s, const char *sql, bool json, query_sql_fn *fn,
    void *arg, struct error *err);

#endif
