/* SPDX-License-Identifier: ISC */
#include "trace/store_behind.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/thread.h"
#include "trace/store_int.h"

/*
 * As much as comes while a commit waits for the disk; what is held back is
 * memory (a piece of work is some fifty operations of some kilobytes each).
 */
#define BEHIND_JOBS 256

/* Rows to be written; of none: the transaction's end. */
struct behind_job {
	struct store_live **live;
	size_t n, fresh; /* of which the first have no row yet */
};

struct store_behind {
	struct store *s;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop;
	struct error err; /* what went wrong first; nothing is done after it */
	/* A ring: `n` jobs from `first` on, which is being done. */
	struct behind_job jobs[BEHIND_JOBS];
	size_t first, n;
	struct store_live *written; /* to be given back */
};

/* ---- the work ---------------------------------------------------------- */

static int
behind__do(struct store *s, const struct behind_job *job, struct error *err)
{
	if (job->n > 0)
		return store_rows_write(s, job->live, job->n, job->fresh, err);
	if (store_exec_now(s, "COMMIT", err) < 0)
		return -EIO;
	return store_exec_now(s, "BEGIN IMMEDIATE", err);
}

/* Makes one list of those of a job and those behind them. */
static struct store_live *
behind__chain(const struct behind_job *job, struct store_live *next)
{
	for (size_t i = 0; i < job->n; i++) {
		job->live[i]->next = next;
		next = job->live[i];
	}
	free(job->live);
	return next;
}

static void *
behind__run(void *arg)
{
	struct store_behind *b = arg;
	struct behind_job job;
	struct error err = ERROR_INIT;
	int rc;

	pthread_mutex_lock(&b->lock);
	for (;;) {
		while (b->n == 0 && !b->stop)
			pthread_cond_wait(&b->changed, &b->lock);
		if (b->stop)
			break;
		job = b->jobs[b->first];
		if (b->err.code == 0) {
			pthread_mutex_unlock(&b->lock);
			rc = behind__do(b->s, &job, &err);
			pthread_mutex_lock(&b->lock);
			if (rc < 0)
				b->err = err;
		}
		b->written = behind__chain(&job, b->written);
		b->first = (b->first + 1) % BEHIND_JOBS;
		b->n--;
		if (b->n == 0 || b->n == BEHIND_JOBS / 2)
			pthread_cond_broadcast(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* ---- from the thread that has the store -------------------------------- */

/* The thread, begun when it is wanted first; NULL: there is none to be had. */
static struct store_behind *
behind__begin(struct store *s)
{
	struct store_behind *b = s->behind;

	if (b != NULL)
		return b;
	b = xcalloc(1, sizeof(*b));
	b->s = s;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->changed, NULL);
	if (thread_start(&b->thread, behind__run, b) != 0) {
		pthread_cond_destroy(&b->changed);
		pthread_mutex_destroy(&b->lock);
		free(b);
		return NULL;
	}
	s->behind = b;
	return b;
}

/* Takes back what was written, under the lock; what went wrong. */
static int
behind__collect(struct store_behind *b, struct error *err)
{
	struct store_live *live;

	while ((live = b->written) != NULL) {
		b->written = live->next;
		store_live_spare(b->s, live);
	}
	if (b->err.code != 0 && err != NULL)
		*err = b->err;
	return b->err.code;
}

static int
behind__put(struct store *s, struct behind_job job, struct error *err)
{
	struct store_behind *b = behind__begin(s);
	int rc;

	if (b == NULL) {
		rc = behind__do(s, &job, err);
		for (size_t i = 0; i < job.n; i++)
			store_live_spare(s, job.live[i]);
		free(job.live);
		return rc;
	}
	pthread_mutex_lock(&b->lock);
	if (b->n == BEHIND_JOBS)
		while (b->n > BEHIND_JOBS / 2)
			pthread_cond_wait(&b->changed, &b->lock);
	b->jobs[(b->first + b->n++) % BEHIND_JOBS] = job;
	if (b->n == 1)
		pthread_cond_broadcast(&b->changed);
	rc = behind__collect(b, err);
	pthread_mutex_unlock(&b->lock);
	return rc;
}

int
store_behind_rows(struct store *s, struct store_live **live, size_t n,
    size_t fresh, struct error *err)
{
	return behind__put(s, (struct behind_job){ live, n, fresh }, err);
}

int
store_behind_commit(struct store *s, struct error *err)
{
	return behind__put(s, (struct behind_job){ NULL, 0, 0 }, err);
}

int
store_behind_wait(struct store *s, struct error *err)
{
	struct store_behind *b = s->behind;
	int rc;

	if (b == NULL)
		return 0;
	pthread_mutex_lock(&b->lock);
	while (b->n > 0)
		pthread_cond_wait(&b->changed, &b->lock);
	rc = behind__collect(b, err);
	pthread_mutex_unlock(&b->lock);
	return rc;
}

void
store_behind_done(struct store *s)
{
	struct store_behind *b = s->behind;

	if (b == NULL)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	for (; b->n > 0; b->n--) {
		b->written = behind__chain(&b->jobs[b->first], b->written);
		b->first = (b->first + 1) % BEHIND_JOBS;
	}
	behind__collect(b, NULL);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
	free(b);
	s->behind = NULL;
}
