/* SPDX-License-Identifier: ISC */
/*
 * The live program: one loop over the log, the keyboard and a clock that ticks
 * once a second.
 */
#ifndef TOP_APP_H
#define TOP_APP_H

#include "feed.h"
#include "screen.h"

/*
 * Shows what the feed follows until a key or a signal ends it.  Everything is
 * borrowed; the caller closes the screen.
 */
int app_run(struct feed *feed, struct screen *screen, const char *source,
    struct error *err);

#endif
