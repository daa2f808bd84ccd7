/* SPDX-License-Identifier: ISC */
#include "trace/certificate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static void
certificate__pair(struct certificate_clock *k, int64_t wall_ns, int64_t mono_ns)
{
	int64_t diff = clock_diff(wall_ns, mono_ns);

	if (k->lines++ == 0) {
		k->first_mono_ns = mono_ns;
		k->first_ns = k->least_ns = k->most_ns = diff;
		return;
	}
	if (mono_ns < k->first_mono_ns) {
		k->first_mono_ns = mono_ns;
		k->first_ns = diff;
	}
	if (diff < k->least_ns)
		k->least_ns = diff;
	if (diff > k->most_ns)
		k->most_ns = diff;
}

/* How long after the start the line came, by the monotonic clock; or -1. */
static int64_t
certificate__since(const struct record *r)
{
	switch (r->ev.kind) {
	case EVENT_OP_STARTED:
		return 0;
	case EVENT_OP_STAGE:
		return event_num(&r->ev, FIELD_SINCE_START, -1);
	case EVENT_OP_COMPLETED:
	case EVENT_OP_FAILED:
		return event_num(&r->ev, FIELD_DURATION, -1);
	default:
		return -1;
	}
}

/*
 * Of the first run alone: what a later one says of the operation, when it
 * closes it, it has no monotonic time for.
 */
static void
certificate__own(struct certificate *c, const struct record *r)
{
	const char *run = record_run(r);
	int64_t since;

	if (r->kind != RECORD_EVENT || r->time_from != RECORD_TIME_OWN ||
	    (r->flags & RECORD_TWO_OPS) != 0)
		return;
	since = certificate__since(r);
	if (since < 0)
		return;
	if (run == NULL || strlen(run) >= sizeof(c->run))
		run = "";
	if (c->own.lines == 0)
		strcpy(c->run, run);
	if (strcmp(c->run, run) == 0)
		certificate__pair(&c->own, r->time_ns, since);
}

static void
certificate__journal(struct certificate *c, const struct record *r)
{
	if (r->real_ns < 0 || r->mono_ns < 0 ||
	    strlen(r->boot) >= sizeof(c->boot))
		return;
	if (c->journal.lines == 0)
		strcpy(c->boot, r->boot);
	if (strcmp(c->boot, r->boot) == 0)
		certificate__pair(&c->journal, r->real_ns, r->mono_ns);
}

void
certificate_add(struct certificate *c, const struct record *r)
{
	if ((r->flags & RECORD_JOINED) != 0)
		c->joined++;
	if ((r->flags & RECORD_CUT) != 0)
		c->cut++;
	certificate__own(c, r);
	certificate__journal(c, r);
}

static int64_t
certificate__moved(const struct certificate_clock *k)
{
	int64_t on = clock_diff(k->most_ns, k->first_ns);
	int64_t back = clock_diff(k->first_ns, k->least_ns);

	return on >= back ? on : -back;
}

bool
certificate_clocks(const struct certificate *c, int64_t *ret_moved_ns)
{
	int64_t own = 0, journal = 0;

	if (c->own.lines < 2 && c->journal.lines < 2)
		return false;
	if (c->own.lines >= 2)
		own = certificate__moved(&c->own);
	if (c->journal.lines >= 2)
		journal = certificate__moved(&c->journal);
	*ret_moved_ns = llabs(own) >= llabs(journal) ? own : journal;
	return true;
}

bool
certificate_clocks_agree(const struct certificate *c)
{
	int64_t moved;

	return !certificate_clocks(c, &moved) ||
	    llabs(moved) <= CERTIFICATE_CLOCK_NS;
}
