/* SPDX-License-Identifier: ISC */
#include "wire/logger.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "wire/opid.h"

#define LOGGER_RING_BYTES (1 << 20)
#define LOGGER_FLUSH_SECONDS 2
/*
 * Waking a sleeping thread costs the caller tens of microseconds, a line less
 * than one.  So after writing the writer looks again by itself each millisecond
 * and only when nothing came for a while does it sleep until it is woken.
 */
#define LOGGER_NAP_NS (1 * NSEC_PER_MSEC)
#define LOGGER_NAPS_MAX 200
/* Room that only the notice of dropped lines may use. */
#define LOGGER_NOTICE_BYTES 512

/*
 * Two buffers: callers append to `pending` under the lock; the writer swaps it
 * for its own empty one and writes that without the lock.  So the order of the
 * lines is that of seq, and a slow descriptor holds up nobody.
 */
struct logger {
	int fd, min_level;
	size_t bound; /* of pending */
	char run[9];
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t writer;
	struct buf pending; /* under lock, like all below */
	uint64_t seq;
	uint64_t dropped;         /* in all */
	uint64_t unannounced;     /* of these, not yet said */
	bool waiting, stop, busy; /* busy: the writer is writing */
	struct buf writing;       /* the writer's */
};

/* Queues the line; the lock is held. */
static void
logger__append(struct logger *lg, struct event *ev, size_t bound)
{
	size_t before = lg->pending.len;

	if (ev->time_ns == 0)
		ev->time_ns = clock_real_ns();
	event_set_str(ev, FIELD_RUN, lg->run);
	event_set_int(ev, FIELD_SEQ, (int64_t)++lg->seq);
	event_encode(ev, &lg->pending);
	if (lg->pending.len <= bound)
		return;
	lg->pending.len = before;
	lg->dropped++;
	lg->unannounced++;
}

/* Says how many lines are missing, behind those that did fit. */
static void
logger__announce(struct logger *lg)
{
	uint64_t n = lg->unannounced;
	struct event ev;

	if (n == 0)
		return;
	event_init(&ev, EVENT_RECORDS_DROPPED);
	event_set_int(&ev, FIELD_N, (int64_t)n);
	lg->unannounced = 0;
	logger__append(lg, &ev, lg->bound + LOGGER_NOTICE_BYTES);
}

