/* SPDX-License-Identifier: ISC */
#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

#include "base/mem.h"

struct job {
	pool_fn *fn;
	void *arg;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t *threads;
	size_t width, started, busy;
	struct job *queue; /* a ring of room: those that wait, and of each */
	size_t room;       /* worker one that it is about to take */
	size_t queue_max, head, queued;
	bool stop;
};

static void *
pool__worker(void *arg)
{
	struct pool *p = arg;
	struct job job;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->queued == 0 && !p->stop)
			pthread_cond_wait(&p->wake, &p->lock);
		if (p->queued == 0)
			break;
		job = p->queue[p->head];
		p->head = (p->head + 1) % p->room;
		p->queued--;
		p->busy++;
		pthread_mutex_unlock(&p->lock);
		job.fn(job.arg);
		pthread_mutex_lock(&p->lock);
		p->busy--;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct pool *
pool_new(size_t width, size_t queue_max)
{
	struct pool *p = xcalloc(1, sizeof(*p));

	p->width = width;
	p->queue_max = queue_max;
	p->threads = xcalloc(width, sizeof(*p->threads));
	p->room = queue_max + width;
	p->queue = xcalloc(p->room, sizeof(*p->queue));
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	return p;
}

struct pool *
pool_free(struct pool *p)
{
	if (p == NULL)
		return NULL;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->started; i++)
		pthread_join(p->threads[i], NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
	free(p->threads);
	free(p->queue);
	free(p);
	return NULL;
}

int
pool_post(struct pool *p, pool_fn *fn, void *arg)
{
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	if (p->started - p->busy <= p->queued && p->started < p->width &&
	    pthread_create(&p->threads[p->started], NULL, pool__worker, p) == 0)
		p->started++;
	if (p->queued >= p->queue_max + (p->started - p->busy) ||
	    p->started == 0) {
		rc = -EBUSY;
	} else {
		p->queue[(p->head + p->queued) % p->room] = (struct job){ fn,
			arg };
		p->queued++;
		pthread_cond_signal(&p->wake);
	}
	pthread_mutex_unlock(&p->lock);
	return rc;
}
