/* SPDX-License-Identifier: ISC */
#include "watch.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"
#include "trace/query.h"

#include "refresh.h"

static volatile sig_atomic_t watch_stopped;

static void
watch__stop(int signo)
{
	watch_stopped = signo;
}

void
watch_init(struct watch *w, const struct cmd_ctx *ctx, struct store *s)
{
	/* Without SA_RESTART: the sleep ends too. */
	struct sigaction sa = { .sa_handler = watch__stop };

	w->s = s;
	w->refresh = !cmd_given(ctx, "no-refresh");
	w->version = -1;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static void
watch__at_rest(const struct store *s)
{
	_cleanup_buf_ struct buf path = BUF_INIT;

	text_escape(&path, store_path(s), strlen(store_path(s)), false);
	fprintf(stderr,
	    "bangerlog: nothing to follow: no process writes the index %s, "
	    "and it is not yours to bring up to date\n",
	    buf_str(&path));
}

bool
watch_next(struct watch *w)
{
	const struct timespec poll = { 0, WATCH_POLL_NS };
	int64_t version;

	fflush(stdout);
	for (;;) {
		if (watch_stopped != 0)
			return false;
		if (w->refresh)
			refresh(w->s, true);
		if (query_version(w->s, &version, NULL) == 0 &&
		    version != w->version) {
			w->version = version;
			return watch_stopped == 0;
		}
		if (store_at_rest(w->s)) {
			watch__at_rest(w->s);
			return false;
		}
		nanosleep(&poll, NULL);
	}
}
