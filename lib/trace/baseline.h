/* SPDX-License-Identifier: ISC */
/*
 * What is normal: how long the last good operations of one name took, each of
 * their stages and helper calls; and whether a failure was there before.
 *
 * The median and the median of the distances from it (MAD) say it, and how
 * many samples there are; below BASELINE_MIN of them nothing is normal.  A
 * stage or call that an operation has several times counts with its sum.
 */
#ifndef TRACE_BASELINE_H
#define TRACE_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "trace/store.h"
#include "wire/opid.h"

#define BASELINE_MAX 50
#define BASELINE_MIN 5
/* A ninetieth percentile needs one sample beyond it. */
#define BASELINE_P90_MIN 10

enum baseline_part { BASELINE_WHOLE, BASELINE_STAGE, BASELINE_CALL };

struct baseline_stat {
	size_t n;                  /* samples */
	int64_t median_ns, mad_ns; /* -1: fewer than BASELINE_MIN */
	int64_t p90_ns;            /* -1: fewer than BASELINE_P90_MIN */
};

struct baseline;

/* Of the last good operations of that name before start_ns. */
int baseline_load(struct store *s, const char *operation, int64_t start_ns,
    struct baseline **ret, struct error *err);
/* Takes NULL; returns NULL. */
struct baseline *baseline_free(struct baseline *b);
/* How long a part takes; name NULL for the whole. */
void baseline_stat(const struct baseline *b, enum baseline_part part,
    const char *name, struct baseline_stat *ret);
/* The name of the i-th of the stages or calls, in order; NULL: no more. */
const char *baseline_name(const struct baseline *b, enum baseline_part part,
    size_t i);
/* Is it beyond what the spread of good ones explains? */
bool baseline_is_slow(const struct baseline_stat *stat, int64_t ns);

/* The same failure before: of the last failures of that name. */
struct baseline_same {
	size_t looked, same; /* failures looked at, of them the same */
	struct opid last, first;
	int64_t last_ns, first_ns; /* when they began */
};
/* The same is: of the same masked text (mask.h). */
int baseline_same(struct store *s, const char *operation, const char *error,
    int64_t start_ns, struct baseline_same *ret, struct error *err);

DEFINE_FREEP(struct baseline *, baseline_free);

#endif
