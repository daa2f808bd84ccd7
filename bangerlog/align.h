/* SPDX-License-Identifier: ISC */
/* Two lists of named durations beside each other, by name and order. */
#ifndef BANGERLOG_ALIGN_H
#define BANGERLOG_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parts beyond are left out: aligning costs their product. */
#define ALIGN_MAX 1024
/* A difference is marked when it is so long, and that share of the first. */
#define ALIGN_LEAST_NS 2000000
#define ALIGN_SHARE 4 /* a quarter */

struct part {
	const char *name; /* borrowed */
	int64_t ns;       /* -1 unknown */
};

struct parts {
	struct part *parts;
	size_t n;
};

/* One row; a or b is NULL where the other has nothing like it. */
struct pair {
	const struct part *a, *b;
};

void parts_add(struct parts *p, const char *name, int64_t ns);
void parts_done(struct parts *p);

/*
 * Pairs along a longest common subsequence of the names: at most a->n + b->n
 * of them, an array that the caller frees.  Returns how many.
 */
size_t align(const struct parts *a, const struct parts *b, struct pair **ret);
/* b - a; false when one of them is not known. */
bool align_diff(const struct pair *p, int64_t *ret_ns);
/* Does the difference matter, in itself and as a share? */
bool align_matters(int64_t a_ns, int64_t diff_ns);

#endif
