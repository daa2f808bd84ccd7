/* SPDX-License-Identifier: ISC */
#include "feed.h"

#include <stdio.h>
#include <string.h>

#define FEED_OPS_MAX 20000 /* operations kept; the oldest ended go first */
#define FEED_KEEP_NS (60 * NSEC_PER_SEC) /* of what ended, by the log */
#define FEED_ENDED_MAX 1000              /* that did not fail, however new */
#define FEED_FAILED_MAX 500
#define FEED_TRIM_MIN 1000 /* operations; with fewer there is nothing to do */
#define FEED_TURN_NS (20 * NSEC_PER_MSEC)
#define FEED_TURN_LINES 64 /* between looks at the clock */
#define FEED_CATCH_UP_NS (5 * NSEC_PER_SEC)

void
feed_begin(struct feed *f, struct source *source)
{
	memset(f, 0, sizeof(*f));
	f->source = source;
	f->set = opset_new(FEED_OPS_MAX);
	f->stats = stats_new();
	f->lines = lines_new(FEED_LINES_SIZE);
	f->seen.kept = f->lines;
	f->trim_at = FEED_TRIM_MIN;
	f->seen.lag_ns = -1;
	f->until_ns = INT64_MAX;
	record_init(&f->record);
}

int
feed_open(struct feed *f, const char *const *paths, size_t n, unsigned flags,
    struct error *err)
{
	struct source *source;
	int r;

	r = source_open_files(paths, NULL, n, flags, &source, err);
	if (r < 0)
		return r;
	feed_begin(f, source);
	return 0;
}

void
feed_until(struct feed *f, int64_t until_ns)
{
	f->until_ns = until_ns;
}

bool
feed_waits(const struct feed *f, int64_t *ret_ns)
{
	if (f->held)
		*ret_ns = f->record.time_ns;
	return f->held;
}

void
feed_done(struct feed *f)
{
	if (f->source == NULL)
		return;
	f->source = source_free(f->source);
	f->set = opset_free(f->set);
	f->stats = stats_free(f->stats);
	f->lines = lines_free(f->lines);
	record_done(&f->record);
}

/* ---- what is let go -------------------------------------------------------
 */

struct feed_keep {
	struct feed *feed;
	int64_t failed_since_ns, ended_since_ns;
};

static bool
feed__keep(void *arg, const struct op *op)
{
	struct feed_keep *k = arg;
	int64_t age = clock_diff(k->feed->newest_ns, op->last_ns);

	if (model_is_failure(op->status)
		? op->last_ns >= k->failed_since_ns
		: age < FEED_KEEP_NS && op->last_ns >= k->ended_since_ns)
		return true;
	if (!op->reads)
		k->feed->seen.gone[op->status]++;
	return false;
}

/* Since when those are that may stay, by their number. */
static void
feed__since(struct feed_keep *k)
{
	const struct op *const *ops;
	size_t n = opset_ended(k->feed->set, &ops), failed = 0, ended = 0;

	k->failed_since_ns = k->ended_since_ns = INT64_MIN;
	for (size_t i = 0; i < n; i++) {
		if (model_is_failure(ops[i]->status)) {
			if (++failed == FEED_FAILED_MAX)
				k->failed_since_ns = ops[i]->last_ns;
		} else if (++ended == FEED_ENDED_MAX) {
			k->ended_since_ns = ops[i]->last_ns;
		}
	}
}

/* Each time the set has doubled, so that it costs little a line. */
static void
feed__trim(struct feed *f)
{
	struct feed_keep keep = { f, 0, 0 };
	int64_t now = clock_real_ns();
	size_t left;

	if (opset_len(f->set) < f->trim_at)
		return;
	/* A line of the future is a mistake, and ages nothing. */
	opset_tick(f->set, f->newest_ns < now ? f->newest_ns : now);
	feed__since(&keep);
	opset_trim(f->set, feed__keep, &keep);
	left = opset_len(f->set);
	f->trim_at = 2 * left > FEED_TRIM_MIN ? 2 * left : FEED_TRIM_MIN;
	if (f->trim_at > FEED_OPS_MAX - FEED_OPS_MAX / 8)
		f->trim_at = left + FEED_OPS_MAX / 8;
}

