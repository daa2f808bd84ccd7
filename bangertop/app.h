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
 * Shows what the feed follows until a key or a signal ends it.  Everything is
 * borrowed; the caller closes the screen.
 */
int app_run(struct ui *ui, struct screen *screen, struct error *err);

#endif
