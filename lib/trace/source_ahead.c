/* SPDX-License-Identifier: ISC */
/* A source that reads ahead on a thread of its own: see source_ahead(). */
#include "trace/source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "trace/message.h"

/*
 * Records go over in batches, so that the two threads meet seldom; a few of
 * them, so that neither waits for the other's short pauses.  All of them
 * together fit into a processor's cache: what one thread wrote long ago the
 * other one would fetch from memory.
 */
#define AHEAD_RECORDS 64
#define AHEAD_BATCHES 8
/*
 * Who had to wait is woken when so many are there for him: waking costs more
 * than a batch.
 */
#define AHEAD_WAKE (AHEAD_BATCHES / 2)
/* A caller that finds nothing hears of it so often, and may give up. */
#define AHEAD_PATIENCE_NS (NSEC_PER_SEC / 10)

struct ahead_batch {
	struct record records[AHEAD_RECORDS];
	size_t n;
	enum source_status end; /* after these: MORE, LOST or END */
	struct error err;       /* of LOST */
	struct source_stats stats;
};

struct source_ahead {
	struct source head;
	struct source *inner; /* the thread's, while it runs */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop;

	/* A ring: `ready` batches from `first` on are the caller's. */
	struct ahead_batch *batches;
	size_t first, ready;

	/* The caller's alone. */
	size_t taken; /* records of the first batch */
	bool ended;
	bool unread; /* messages are read here */
	struct message_reader *messages;
	struct record whole; /* of an unread one */
	struct record *lent; /* the newest */
	/* What one without a time gets: that of the last one with one. */
	int64_t last_ns;
	enum record_time last_from;
	struct source_stats stats;
};

/* ---- the thread -------------------------------------------------------- */

/* Fills a batch until it is full or the source has something else to say. */
static void
source_ahead__fill(struct source_ahead *a, struct ahead_batch *b)
{
	enum source_status st = SOURCE_MORE;

	b->n = 0;
	while (b->n < AHEAD_RECORDS && st == SOURCE_MORE) {
		error_clear(&b->err);
		st = source_next(a->inner, &b->records[b->n], &b->err);
		b->n += st == SOURCE_MORE;
	}
	b->end = st;
	source_stats(a->inner, &b->stats);
}

/* Waits for a free place; NULL: the caller wants no more. */
static struct ahead_batch *
source_ahead__place(struct source_ahead *a)
{
	struct ahead_batch *b = NULL;

	pthread_mutex_lock(&a->lock);
	if (a->ready == AHEAD_BATCHES)
		while (!a->stop && a->ready > AHEAD_BATCHES - AHEAD_WAKE)
			pthread_cond_wait(&a->changed, &a->lock);
	if (!a->stop)
		b = &a->batches[(a->first + a->ready) % AHEAD_BATCHES];
	pthread_mutex_unlock(&a->lock);
	return b;
}

