/* SPDX-License-Identifier: ISC */
#include "base/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define LOOP_BATCH 64 /* events taken from the kernel at a time */

enum loop_kind { LOOP_FD, LOOP_TIMER, LOOP_SIGNAL, LOOP_WAKE };

/*
 * A source that was freed while events are handed out stays in memory until
 * the batch is through, since the batch may hold a pointer to it.
 */
struct loop_source {
	struct loop *loop;
	struct loop_source *prev, *next;
	enum loop_kind kind;
	int fd; /* borrowed for LOOP_FD, ours for the others */
	loop_fn *fn;
	void *arg;
	bool dead;
};

struct loop_call {
	struct loop_call *next;
	loop_fn *fn;
	void *arg;
};

struct loop {
	int epoll;
	bool dispatching;
	struct loop_source *sources, *dead;
	struct loop_source *wake;
	pthread_mutex_t lock; /* over what follows */
	struct loop_call *first, **last;
	bool stopped;
	int value;
};

DEFINE_FREEP(struct loop_source *, loop_source_free);

static void
loop__wake(struct loop *l)
{
	uint64_t one = 1;
	ssize_t n;

	/* It fails only when the counter is full: the loop is awake then. */
	n = write(l->wake->fd, &one, sizeof(one));
	(void)n;
}

static void
loop__unlink(struct loop_source *s)
{
	if (s->next != NULL)
		s->next->prev = s->prev;
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		s->loop->sources = s->next;
}

struct loop_source *
loop_source_free(struct loop_source *s)
{
	struct loop *l;

	if (s == NULL || s->dead)
		return NULL;
	l = s->loop;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, s->fd, NULL);
	if (s->kind != LOOP_FD)
		close(s->fd);
	loop__unlink(s);
	s->dead = true;
	if (!l->dispatching) {
		free(s);
		return NULL;
	}
	s->next = l->dead;
	l->dead = s;
	return NULL;
}

/* Registers fd; takes it over unless kind is LOOP_FD, also on failure. */
static int
loop__add(struct loop *l, enum loop_kind kind, int fd, uint32_t events,
    loop_fn *fn, void *arg, struct loop_source **ret, struct error *err)
{
	struct epoll_event ev = { .events = events };
	struct loop_source *s = xcalloc(1, sizeof(*s));
	int saved;

	ev.data.ptr = s;
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0) {
		saved = errno;
		if (kind != LOOP_FD)
			close(fd);
		free(s);
		return error_errno(err, saved, "watching descriptor %d", fd);
	}
	s->loop = l;
	s->kind = kind;
	s->fd = fd;
	s->fn = fn;
	s->arg = arg;
	s->next = l->sources;
	if (s->next != NULL)
		s->next->prev = s;
	l->sources = s;
	if (ret != NULL)
		*ret = s;
	return 0;
}

int
loop_new(struct loop **ret, struct error *err)
{
	_cleanup_(loop_freep) struct loop *l = xcalloc(1, sizeof(*l));
	int fd, r;

	pthread_mutex_init(&l->lock, NULL);
	l->last = &l->first;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return error_errno(err, errno, "making an epoll descriptor");
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return error_errno(err, errno, "making an event descriptor");
	r = loop__add(l, LOOP_WAKE, fd, EPOLLIN, NULL, NULL, &l->wake, err);
	if (r < 0)
		return r;
	*ret = steal(&l);
	return 0;
}

