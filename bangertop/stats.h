/* SPDX-License-Identifier: ISC */
/*
 * What operations usually do: how long each stage of each operation takes, how
 * long it then is to the end, how often and with which errors they fail, and
 * the helper's calls by method.  Fed as operations end; pure, with no clock of
 * its own, and bounded: STATS_SERIES_MAX series of each kind and
 * STATS_SAMPLES durations of each; what is beyond is counted.
 */
#ifndef TOP_STATS_H
#define TOP_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "trace/op.h"

#define STATS_SAMPLES 200
#define STATS_SERIES_MAX 500
#define STATS_BUCKETS 30
#define STATS_BUCKET_NS (10 * NSEC_PER_SEC)
#define STATS_BINS 8 /* of a histogram, from the shortest to the longest */
/* Below these a figure says nothing, and is unknown. */
#define STATS_LEAST_P50 5
#define STATS_LEAST_P90 10
#define STATS_LEAST_P95 20
#define STATS_LEAST_P99 100

/* The newest durations. */
struct stats_sample {
	int64_t ns[STATS_SAMPLES], sorted[STATS_SAMPLES];
	size_t n, at;
	bool stale; /* sorted is not what ns says */
};

/* How much there was in each of the last stretches of time. */
struct stats_recent {
	uint32_t bucket[STATS_BUCKETS]; /* by number, modulo */
	int64_t newest;                 /* number of the newest */
};

enum stats_kind {
	STATS_STAGE, /* of an operation; and the whole one, with stage NULL */
	STATS_ERROR, /* a family of errors */
	STATS_CALL,  /* to the helper, by method */
	STATS_KIND_MAX
};

struct stats_series {
	char *name;  /* operation, or method */
	char *stage; /* or NULL */
	char *error; /* of a family: the text with what differs left out */
	char *code;  /* of a family, or NULL */
	struct opid example; /* the newest that counts here */
	uint64_t count, failed;
	uint64_t last;   /* operations that ended well and in this stage */
	size_t n_stages; /* of the newest operation that ended well */
	int64_t first_ns, last_ns; /* wall clock of the oldest and newest */
	struct stats_sample took;
	struct stats_sample rest; /* from the stage's start to the end */
	struct stats_recent recent;
};

struct stats;

struct stats *stats_new(void);
struct stats *stats_free(struct stats *st);
/* An operation whose end was just read. */
void stats_op(struct stats *st, const struct op *op);
/* A call of the helper; took_ns -1: unknown. */
void stats_call(struct stats *st, const char *method, int64_t took_ns,
    bool failed, int64_t at_ns);

/* NULL when there was none; stage NULL: the operation as a whole. */
struct stats_series *stats_stage(const struct stats *st, const char *operation,
    const char *stage);
/* All of a kind, in the order of their first; the array is the stats'. */
size_t stats_all(const struct stats *st, enum stats_kind kind,
    struct stats_series *const **ret);
/* Those that found no place any more. */
uint64_t stats_overflow(const struct stats *st);

/*
 * The duration that so many of a hundred do not exceed (nearest rank), or -1
 * when there are fewer than `least`.
 */
int64_t stats_percentile(struct stats_sample *s, unsigned percent,
    size_t least);
/* How many durations fall into each of STATS_BINS equal steps of magnitude. */
void stats_histogram(struct stats_sample *s, uint32_t out[STATS_BINS]);
/* Counts of the last n buckets up to now, the oldest first. */
void stats_recent(const struct stats_recent *r, int64_t now_ns, size_t n,
    uint32_t *out);
/* How many there were in the minute before now. */
uint32_t stats_a_minute(const struct stats_recent *r, int64_t now_ns);
/* All ends of operations: well, and otherwise. */
const struct stats_recent *stats_ends(const struct stats *st, bool failed);

DEFINE_FREEP(struct stats *, stats_free);

#endif
