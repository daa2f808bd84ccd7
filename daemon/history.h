/* SPDX-License-Identifier: ISC */
/*
 * How long operations of each kind took of late: what a client tells its user
 * to expect.  Not locked; lives in the set of operations.
 */
#ifndef DAEMON_HISTORY_H
#define DAEMON_HISTORY_H

#include <stdint.h>

#include "base/cleanup.h"

/* As many of a kind are remembered; fewer than the least say nothing. */
#define HISTORY_MAX 64
#define HISTORY_MIN 5

struct history;

struct history_span {
	int64_t p50_ns, p90_ns;
	unsigned n; /* of so many; 0: too few, and the rest is 0 */
};

struct history *history_new(void);
/* Takes NULL; returns NULL. */
struct history *history_free(struct history *h);
/* One that went well. */
void history_add(struct history *h, const char *operation, int64_t ns);
struct history_span history_of(const struct history *h, const char *operation);

DEFINE_FREEP(struct history *, history_free);

#endif
