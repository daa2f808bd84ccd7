/* SPDX-License-Identifier: ISC */
/*
 * A progress bar on standard error, where that is a terminal: how much has
 * been read, how fast, and how long the rest will take.  It is drawn at most
 * ten times a second and leaves nothing behind.
 */
#ifndef BANGERLOG_PROGRESS_H
#define BANGERLOG_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/source.h"

struct progress {
	bool on, drawn;
	unsigned ticks; /* since the clock was looked at */
	int64_t began_ns, drawn_ns;
};

/* wanted false: nothing is ever drawn. */
void progress_init(struct progress *p, bool wanted);
/* Call it for every record: it looks at the clock now and then. */
void progress_tick(struct progress *p, const struct source *src);
/* Takes the bar away before something else is printed. */
void progress_clear(struct progress *p);

#endif