struct loop *
loop_free(struct loop *l)
{
	struct loop_call *c;

	if (l == NULL)
		return NULL;
	while (l->sources != NULL) {
		struct loop_source *s = l->sources;

		loop_source_free(s);
	}
	while ((c = l->first) != NULL) {
		l->first = c->next;
		free(c);
	}
	if (l->epoll >= 0)
		close(l->epoll);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

void
loop_stop(struct loop *l, int value)
{
	pthread_mutex_lock(&l->lock);
	l->stopped = true;
	l->value = value;
	/* Within the lock: the loop may be freed as soon as it ends. */
	loop__wake(l);
	pthread_mutex_unlock(&l->lock);
}

void
loop_post(struct loop *l, loop_fn *fn, void *arg)
{
	struct loop_call *c = xcalloc(1, sizeof(*c));

	c->fn = fn;
	c->arg = arg;
	pthread_mutex_lock(&l->lock);
	*l->last = c;
	l->last = &c->next;
	loop__wake(l);
	pthread_mutex_unlock(&l->lock);
}

/* Runs what was posted so far; what these calls post is for the next turn. */
static void
loop__run_posted(struct loop *l)
{
	struct loop_call *c, *next;
	uint64_t n;
	ssize_t r;

	r = read(l->wake->fd, &n, sizeof(n));
	(void)r; /* it was only to reset the counter */
	pthread_mutex_lock(&l->lock);
	c = l->first;
	l->first = NULL;
	l->last = &l->first;
	pthread_mutex_unlock(&l->lock);
	for (; c != NULL; c = next) {
		next = c->next;
		c->fn(c->arg, 0);
		free(c);
	}
}

static void
loop__dispatch(struct loop *l, struct loop_source *s, uint32_t events)
{
	struct signalfd_siginfo info;
	uint64_t n;

	switch (s->kind) {
	case LOOP_FD:
		s->fn(s->arg, events);
		break;
	case LOOP_TIMER:
		if (read(s->fd, &n, sizeof(n)) == sizeof(n))
			s->fn(s->arg, 0);
		break;
	case LOOP_SIGNAL:
		if (read(s->fd, &info, sizeof(info)) == sizeof(info))
			s->fn(s->arg, info.ssi_signo);
		break;
	case LOOP_WAKE:
		loop__run_posted(l);
		break;
	}
}

/* True once after loop_stop(), with the value given there. */
static bool
loop__take_stop(struct loop *l, int *ret_value)
{
	bool stopped;

	pthread_mutex_lock(&l->lock);
	stopped = l->stopped;
	l->stopped = false;
	if (stopped)
		*ret_value = l->value;
	pthread_mutex_unlock(&l->lock);
	return stopped;
}

int
loop_run(struct loop *l)
{
	struct epoll_event batch[LOOP_BATCH];
	int n, value = 0;

	while (!loop__take_stop(l, &value)) {
		n = epoll_wait(l->epoll, batch, LOOP_BATCH, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		l->dispatching = true;
		for (int i = 0; i < n; i++) {
			struct loop_source *s = batch[i].data.ptr;

			if (!s->dead)
				loop__dispatch(l, s, batch[i].events);
		}
		l->dispatching = false;
		while (l->dead != NULL) {
			struct loop_source *s = l->dead;

			l->dead = s->next;
			free(s);
		}
	}
	return value;
}

int
loop_add_fd(struct loop *l, int fd, uint32_t events, loop_fn *fn, void *arg,
    struct loop_source **ret, struct error *err)
{
	return loop__add(l, LOOP_FD, fd, events, fn, arg, ret, err);
}

void
loop_set_events(struct loop_source *s, uint32_t events)
{
	struct epoll_event ev = { .events = events };

	ev.data.ptr = s;
	epoll_ctl(s->loop->epoll, EPOLL_CTL_MOD, s->fd, &ev);
}

static struct timespec
loop__timespec(int64_t ns)
{
	struct timespec ts = { 0 };

	ts.tv_sec = ns / NSEC_PER_SEC;
	ts.tv_nsec = ns % NSEC_PER_SEC;
	return ts;
}

int
loop_add_timer(struct loop *l, int64_t delay_ns, int64_t interval_ns,
    loop_fn *fn, void *arg, struct loop_source **ret, struct error *err)
{
	struct itimerspec when = { 0 };
	int fd, saved;

	fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd < 0)
		return error_errno(err, errno, "making a timer");
	/* A delay of zero would disarm it. */
	when.it_value = loop__timespec(delay_ns > 0 ? delay_ns : 1);
	when.it_interval = loop__timespec(interval_ns > 0 ? interval_ns : 0);
	if (timerfd_settime(fd, 0, &when, NULL) < 0) {
		saved = errno;
		close(fd);
		return error_errno(err, saved, "setting a timer");
	}
	return loop__add(l, LOOP_TIMER, fd, EPOLLIN, fn, arg, ret, err);
}

int
loop_add_signal(struct loop *l, int signo, loop_fn *fn, void *arg,
    struct error *err)
{
	sigset_t set;
	int fd, r;

	sigemptyset(&set);
	sigaddset(&set, signo);
	r = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (r != 0)
		return error_errno(err, r, "blocking signal %d", signo);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return error_errno(err, errno, "taking signal %d", signo);
	return loop__add(l, LOOP_SIGNAL, fd, EPOLLIN, fn, arg, NULL, err);
}
