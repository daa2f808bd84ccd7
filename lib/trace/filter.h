/* SPDX-License-Identifier: ISC */
/*
 * The filter language: which operations are meant.
 *
 *     method = vm.start and (took > 2s or failed)
 *     vm ~ "^web-" and not helper:nat.apply > 50ms
 *
 * docs/query.md is its reference.  One parsed expression has two back ends
 * that agree on every operation: filter_match() looks at one that is in
 * memory, filter_sql() says the same as a condition on the index's table `op`.
 *
 * An operation matches a comparison when any of its parts does (any stage of
 * that name, any helper call of that method).  A comparison with what is
 * unknown (no such text, a duration nobody wrote) is false, whatever the
 * operator; `not` of it is therefore true.
 *
 * A filter owns all that it points to.  It is for one thread at a time, since
 * matching uses memory of its own.
 */
#ifndef TRACE_FILTER_H
#define TRACE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/regex.h"
#include "trace/op.h"

#define FILTER_TEXT_MAX 4096 /* bytes of an expression */
#define FILTER_DEPTH_MAX 64  /* of parentheses and nots within each other */

struct filter;

/*
 * Reads an expression.  now_ns is only for checking times such as "2h ago",
 * which are worked out anew for the now_ns of each use.  On failure (-EINVAL)
 * the text of err begins with "column N: " (characters from 1), and *at is
 * that place as an offset in bytes.
 */
int filter_parse(const char *text, int64_t now_ns, struct filter **ret,
    size_t *at, struct error *err);
struct filter *filter_free(struct filter *f);

bool filter_match(struct filter *f, const struct op *op, int64_t now_ns);

/*
 * How often a text was too hard for a pattern, by now: trying was given up,
 * and the comparison counted as false.  Patterns like (.+)+[0-9] can be so.
 */
uint64_t filter_undecided(const struct filter *f);

/* ---- SQL --------------------------------------------------------------- */

/*
 * FILTER_SQL_MATCH(REGEX, TEXT) is the function that the condition calls; its
 * first argument is a pointer, bound under the name FILTER_SQL_POINTER, and it
 * answers what regex_match() does (NULL for -1, or a TEXT that is).
 */
#define FILTER_SQL_MATCH "banger_match"
#define FILTER_SQL_POINTER "filter_regex"

enum filter_param_type {
	FILTER_PARAM_NUMBER,
	FILTER_PARAM_TEXT,
	FILTER_PARAM_REGEX,
};

/* What is to be bound; texts and patterns are the filter's. */
struct filter_param {
	enum filter_param_type type;
	int64_t number;
	const char *text;
	struct regex *regex;
};

struct filter_sql {
	struct buf where;
	struct filter_param *params;
	size_t n;
};
#define FILTER_SQL_INIT           \
	{                         \
		BUF_INIT, NULL, 0 \
	}

/*
 * The whole expression as a condition for `FROM op ... WHERE`; params[i] is to
 * be bound as ?(first + i).  Nothing of the expression's text stands in it.
 */
void filter_to_sql(struct filter *f, int64_t now_ns, size_t first,
    struct filter_sql *ret);
void filter_sql_done(struct filter_sql *sql);

/* ---- what there is ----------------------------------------------------- */

/* Field i and what there is to say of it; false past the last. */
struct filter_about {
	const char *name;
	bool keyed;       /* it is written "name:KEY" */
	const char *type; /* "text", "duration", "number", "time", "word" */
	const char *about;
};
bool filter_about(size_t i, struct filter_about *ret);

DEFINE_FREEP(struct filter *, filter_free);

#endif