static void *
source_ahead__run(void *arg)
{
	struct source_ahead *a = arg;
	struct ahead_batch *b;
	enum source_status end = SOURCE_MORE;

	while (end != SOURCE_END && (b = source_ahead__place(a)) != NULL) {
		source_ahead__fill(a, b);
		end = b->end;
		pthread_mutex_lock(&a->lock);
		a->ready++;
		if (a->ready == AHEAD_WAKE || end != SOURCE_MORE)
			pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* ---- as a source ------------------------------------------------------- */

/* The batch to take from, or NULL when there is none for now. */
static struct ahead_batch *
source_ahead__first(struct source_ahead *a)
{
	int64_t until = clock_real_ns() + AHEAD_PATIENCE_NS;
	struct timespec ts = { until / NSEC_PER_SEC, until % NSEC_PER_SEC };
	struct ahead_batch *b = NULL;
	int rc = 0;

	pthread_mutex_lock(&a->lock);
	while (a->ready == 0 && rc == 0)
		rc = pthread_cond_timedwait(&a->changed, &a->lock, &ts);
	if (a->ready > 0)
		b = &a->batches[a->first];
	pthread_mutex_unlock(&a->lock);
	return b;
}

/* Gives the batch that was emptied back to the thread. */
static void
source_ahead__give(struct source_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->first = (a->first + 1) % AHEAD_BATCHES;
	a->ready--;
	if (a->ready == AHEAD_BATCHES - AHEAD_WAKE)
		pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	a->taken = 0;
}

/*
 * Reads the message of a record of the first batch.  What it says is put where
 * that of the one before it was, in this processor's cache; only the text had
 * to come from the other's.
 */
static struct record *
source_ahead__read(struct source_ahead *a, struct record *r)
{
	if (!a->unread)
		return r;
	if (r->unread) {
		message_read_later(a->messages, r, &a->whole);
		r = &a->whole;
	}
	/* Which of those before it have a time is only known now. */
	if (r->time_from == RECORD_TIME_OWN ||
	    r->time_from == RECORD_TIME_JOURNAL) {
		a->last_ns = r->time_ns;
		a->last_from = RECORD_TIME_CARRIED;
	} else {
		r->time_ns = a->last_ns;
		r->time_from = a->last_from;
	}
	return r;
}

static enum source_status
source_ahead__borrow(struct source *s, const struct record **ret,
    struct error *err)
{
	struct source_ahead *a = (struct source_ahead *)s;
	struct ahead_batch *b;
	enum source_status end;

	while (!a->ended) {
		/* With some taken the batch is there, and no lock is needed. */
		b = a->taken > 0 ? &a->batches[a->first]
				 : source_ahead__first(a);
		if (b == NULL)
			return SOURCE_WAIT;
		if (a->taken < b->n) {
			a->lent = source_ahead__read(a,
			    &b->records[a->taken++]);
			*ret = a->lent;
			return SOURCE_MORE;
		}
		end = b->end;
		a->stats = b->stats;
		a->ended = end == SOURCE_END;
		if (end == SOURCE_LOST && err != NULL)
			*err = b->err;
		source_ahead__give(a);
		if (end == SOURCE_LOST)
			return SOURCE_LOST;
	}
	return SOURCE_END;
}

static enum source_status
source_ahead__next(struct source *s, struct record *r, struct error *err)
{
	struct source_ahead *a = (struct source_ahead *)s;
	const struct record *borrowed;
	enum source_status st = source_ahead__borrow(s, &borrowed, err);

	if (st == SOURCE_MORE)
		record_move(r, a->lent);
	return st;
}

static int
source_ahead__fd(const struct source *s)
{
	(void)s;
	return -1;
}

/* A WAIT has waited already. */
static int64_t
source_ahead__timeout(const struct source *s)
{
	(void)s;
	return 0;
}

static void
source_ahead__stats(const struct source *s, struct source_stats *ret)
{
	*ret = ((const struct source_ahead *)s)->stats;
}

static const char *
source_ahead__name(const struct source *s, unsigned source)
{
	return source_name(((const struct source_ahead *)s)->inner, source);
}

/* Before the thread began is the time for that: see source_ahead(). */
static void
source_ahead__units(struct source *s, const char *const *units)
{
	(void)s;
	(void)units;
	abort();
}

static void
source_ahead__close(struct source *s)
{
	struct source_ahead *a = (struct source_ahead *)s;

	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	source_free(a->inner);
	for (size_t i = 0; i < AHEAD_BATCHES; i++)
		for (size_t k = 0; k < AHEAD_RECORDS; k++)
			record_done(&a->batches[i].records[k]);
	record_done(&a->whole);
	message_reader_free(a->messages);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a->batches);
	free(a);
}

static const struct source_ops source_ahead_ops = {
	.next = source_ahead__next,
	.borrow = source_ahead__borrow,
	.fd = source_ahead__fd,
	.timeout = source_ahead__timeout,
	.stats = source_ahead__stats,
	.name = source_ahead__name,
	.units = source_ahead__units,
	.close = source_ahead__close,
};

struct source *
source_ahead(struct source *inner)
{
	struct source_ahead *a = xcalloc(1, sizeof(*a));

	a->head.ops = &source_ahead_ops;
	a->inner = inner;
	a->batches = xcalloc(AHEAD_BATCHES, sizeof(*a->batches));
	for (size_t i = 0; i < AHEAD_BATCHES; i++)
		for (size_t k = 0; k < AHEAD_RECORDS; k++)
			record_init(&a->batches[i].records[k]);
	record_init(&a->whole);
	a->messages = message_reader_new();
	a->unread = source_unread(inner, true);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	if (thread_start(&a->thread, source_ahead__run, a) == 0)
		return &a->head;
	/* Without a thread it is read as it is. */
	source_unread(inner, false);
	record_done(&a->whole);
	message_reader_free(a->messages);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a->batches);
	free(a);
	return inner;
}
