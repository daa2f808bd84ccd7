/* SPDX-License-Identifier: ISC */
/*
 * Following the index: it is kept up to date from its sources (refresh.h),
 * unless --no-refresh says that another process does, and looked at again when
 * something was committed.
 */
#ifndef BANGERLOG_WATCH_H
#define BANGERLOG_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "trace/store.h"

/* How often is looked. */
#define WATCH_POLL_NS (200 * NSEC_PER_MSEC)

struct watch {
	struct store *s; /* borrowed */
	bool refresh;
	int64_t version;
};

/* From now on SIGINT and SIGTERM end the following. */
void watch_init(struct watch *w, const struct cmd_ctx *ctx, struct store *s);
/*
 * Waits for something new, and at first for nothing; false: it was told to
 * stop, or said on stderr why nothing new can come.
 */
bool watch_next(struct watch *w);

#endif
