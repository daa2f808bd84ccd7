/* SPDX-License-Identifier: ISC */
/*
 * Whether an operation does as its like did, and how long it still takes.
 * Compared is the time in its stage with that of the same stage of the same
 * operation before: beyond 95 of a hundred it is slow (with fewer than
 * STATS_LEAST_P95 of them: beyond all, of at least STATS_LEAST_P50), and stuck
 * beyond three times that and a second.  One is stuck too, whatever its like
 * did, when its stage lasts longer than the log says that it may.
 */
#include "model_int.h"

#define JUDGE_FAR 3
#define JUDGE_FAR_NS NSEC_PER_SEC
#define JUDGE_MOST 4 /* of five that ended well ended in this stage */

static int64_t
judge__usual(struct stats_sample *took)
{
	int64_t p95 = stats_percentile(took, 95, STATS_LEAST_P95);

	return p95 >= 0 ? p95 : stats_percentile(took, 100, STATS_LEAST_P50);
}

static enum model_state
judge__state(const struct model_row *row, struct stats_series *s,
    const struct stats_series *whole)
{
	int64_t usual = judge__usual(&s->took);
	uint64_t well = whole->count - whole->failed;

	if (usual >= 0 && row->stage_ns > usual)
		return row->stage_ns / JUDGE_FAR > usual &&
			row->stage_ns - usual > JUDGE_FAR_NS
		    ? MODEL_STUCK
		    : MODEL_SLOW;
	if (s != whole && well >= STATS_LEAST_P50 &&
	    s->last * (JUDGE_MOST + 1) >= well * JUDGE_MOST)
		return MODEL_ENDING;
	return MODEL_RUNNING;
}

static bool
judge__is_overdue(const struct model_row *row)
{
	return row->deadline_ns >= 0 && row->stage_ns > row->deadline_ns;
}

static int64_t
judge__left(int64_t all, int64_t gone)
{
	return all > gone ? all - gone : 0;
}

void
judge_row(struct model_row *row, struct stats *stats)
{
	struct stats_series *whole, *s;
	struct stats_sample *rest;

	row->eta_low_ns = row->eta_high_ns = -1;
	if (row->section != MODEL_FLIGHT || row->status != OP_RUNNING)
		return;
	if (judge__is_overdue(row))
		row->state = MODEL_STUCK;
	if (stats == NULL)
		return;
	whole = stats_stage(stats, row->operation, NULL);
	s = whole != NULL && row->stage != NULL
	    ? stats_stage(stats, row->operation, row->stage)
	    : whole;
	if (whole == NULL || s == NULL)
		return;
	row->steps = whole->n_stages;
	if (row->stage_ns < 0)
		return;
	if (!judge__is_overdue(row))
		row->state = judge__state(row, s, whole);
	rest = s != whole ? &s->rest : &s->took;
	row->eta_n = rest->n;
	if (rest->n < STATS_LEAST_P50)
		return;
	row->eta_low_ns = judge__left(stats_percentile(rest, 50,
					  STATS_LEAST_P50),
	    row->stage_ns);
	row->eta_high_ns = judge__left(stats_percentile(rest, 90,
					   STATS_LEAST_P50),
	    row->stage_ns);
}

const char *
model_state_name(enum model_state state)
{
	static const char *const names[MODEL_STATE_MAX] = { "running", "ending",
		"slow", "stuck" };

	return names[state];
}
