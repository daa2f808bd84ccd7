/* SPDX-License-Identifier: ISC */
#include "trace/journal_watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "trace/journal_check.h"
#include "trace/journal_walk.h"

/* A file that is renamed while the folder is read may not be seen. */
#define WATCH_TRIES 3
#define WATCH_PAUSE_US 20000

struct scan {
	const uint8_t *id; /* whose numbers are wanted */
	struct journal_span *spans;
	size_t n;
	int fd; /* of the file that is written; -1: none was seen */
	struct journal_span live;
};

static void
watch__file(void *arg, const char *path)
{
	struct scan *s = arg;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct journal_span span;

	if (fd < 0 || journal_span(fd, &span, NULL) < 0)
		return;
	if (memcmp(span.id, s->id, sizeof(span.id)) == 0 && span.first != 0) {
		s->spans = xreallocarray(s->spans, s->n + 1, sizeof(span));
		s->spans[s->n++] = span;
	}
	/* One that a dead journald left is renamed before long. */
	if (span.archived || path[strlen(path) - 1] == '~' ||
	    (s->fd >= 0 && span.until_us < s->live.until_us))
		return;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = steal_fd(&fd);
	s->live = span;
}

static void
watch__scan(struct scan *s, const char *path, const uint8_t *id)
{
	*s = (struct scan){ .id = id, .fd = -1 };
	journal_each(path, watch__file, s);
}

static void
watch__done(struct scan *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->spans);
}

static void
watch__take(struct journal_watch *w, struct scan *s)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = steal_fd(&s->fd);
	if (w->fd >= 0) {
		memcpy(w->id, s->live.id, sizeof(w->id));
		w->last = s->live.last;
	}
}

static int
watch__order(const void *a, const void *b)
{
	const struct journal_span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* How many numbers from `from` to at least `to` no file has any more. */
static uint64_t
watch__missing(struct scan *s, uint64_t from, uint64_t to)
{
	uint64_t at = from, n = 0;

	if (s->n > 0)
		qsort(s->spans, s->n, sizeof(*s->spans), watch__order);
	for (size_t i = 0; i < s->n; i++) {
		if (s->spans[i].first > at)
			n += s->spans[i].first - at;
		if (s->spans[i].last + 1 > at)
			at = s->spans[i].last + 1;
	}
	return n + (to >= at ? to + 1 - at : 0);
}

void
journal_watch_init(struct journal_watch *w, const char *path)
{
	static const uint8_t none[16];
	struct scan s;

	*w = (struct journal_watch){ .path = path, .fd = -1 };
	watch__scan(&s, path, none);
	watch__take(w, &s);
	watch__done(&s);
}

char *
journal_watch(struct journal_watch *w, bool changed)
{
	struct journal_span now;
	uint64_t read = w->last, missing = 0;
	struct scan s;

	/* The descriptor is good even when the file has gone. */
	if (w->fd < 0) {
		journal_watch_init(w, w->path);
		return NULL;
	}
	if (journal_span(w->fd, &now, NULL) == 0)
		w->last = now.last;
	if (!changed)
		return NULL;
	for (int i = 0; i < WATCH_TRIES && (i == 0 || missing > 0); i++) {
		if (i > 0) {
			watch__done(&s);
			usleep(WATCH_PAUSE_US);
		}
		watch__scan(&s, w->path, w->id);
		missing = watch__missing(&s, read + 1, w->last);
	}
	watch__take(w, &s);
	watch__done(&s);
	if (missing == 0)
		return NULL;
	return xasprintf("%llu entries of the journal (of all units) behind "
			 "number %llu were vacuumed before they were read",
	    (unsigned long long)missing, (unsigned long long)read);
}