/* ---- what is taken in -----------------------------------------------------
 */

/* Ends and calls, for the statistics; a second end does not count. */
static void
feed__count(struct feed *f, const struct record *r)
{
	const struct op *op;
	const char *method;

	if (r->kind != RECORD_EVENT)
		return;
	if (r->ev.kind == EVENT_HELPER_COMPLETED ||
	    r->ev.kind == EVENT_HELPER_FAILED) {
		method = event_str(&r->ev, FIELD_METHOD);
		stats_call(f->stats, method,
		    event_num(&r->ev, FIELD_DURATION, -1),
		    r->ev.kind == EVENT_HELPER_FAILED, r->time_ns);
	}
	if (r->ev.kind != EVENT_OP_COMPLETED && r->ev.kind != EVENT_OP_FAILED)
		return;
	op = opset_find(f->set, &r->op);
	if (op == NULL || op->ends != 1)
		return;
	stats_op(f->stats, op);
	f->failures += model_is_failure(op->status);
}

static void
feed__take(struct feed *f, struct model *m)
{
	const struct record *r = &f->record;
	int64_t n;

	if (r->kind == RECORD_BAD || r->kind == RECORD_TORN)
		f->seen.bad++;
	if (r->kind == RECORD_EVENT && r->ev.kind == EVENT_RECORDS_DROPPED) {
		n = event_num(&r->ev, FIELD_N, 0);
		f->seen.dropped += n > 0 ? (uint64_t)n : 0;
	}
	if ((r->flags & RECORD_SUPPRESSED) != 0 && r->dropped > 0)
		f->seen.suppressed += (uint64_t)r->dropped;
	if (r->time_from != RECORD_TIME_NONE && r->time_ns > f->newest_ns)
		f->newest_ns = r->time_ns;
	if (f->live && r->time_from != RECORD_TIME_NONE)
		f->seen.lag_ns = clock_diff(clock_real_ns(), r->time_ns);
	if (!opset_add(f->set, r))
		return;
	if (m != NULL)
		model_changed(m);
	lines_put(f->lines, &r->op, r->raw.data, r->raw.len);
	feed__count(f, r);
	feed__trim(f);
}

enum source_status
feed_read(struct feed *f, struct model *m)
{
	int64_t until = clock_mono_ns() + FEED_TURN_NS;
	enum source_status st = SOURCE_MORE;
	struct error err = ERROR_INIT;
	struct source_stats stats;

	for (unsigned i = 1; st == SOURCE_MORE || st == SOURCE_LOST; i++) {
		st = f->held ? SOURCE_MORE
			     : source_next(f->source, &f->record, &err);
		f->held = st == SOURCE_MORE && f->record.time_ns > f->until_ns;
		if (f->held) {
			st = SOURCE_WAIT;
			break;
		}
		f->taken += st == SOURCE_MORE || st == SOURCE_LOST;
		f->troubles += st == SOURCE_LOST;
		if (st == SOURCE_MORE)
			feed__take(f, m);
		else if (st == SOURCE_LOST)
			snprintf(f->seen.note, sizeof(f->seen.note), "%.*s",
			    (int)sizeof(f->seen.note) - 1, err.text);
		if (i % FEED_TURN_LINES == 0 && clock_mono_ns() > until)
			break;
	}
	source_stats(f->source, &stats);
	f->seen.lines = stats.lines;
	return st == SOURCE_LOST ? SOURCE_MORE : st;
}

void
feed_catch_up(struct feed *f)
{
	int64_t until = clock_mono_ns() + FEED_CATCH_UP_NS;
	enum source_status st;
	struct source_stats stats;

	do {
		st = feed_read(f, NULL);
		source_stats(f->source, &stats);
		if (st == SOURCE_END ||
		    (st == SOURCE_WAIT && stats.bytes >= stats.total))
			return;
		if (st == SOURCE_WAIT && !source_wait(f->source))
			return;
	} while (clock_mono_ns() < until);
}
