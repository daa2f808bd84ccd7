/* SPDX-License-Identifier: ISC */
/*
 * What the log should not look like: ends that are missing or there twice,
 * helper calls that nobody asked for, lines of others in our form, and lines
 * that are missing.
 */
#ifndef TRACE_QUERY_AUDIT_H
#define TRACE_QUERY_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/query.h"

enum audit_kind {
	AUDIT_CALL,     /* helper calls without an operation */
	AUDIT_NO_END,   /* an operation whose end line is missing */
	AUDIT_TWO_ENDS, /* one with several */
	AUDIT_FOREIGN,  /* lines of another unit that name an operation */
	AUDIT_GAP,      /* lines that are missing, in an hour */
	AUDIT_KIND_MAX
};

/* Owned strings, NULL where there is nothing to say. */
struct audit_finding {
	enum audit_kind kind;
	char *op_id, *operation;
	char *unit;   /* who wrote the lines, or should have */
	char *detail; /* a status, the reason of a gap, a line */
	int64_t n;    /* lines; 0: it is not known how many are missing */
	int64_t first_ns, last_ns; /* 0: unknown */
};

struct audit {
	struct audit_finding *findings; /* by kind, the oldest first */
	size_t n;
};

void audit_done(struct audit *a);
#define _cleanup_audit_ __attribute__((cleanup(audit_done)))

/*
 * Of the window; with a filter only what is found of operations, of those that
 * match.  limit and skip do not count.
 */
int query_audit(struct store *s, const struct query_want *want,
    struct audit *ret, struct error *err);

#endif
