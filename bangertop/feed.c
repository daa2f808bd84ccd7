/* SPDX-License-Identifier: ISC */
#include "feed.h"

#include <stdio.h>
#include <string.h>

#define FEED_OPS_MAX 20000 /* operations kept; the oldest ended go first */
#define FEED_TURN_NS (20 * NSEC_PER_MSEC)
#define FEED_TURN_LINES 64 /* between looks at the clock */
#define FEED_CATCH_UP_NS (5 * NSEC_PER_SEC)

int
feed_open(struct feed *f, const char *const *paths, size_t n, unsigned flags,
    struct error *err)
{
	struct source *source;
	int r;

	memset(f, 0, sizeof(*f));
	r = source_open_files(paths, NULL, n, flags, &source, err);
	if (r < 0)
		return r;
	f->source = source;
	f->set = opset_new(FEED_OPS_MAX);
	record_init(&f->record);
	return 0;
}

void
feed_done(struct feed *f)
{
	if (f->source == NULL)
		return;
	f->source = source_free(f->source);
	f->set = opset_free(f->set);
	record_done(&f->record);
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
	if (r->time_from != RECORD_TIME_NONE && r->time_ns > f->newest_ns)
		f->newest_ns = r->time_ns;
	if (opset_add(f->set, r) && m != NULL)
		model_changed(m);
}

enum source_status
feed_read(struct feed *f, struct model *m)
{
	int64_t until = clock_mono_ns() + FEED_TURN_NS;
	enum source_status st = SOURCE_MORE;
	struct error err = ERROR_INIT;
	struct source_stats stats;

	for (unsigned i = 1; st == SOURCE_MORE || st == SOURCE_LOST; i++) {
		st = source_next(f->source, &f->record, &err);
		f->taken += st == SOURCE_MORE || st == SOURCE_LOST;
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
