/* SPDX-License-Identifier: ISC */
#include "trace/source.h"

#include <sys/epoll.h>

#include "base/clock.h"
#include "base/mem.h"

/* How long a line waits for an older one from a source that is silent. */
#define MERGE_BOUND_NS (NSEC_PER_SEC / 10)
/* A silent source is not asked more often than this while others have lines. */
#define MERGE_ASK_NS (5 * NSEC_PER_MSEC)

enum merge_state { MERGE_EMPTY, MERGE_HELD, MERGE_SILENT, MERGE_ENDED };

struct merge_input {
	struct source *source;
	enum merge_state state;
	int fd; /* polled through the merge's own, or -1 */
	struct record held;
	int64_t since_ns; /* monotonic: when held was read */
};

struct source_merge {
	struct source head;
	struct merge_input *inputs;
	size_t n;
	int epoll;        /* all that children want polled; -1: none can be */
	int64_t asked_ns; /* monotonic: when the silent were asked last */
	int64_t due_ns;   /* monotonic: when a held line goes out; 0: none */
};

/* Asks the input for its next record; LOST is the caller's to report. */
static enum source_status
source_merge__ask(struct source_merge *m, size_t i, struct error *err)
{
	struct merge_input *in = &m->inputs[i];
	enum source_status st = source_next(in->source, &in->held, err);

	if (st == SOURCE_MORE) {
		in->state = MERGE_HELD;
		in->since_ns = clock_mono_ns();
		in->held.pos.source = (unsigned)i;
	} else if (st == SOURCE_WAIT) {
		in->state = MERGE_SILENT;
	} else if (st == SOURCE_END) {
		in->state = MERGE_ENDED;
		/* A pipe that has ended would be readable for ever. */
		if (in->fd >= 0)
			epoll_ctl(m->epoll, EPOLL_CTL_DEL, in->fd, NULL);
	}
	return st;
}

/* Fills every empty place; false when an input said LOST. */
static bool
source_merge__fill(struct source_merge *m, struct error *err)
{
	int64_t now = clock_mono_ns();
	bool ask_silent = m->due_ns == 0 || now - m->asked_ns >= MERGE_ASK_NS;

	if (ask_silent)
		m->asked_ns = now;
	for (size_t i = 0; i < m->n; i++) {
		enum merge_state st = m->inputs[i].state;

		if (st != MERGE_EMPTY && (st != MERGE_SILENT || !ask_silent))
			continue;
		if (source_merge__ask(m, i, err) == SOURCE_LOST)
			return false;
	}
	return true;
}

/* The input whose held record is the oldest, or NULL. */
static struct merge_input *
source_merge__oldest(struct source_merge *m, bool *ret_silent)
{
	struct merge_input *best = NULL;

	*ret_silent = false;
	for (size_t i = 0; i < m->n; i++) {
		struct merge_input *in = &m->inputs[i];

		if (in->state == MERGE_SILENT)
			*ret_silent = true;
		if (in->state != MERGE_HELD)
			continue;
		if (best == NULL || in->held.time_ns < best->held.time_ns)
			best = in;
	}
	return best;
}

/*
 * How long the record must still be held: a silent source that was asked when
 * this record was a tenth of a second old has nothing older.  A clock that is
 * wrong holds it no longer than that by the monotonic one.
 */
static int64_t
source_merge__hold(const struct merge_input *in)
{
	int64_t by_time, by_hand;

	if (in->held.time_from == RECORD_TIME_NONE)
		return 0;
	by_time = in->held.time_ns - clock_real_ns() + MERGE_BOUND_NS;
	by_hand = in->since_ns - clock_mono_ns() + MERGE_BOUND_NS;
	return by_time < by_hand ? by_time : by_hand;
}

static enum source_status
source_merge__next(struct source *s, struct record *r, struct error *err)
{
	struct source_merge *m = (struct source_merge *)s;
	struct merge_input *in;
	bool silent;
	int64_t hold;

	if (!source_merge__fill(m, err))
		return SOURCE_LOST;
	in = source_merge__oldest(m, &silent);
	if (in == NULL) {
		m->due_ns = 0;
		return silent ? SOURCE_WAIT : SOURCE_END;
	}
	hold = silent ? source_merge__hold(in) : 0;
	m->due_ns = clock_mono_ns() + (hold > 0 ? hold : 0);
	if (hold > 0)
		return SOURCE_WAIT;
	record_move(r, &in->held);
	in->state = MERGE_EMPTY;
	return SOURCE_MORE;
}

static int
source_merge__fd(const struct source *s)
{
	return ((const struct source_merge *)s)->epoll;
}

static int64_t
source_merge__timeout(const struct source *s)
{
	const struct source_merge *m = (const struct source_merge *)s;
	int64_t least = -1, t;

	for (size_t i = 0; i < m->n; i++) {
		t = source_timeout(m->inputs[i].source);
		if (t >= 0 && (least < 0 || t < least))
			least = t;
	}
	if (m->due_ns != 0) {
		t = m->due_ns - clock_mono_ns();
		t = t < 0 ? 0 : t;
		if (least < 0 || t < least)
			least = t;
	}
	return least;
}

static void
source_merge__stats(const struct source *s, struct source_stats *ret)
{
	const struct source_merge *m = (const struct source_merge *)s;
	struct source_stats all = { 0 }, one;

	for (size_t i = 0; i < m->n; i++) {
		source_stats(m->inputs[i].source, &one);
		all.bytes += one.bytes;
		all.lines += one.lines;
		all.blank += one.blank;
		all.read += one.read;
		all.total += one.total;
	}
	*ret = all;
}

static const char *
source_merge__name(const struct source *s, unsigned source)
{
	const struct source_merge *m = (const struct source_merge *)s;

	return source_name(m->inputs[source].source, 0);
}

static void
source_merge__units(struct source *s, const char *const *units)
{
	struct source_merge *m = (struct source_merge *)s;

	for (size_t i = 0; i < m->n; i++)
		source_units(m->inputs[i].source, units);
}

static void
source_merge__close(struct source *s)
{
	struct source_merge *m = (struct source_merge *)s;

	for (size_t i = 0; i < m->n; i++) {
		record_done(&m->inputs[i].held);
		source_free(m->inputs[i].source);
	}
	if (m->epoll >= 0)
		close(m->epoll);
	free(m->inputs);
	free(m);
}

static const struct source_ops source_merge_ops = {
	.next = source_merge__next,
	.fd = source_merge__fd,
	.timeout = source_merge__timeout,
	.stats = source_merge__stats,
	.name = source_merge__name,
	.units = source_merge__units,
	.close = source_merge__close,
};

struct source *
source_merge(struct source *const *sources, size_t n)
{
	struct source_merge *m = xcalloc(1, sizeof(*m));
	struct epoll_event ev = { .events = EPOLLIN };
	int fd;

	m->head.ops = &source_merge_ops;
	m->inputs = xcalloc(n, sizeof(*m->inputs));
	m->n = n;
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < n; i++) {
		m->inputs[i].source = sources[i];
		record_init(&m->inputs[i].held);
		fd = source_fd(sources[i]);
		m->inputs[i].fd = -1;
		if (fd >= 0 && m->epoll >= 0 &&
		    epoll_ctl(m->epoll, EPOLL_CTL_ADD, fd, &ev) == 0)
			m->inputs[i].fd = fd;
	}
	return &m->head;
}