/* Writes all of `writing`; what cannot be written counts as dropped. */
static uint64_t
logger__write(struct logger *lg)
{
	struct pollfd pfd = { .fd = lg->fd, .events = POLLOUT };
	size_t done = 0;
	uint64_t lost = 0;
	ssize_t n;

	while (done < lg->writing.len) {
		n = write(lg->fd, lg->writing.data + done,
		    lg->writing.len - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			poll(&pfd, 1, -1);
		else if (errno != EINTR)
			break;
	}
	for (; done < lg->writing.len; done++)
		lost += lg->writing.data[done] == '\n';
	return lost;
}

/* Waits until there is something to write; false: told to stop instead. */
static bool
logger__wait(struct logger *lg)
{
	const struct timespec nap = { 0, LOGGER_NAP_NS };

	for (int i = 0; i < LOGGER_NAPS_MAX && !lg->stop; i++) {
		if (lg->pending.len > 0)
			return true;
		pthread_mutex_unlock(&lg->lock);
		nanosleep(&nap, NULL);
		pthread_mutex_lock(&lg->lock);
	}
	while (lg->pending.len == 0 && !lg->stop) {
		lg->waiting = true;
		pthread_cond_wait(&lg->wake, &lg->lock);
	}
	lg->waiting = false;
	return lg->pending.len > 0;
}

static void *
logger__thread(void *arg)
{
	struct logger *lg = arg;
	struct buf swap;
	uint64_t lost;

	pthread_mutex_lock(&lg->lock);
	while (logger__wait(lg)) {
		logger__announce(lg);
		swap = lg->writing;
		lg->writing = lg->pending;
		lg->pending = swap;
		lg->pending.len = 0;
		lg->busy = true;
		pthread_mutex_unlock(&lg->lock);
		lost = logger__write(lg);
		pthread_mutex_lock(&lg->lock);
		lg->busy = false;
		lg->dropped += lost;
		lg->unannounced += lost;
	}
	pthread_mutex_unlock(&lg->lock);
	return NULL;
}

struct logger *
logger_new(int fd, int min_level, size_t ring_bytes)
{
	struct logger *lg = xcalloc(1, sizeof(*lg));

	lg->fd = fd;
	lg->min_level = min_level;
	lg->bound = ring_bytes != 0 ? ring_bytes : LOGGER_RING_BYTES;
	opid_random_hex(lg->run, 4);
	pthread_mutex_init(&lg->lock, NULL);
	pthread_cond_init(&lg->wake, NULL);
	/* Room at once, so that the first lines do not pay for it. */
	buf_reserve(&lg->pending, lg->bound + LINE_MAX_BYTES);
	buf_reserve(&lg->writing, lg->bound + LINE_MAX_BYTES);
	if (pthread_create(&lg->writer, NULL, logger__thread, lg) != 0)
		abort();
	return lg;
}

struct logger *
logger_free(struct logger *lg)
{
	struct timespec until;

	if (lg == NULL)
		return NULL;
	pthread_mutex_lock(&lg->lock);
	lg->stop = true;
	pthread_cond_signal(&lg->wake);
	pthread_mutex_unlock(&lg->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LOGGER_FLUSH_SECONDS;
	if (pthread_timedjoin_np(lg->writer, NULL, &until) != 0) {
		/* It hangs in write() or poll(), without the lock. */
		pthread_cancel(lg->writer);
		pthread_join(lg->writer, NULL);
	}
	buf_done(&lg->pending);
	buf_done(&lg->writing);
	pthread_cond_destroy(&lg->wake);
	pthread_mutex_destroy(&lg->lock);
	free(lg);
	return NULL;
}

void
logger_flush(struct logger *lg)
{
	const struct timespec nap = { 0, LOGGER_NAP_NS };
	int64_t until = clock_mono_ns() + LOGGER_FLUSH_SECONDS * NSEC_PER_SEC;
	bool written = false;

	while (!written && clock_mono_ns() < until) {
		nanosleep(&nap, NULL);
		pthread_mutex_lock(&lg->lock);
		written = lg->pending.len == 0 && !lg->busy;
		pthread_mutex_unlock(&lg->lock);
	}
}

void
logger_event(struct logger *lg, struct event *ev)
{
	bool wake;

	if (ev->level < lg->min_level)
		return;
	pthread_mutex_lock(&lg->lock);
	logger__append(lg, ev, lg->bound);
	wake = lg->waiting && lg->pending.len > 0;
	lg->waiting = lg->waiting && !wake;
	pthread_mutex_unlock(&lg->lock);
	if (wake)
		pthread_cond_signal(&lg->wake);
}

const char *
logger_run(const struct logger *lg)
{
	return lg->run;
}

uint64_t
logger_dropped(struct logger *lg)
{
	uint64_t n;

	pthread_mutex_lock(&lg->lock);
	n = lg->dropped;
	pthread_mutex_unlock(&lg->lock);
	return n;
}

int
logger_parse_level(const char *text, int *ret_level, struct error *err)
{
	static const struct {
		const char *name;
		int level;
	} names[] = {
		{ "", LINE_INFO },
		{ "debug", LINE_DEBUG },
		{ "info", LINE_INFO },
		{ "warn", LINE_WARN },
		{ "warning", LINE_WARN },
		{ "error", LINE_ERROR },
	};
	static const char blanks[] = " \t\r\n\v\f";
	const char *s = text + strspn(text, blanks);
	size_t len = strlen(s);

	while (len > 0 && strchr(blanks, s[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strlen(names[i].name) == len &&
		    strncasecmp(names[i].name, s, len) == 0) {
			*ret_level = names[i].level;
			return 0;
		}
	}
	return error_set(err, -EINVAL,
	    "unsupported log_level \"%s\" (use debug, info, warn, or error)",
	    text);
}
