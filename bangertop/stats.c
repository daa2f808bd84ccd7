/* SPDX-License-Identifier: ISC */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "trace/mask.h"

/* Buckets that a clock may be set back by before the newest is not believed. */
#define STATS_STEP 360

struct stats_group {
	struct map *by_key; /* owned by `all` */
	struct stats_series **all;
	size_t n;
};

struct stats {
	struct stats_group groups[STATS_KIND_MAX];
	struct stats_recent ends[2];
	uint64_t overflow;
	struct mask *mask;
};

struct stats *
stats_new(void)
{
	struct stats *st = xcalloc(1, sizeof(*st));

	st->mask = mask_new();
	for (int i = 0; i < STATS_KIND_MAX; i++) {
		st->groups[i].by_key = map_new(NULL);
		st->groups[i].all = xcalloc(STATS_SERIES_MAX,
		    sizeof(struct stats_series *));
	}
	return st;
}

static void
stats__free_series(struct stats_series *s)
{
	free(s->name);
	free(s->stage);
	free(s->error);
	free(s->code);
	free(s);
}

struct stats *
stats_free(struct stats *st)
{
	if (st == NULL)
		return NULL;
	mask_free(st->mask);
	for (int i = 0; i < STATS_KIND_MAX; i++) {
		for (size_t j = 0; j < st->groups[i].n; j++)
			stats__free_series(st->groups[i].all[j]);
		free(st->groups[i].all);
		map_free(st->groups[i].by_key);
	}
	free(st);
	return NULL;
}

/* ---- what is kept ---------------------------------------------------------
 */

static void
stats__put(struct stats_sample *s, int64_t ns)
{
	if (ns < 0)
		return;
	s->ns[s->at] = ns;
	s->at = (s->at + 1) % STATS_SAMPLES;
	s->n += s->n < STATS_SAMPLES;
	s->stale = true;
}

/* Counts one in the bucket of its time; what is too old is left out. */
static void
stats__count(struct stats_recent *r, int64_t at_ns)
{
	int64_t number = at_ns / STATS_BUCKET_NS;

	if (number < 0)
		return;
	/* Far older than the newest, which was a clock's mistake then. */
	if (number < r->newest - STATS_STEP)
		r->newest = 0;
	if (number <= r->newest - STATS_BUCKETS)
		return;
	if (r->newest == 0 || number - r->newest >= STATS_BUCKETS)
		memset(r->bucket, 0, sizeof(r->bucket));
	else
		for (int64_t i = r->newest + 1; i <= number; i++)
			r->bucket[i % STATS_BUCKETS] = 0;
	r->newest = number > r->newest ? number : r->newest;
	r->bucket[number % STATS_BUCKETS]++;
}

/* With their lengths, so that no text can pass for two parts. */
static void
stats__key(const char *const parts[3], struct buf *out)
{
	for (int i = 0; i < 3; i++)
		buf_printf(out, "%zu:%s",
		    parts[i] != NULL ? strlen(parts[i]) : 0,
		    parts[i] != NULL ? parts[i] : "-");
}

