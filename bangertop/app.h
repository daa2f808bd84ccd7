/* SPDX-License-Identifier: ISC */
/*
 * The live program: one loop over the log, the keyboard and a clock that ticks
 * once a second.
 */
#ifndef TOP_APP_H
#define TOP_APP_H

#include "screen.h"
#include "ui.h"

/*
 * Keeps the signals that app_run() takes until it is there to take them; to be
 * called before the screen is opened, so that none leaves it in disorder.
 */
void app_hold_signals(void);
/*
 * Shows what the feed follows until a key or a signal ends it.  Everything is
 * borrowed; the caller closes the screen.  socket: bangerd's, for what is
 * canceled.
 */
int app_run(struct ui *ui, struct screen *screen, const char *socket,
    struct error *err);

#endif
