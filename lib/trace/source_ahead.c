/* SPDX-License-Identifier: ISC */
/* A source that reads ahead on a thread of its own: see source_ahead(). */
#include "trace/source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "trace/ahead_batch.h"
#include "trace/message.h"

/*
 * Who had to wait is woken when so many batches are there for him: waking costs
 * more than one.  There are always more than that.
 */
#define AHEAD_WAKE 8
/* A caller that finds nothing hears of it so often, and may give up. */
#define AHEAD_PATIENCE_NS (NSEC_PER_SEC / 10)

struct ahead_turn {
	struct ahead_batch batch;
	enum source_status end; /* after it: MORE, LOST or END */
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

	/* A ring: `ready` turns from `first` on are the caller's. */
	struct ahead_turn *turns;
	size_t n, first, ready;

	/* The thread's alone. */
	struct record next;

	/* The caller's alone. */
	struct ahead_turn *turn; /* that it takes from; NULL: none yet */
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
source_ahead__fill(struct source_ahead *a, struct ahead_turn *t)
{
	ahead_batch_reset(&t->batch);
	do {
		error_clear(&t->err);
		t->end = source_next(a->inner, &a->next, &t->err);
		if (t->end == SOURCE_MORE)
			ahead_batch_put(&t->batch, &a->next);
	} while (t->end == SOURCE_MORE && !ahead_batch_is_full(&t->batch));
	source_stats(a->inner, &t->stats);
}

/* Waits for a free place; NULL: the caller wants no more. */
static struct ahead_turn *
source_ahead__place(struct source_ahead *a)
{
	struct ahead_turn *t = NULL;

	pthread_mutex_lock(&a->lock);
	if (a->ready == a->n)
		while (!a->stop && a->ready > a->n - AHEAD_WAKE)
			pthread_cond_wait(&a->changed, &a->lock);
	/* Few are used where the caller keeps up: memory is dear when new. */
	if (a->ready == 0)
		a->first = 0;
	if (!a->stop)
		t = &a->turns[(a->first + a->ready) % a->n];
	pthread_mutex_unlock(&a->lock);
	return t;
}

static void *
source_ahead__run(void *arg)
{
	struct source_ahead *a = arg;
	struct ahead_turn *t;
	enum source_status end = SOURCE_MORE;

	while (end != SOURCE_END && (t = source_ahead__place(a)) != NULL) {
		source_ahead__fill(a, t);
		end = t->end;
		pthread_mutex_lock(&a->lock);
		a->ready++;
		if (a->ready == AHEAD_WAKE || end != SOURCE_MORE)
			pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* ---- as a source ------------------------------------------------------- */

/* The turn to take from, or NULL when there is none for now. */
static struct ahead_turn *
source_ahead__first(struct source_ahead *a)
{
	int64_t until = clock_real_ns() + AHEAD_PATIENCE_NS;
	struct timespec ts = { until / NSEC_PER_SEC, until % NSEC_PER_SEC };
	struct ahead_turn *t = NULL;
	int rc = 0;

	pthread_mutex_lock(&a->lock);
	while (a->ready == 0 && rc == 0)
		rc = pthread_cond_timedwait(&a->changed, &a->lock, &ts);
	if (a->ready > 0)
		t = &a->turns[a->first];
	pthread_mutex_unlock(&a->lock);
	return t;
}

/* Gives the turn that was emptied back to the thread. */
static void
source_ahead__give(struct source_ahead *a)
{
	a->turn = NULL;
	pthread_mutex_lock(&a->lock);
	a->first = (a->first + 1) % a->n;
	a->ready--;
	if (a->ready == a->n - AHEAD_WAKE)
		pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

/* Where messages were left unread, which have a time is only known now. */
static void
source_ahead__carry(struct source_ahead *a, struct record *r)
{
	if (r->time_from == RECORD_TIME_OWN ||
	    r->time_from == RECORD_TIME_JOURNAL) {
		a->last_ns = r->time_ns;
		a->last_from = RECORD_TIME_CARRIED;
	} else {
		r->time_ns = a->last_ns;
		r->time_from = a->last_from;
	}
}

static enum source_status
source_ahead__borrow(struct source *s, const struct record **ret,
    struct error *err)
{
	struct source_ahead *a = (struct source_ahead *)s;
	struct ahead_turn *t;
	enum source_status end;

	while (!a->ended) {
		if (a->turn == NULL)
			a->turn = source_ahead__first(a);
		t = a->turn;
		if (t == NULL)
			return SOURCE_WAIT;
		a->lent = ahead_batch_next(&t->batch, a->messages, &a->whole);
		if (a->lent != NULL) {
			if (a->unread)
				source_ahead__carry(a, a->lent);
			*ret = a->lent;
			return SOURCE_MORE;
		}
		end = t->end;
		a->stats = t->stats;
		a->ended = end == SOURCE_END;
		if (end == SOURCE_LOST && err != NULL)
			*err = t->err;
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
source_ahead__free(struct source_ahead *a)
{
	for (size_t i = 0; i < a->n; i++)
		ahead_batch_done(&a->turns[i].batch);
	free(a->turns);
	record_done(&a->next);
	record_done(&a->whole);
	message_reader_free(a->messages);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
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
	source_ahead__free(a);
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
source_ahead(struct source *inner, size_t batches)
{
	struct source_ahead *a = xcalloc(1, sizeof(*a));

	a->head.ops = &source_ahead_ops;
	a->inner = inner;
	a->n = batches;
	a->turns = xcalloc(batches, sizeof(*a->turns));
	record_init(&a->next);
	record_init(&a->whole);
	a->messages = message_reader_new();
	a->unread = source_unread(inner, true);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	if (thread_start(&a->thread, source_ahead__run, a) == 0)
		return &a->head;
	/* Without a thread it is read as it is. */
	source_unread(inner, false);
	source_ahead__free(a);
	return inner;
}
