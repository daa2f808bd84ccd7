/* SPDX-License-Identifier: ISC */
/*
 * Errors in families: those of the same operation, in the same stage, with the
 * same text but for names and numbers (mask.h).
 */
#ifndef TRACE_QUERY_ERRORS_H
#define TRACE_QUERY_ERRORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "trace/query.h"

/* Names of VMs that a family has; more are only counted. */
#define ERRORS_VMS 8

struct error_family {
	char *operation, *stage;   /* NULL where no line tells */
	char *text;                /* masked */
	int64_t n;                 /* operations */
	int64_t first_ns, last_ns; /* when they ended */
	size_t n_vms;              /* different ones, by their names */
	char *vms[ERRORS_VMS];     /* the first of them that were seen */
	/* The one with the most lines, of such the newest; NULL: pruned. */
	char *example, *example_text;
};

struct error_families {
	struct error_family *families; /* the most frequent first */
	size_t n;
};

struct errors_want {
	struct query_want ops; /* the operations that count */
	/* Only families that no operation had before that; INT64_MIN: all. */
	int64_t new_ns;
};

void error_families_done(struct error_families *f);
#define _cleanup_families_ __attribute__((cleanup(error_families_done)))

/*
 * What was pruned counts where all operations are asked for, and tells in any
 * case that a family is not new.
 */
int query_errors(struct store *s, const struct errors_want *want,
    struct error_families *ret, struct error *err);

#endif