static struct stats_series *
stats__series(struct stats *st, enum stats_kind kind,
    const char *const parts[3])
{
	struct stats_group *g = &st->groups[kind];
	_cleanup_buf_ struct buf key = BUF_INIT;
	struct stats_series *s;

	stats__key(parts, &key);
	s = map_find(g->by_key, buf_str(&key));
	if (s != NULL)
		return s;
	if (g->n == STATS_SERIES_MAX) {
		st->overflow++;
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->name = xstrdup(parts[0] != NULL ? parts[0] : "-");
	s->stage = parts[1] != NULL ? xstrdup(parts[1]) : NULL;
	s->error = parts[2] != NULL ? xstrdup(parts[2]) : NULL;
	g->all[g->n++] = s;
	map_put(g->by_key, buf_str(&key), s);
	return s;
}

static void
stats__note(struct stats_series *s, int64_t took_ns, bool failed, int64_t at_ns)
{
	s->count++;
	s->failed += failed;
	if (s->first_ns == 0 || at_ns < s->first_ns)
		s->first_ns = at_ns;
	if (at_ns > s->last_ns)
		s->last_ns = at_ns;
	stats__put(&s->took, took_ns);
	stats__count(&s->recent, at_ns);
}

static void
stats__op_stage(struct stats *st, const struct op *op, size_t i)
{
	const struct op_stage *stage = &op->stages[i];
	struct stats_series *s;

	if (stage->name == NULL)
		return;
	s = stats__series(st, STATS_STAGE,
	    (const char *const[3]){ op->name, stage->name, NULL });
	if (s == NULL)
		return;
	/* A stage that failed did not take its time: it was cut short. */
	stats__note(s, stage->failed ? -1 : stage->duration_ns, stage->failed,
	    op->last_ns);
	s->example = op->id;
	if (op->status != OP_COMPLETED)
		return;
	s->last += i + 1 == op->n_stages;
	if (stage->start_ns >= 0 && op->duration_ns >= 0)
		stats__put(&s->rest,
		    clock_diff(op->duration_ns, stage->start_ns));
}

static void
stats__op_error(struct stats *st, const struct op *op)
{
	_cleanup_buf_ struct buf family = BUF_INIT;
	const struct op_stage *stage = op_last_stage(op);
	const char *where = op->failed_stage != NULL ? op->failed_stage
	    : stage != NULL                          ? stage->name
						     : NULL;
	const char *const names[] = { op_subject(op, FIELD_VM_NAME),
		op_subject(op, FIELD_VM_ID), op_subject(op, FIELD_IMAGE_NAME) };
	struct stats_series *s;

	mask_text(st->mask, op->error != NULL ? op->error : "no error text",
	    names, ARRAY_LEN(names), &family);
	s = stats__series(st, STATS_ERROR,
	    (const char *const[3]){ op->name, where, buf_str(&family) });
	if (s == NULL)
		return;
	stats__note(s, op->duration_ns, true, op->last_ns);
	s->example = op->id;
	if (s->code == NULL && op->code != NULL)
		s->code = xstrdup(op->code);
}

void
stats_op(struct stats *st, const struct op *op)
{
	bool failed = op->status == OP_FAILED || op->status == OP_INTERRUPTED;
	struct stats_series *s;

	if (op_in_flight(op) || op->rpc_only)
		return;
	stats__count(&st->ends[failed], op->last_ns);
	s = stats__series(st, STATS_STAGE,
	    (const char *const[3]){ op->name, NULL, NULL });
	if (s != NULL) {
		stats__note(s,
		    op->status == OP_COMPLETED ? op->duration_ns : -1, failed,
		    op->last_ns);
		s->example = op->id;
		if (op->status == OP_COMPLETED)
			s->n_stages = op->n_stages;
	}
	for (size_t i = 0; i < op->n_stages; i++)
		stats__op_stage(st, op, i);
	if (failed)
		stats__op_error(st, op);
}

void
stats_call(struct stats *st, const char *method, int64_t took_ns, bool failed,
    int64_t at_ns)
{
	struct stats_series *s = stats__series(st, STATS_CALL,
	    (const char *const[3]){ method, NULL, NULL });

	if (s != NULL)
		stats__note(s, took_ns, failed, at_ns);
}

/* ---- questions ------------------------------------------------------------
 */

struct stats_series *
stats_stage(const struct stats *st, const char *operation, const char *stage)
{
	_cleanup_buf_ struct buf key = BUF_INIT;

	stats__key((const char *const[3]){ operation, stage, NULL }, &key);
	return map_find(st->groups[STATS_STAGE].by_key, buf_str(&key));
}

size_t
stats_all(const struct stats *st, enum stats_kind kind,
    struct stats_series *const **ret)
{
	*ret = st->groups[kind].all;
	return st->groups[kind].n;
}

uint64_t
stats_overflow(const struct stats *st)
{
	return st->overflow;
}

const struct stats_recent *
stats_ends(const struct stats *st, bool failed)
{
	return &st->ends[failed];
}

static void
stats__sort(struct stats_sample *s)
{
	if (!s->stale)
		return;
	memcpy(s->sorted, s->ns, s->n * sizeof(s->ns[0]));
	quantile_sort(s->sorted, s->n);
	s->stale = false;
}

int64_t
stats_percentile(struct stats_sample *s, unsigned percent, size_t least)
{
	if (s->n == 0 || s->n < least)
		return -1;
	stats__sort(s);
	return quantile_of(s->sorted, s->n, percent);
}

/* About 64 times the logarithm to base 2. */
static unsigned
stats__magnitude(int64_t ns)
{
	uint64_t v = (uint64_t)ns + 1;
	unsigned log2 = 63 - (unsigned)__builtin_clzll(v);
	uint64_t rest = log2 >= 6 ? v >> (log2 - 6) : v << (6 - log2);

	return log2 * 64 + (unsigned)(rest & 63);
}

void
stats_histogram(struct stats_sample *s, uint32_t out[STATS_BINS])
{
	unsigned low, span, bin;

	memset(out, 0, STATS_BINS * sizeof(*out));
	if (s->n == 0)
		return;
	stats__sort(s);
	low = stats__magnitude(s->sorted[0]);
	span = stats__magnitude(s->sorted[s->n - 1]) - low + 1;
	for (size_t i = 0; i < s->n; i++) {
		bin = (stats__magnitude(s->sorted[i]) - low) * STATS_BINS;
		out[bin / span]++;
	}
}

void
stats_recent(const struct stats_recent *r, int64_t now_ns, size_t n,
    uint32_t *out)
{
	int64_t number = now_ns / STATS_BUCKET_NS, at;

	for (size_t i = 0; i < n; i++) {
		at = number - (int64_t)(n - 1 - i);
		out[i] = at < 0 || at > r->newest ||
			at <= r->newest - STATS_BUCKETS
		    ? 0
		    : r->bucket[at % STATS_BUCKETS];
	}
}

uint32_t
stats_a_minute(const struct stats_recent *r, int64_t now_ns)
{
	uint32_t buckets[60 * NSEC_PER_SEC / STATS_BUCKET_NS], sum = 0;

	stats_recent(r, now_ns, ARRAY_LEN(buckets), buckets);
	for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
		sum += buckets[i];
	return sum;
}
