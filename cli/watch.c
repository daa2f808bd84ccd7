/* SPDX-License-Identifier: ISC */
#include "watch.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define WATCH_TICK_MS 1000
#define WATCH_INTERRUPTED 130 /* what a shell gives for SIGINT */

static void
watch__erase(const struct watch *w)
{
	if (w->drawn)
		fputs("\r\x1b[K", stderr);
}

static void
watch__tick(struct watch *w)
{
	w->drawn = w->terminal;
	if (w->terminal)
		fprintf(stderr, "\r%s: waiting, %llds\x1b[K", w->what,
		    (long long)((clock_mono_ns() - w->start_ns) /
			NSEC_PER_SEC));
}

/* Ends the process: the call cannot be taken back, only left alone. */
static void
watch__interrupted(const struct watch *w)
{
	watch__erase(w);
	fprintf(stderr,
	    "banger: interrupted; the operation goes on (see banger op list)"
	    "\n");
	_exit(WATCH_INTERRUPTED);
}

static void *
watch__run(void *arg)
{
	struct watch *w = arg;
	struct pollfd fds[] = {
		{ w->stop, POLLIN, 0 },
		{ w->signals, POLLIN, 0 },
	};

	for (;;) {
		int n = poll(fds, ARRAY_LEN(fds), WATCH_TICK_MS);

		if (fds[0].revents != 0 || n < 0)
			break;
		if (fds[1].revents != 0)
			watch__interrupted(w);
		watch__tick(w);
	}
	watch__erase(w);
	return NULL;
}

void
watch_begin(struct watch *w, const char *what)
{
	sigset_t set;

	*w = (struct watch){ .what = what, .stop = -1, .signals = -1 };
	w->start_ns = clock_mono_ns();
	w->terminal = isatty(STDERR_FILENO) != 0;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, &w->old);
	w->stop = eventfd(0, EFD_CLOEXEC);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC);
	w->running = w->stop >= 0 && w->signals >= 0 &&
	    pthread_create(&w->thread, NULL, watch__run, w) == 0;
	if (!w->running)
		pthread_sigmask(SIG_SETMASK, &w->old, NULL);
}

void
watch_end(struct watch *w)
{
	uint64_t one = 1;

	if (w->running && write(w->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(w->thread, NULL);
	cleanup_closep(&w->stop);
	cleanup_closep(&w->signals);
	pthread_sigmask(SIG_SETMASK, &w->old, NULL);
}
