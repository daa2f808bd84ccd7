/* SPDX-License-Identifier: ISC */
#include "replay.h"

static void
replay__read(struct replay *r)
{
	enum source_status st;

	feed_until(r->feed, r->now_ns);
	while ((st = feed_read(r->feed, NULL)) == SOURCE_MORE)
		;
	r->over = st == SOURCE_END;
}

int
replay_begin(struct replay *r, const struct recording *recording,
    struct feed *feed, int64_t at_ns, int speed, struct error *err)
{
	struct source *source;

	*r = (struct replay){ .recording = recording,
		.feed = feed,
		.speed = speed };
	if (recording_source(recording, &source, err) < 0)
		return -1;
	feed_begin(feed, source);
	r->now_ns = at_ns == INT64_MIN ? recording->first_ns : at_ns;
	replay__read(r);
	return 0;
}

void
replay_advance(struct replay *r, int64_t elapsed_ns)
{
	int64_t by, to;

	/* Behind the last line nothing happens any more. */
	if (r->stands || r->over || elapsed_ns < 0)
		return;
	if (__builtin_mul_overflow(elapsed_ns, r->speed, &by) ||
	    __builtin_add_overflow(r->now_ns, by, &to))
		return;
	r->now_ns = to;
	replay__read(r);
}

bool
replay_step(struct replay *r)
{
	int64_t next;

	if (!feed_waits(r->feed, &next))
		return false;
	r->now_ns = next;
	replay__read(r);
	return true;
}

bool
replay_failure(struct replay *r)
{
	uint64_t before = r->feed->failures;

	while (r->feed->failures == before)
		if (!replay_step(r))
			return false;
	return true;
}

int
replay_seek(struct replay *r, int64_t to_ns, struct error *err)
{
	const struct recording *rec = r->recording;
	struct source *source;

	to_ns = to_ns < rec->first_ns ? rec->first_ns : to_ns;
	to_ns = to_ns > rec->last_ns ? rec->last_ns : to_ns;
	if (to_ns < r->now_ns) {
		if (recording_source(rec, &source, err) < 0)
			return -1;
		feed_done(r->feed);
		feed_begin(r->feed, source);
	}
	r->now_ns = to_ns;
	replay__read(r);
	return 0;
}

void
replay_faster(struct replay *r, bool faster)
{
	if (faster && r->speed < REPLAY_SPEED_MAX)
		r->speed *= 2;
	else if (!faster && r->speed > 1)
		r->speed /= 2;
}
