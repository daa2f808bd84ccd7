/* SPDX-License-Identifier: ISC */
/*
 * What an operation's own lines say about how far they are to be trusted:
 * which of them came in pieces or not whole, and whether the wall clock went
 * at the pace of the monotonic one meanwhile.
 *
 * A line that has both clocks says by how much they differ: the daemon's own
 * lines by their time and by how long after the start they came (a monotonic
 * span), a journal entry by its two stamps.  The clocks agree when these
 * differences are all the same but for CERTIFICATE_CLOCK_NS.
 */
#ifndef TRACE_CERTIFICATE_H
#define TRACE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/record.h"

/* A process can be held up by so much between reading the one and the other. */
#define CERTIFICATE_CLOCK_NS (10 * 1000000LL)

/* Differences of two clocks, wall less monotonic. */
struct certificate_clock {
	uint64_t lines;
	int64_t first_mono_ns, first_ns; /* of the earliest by mono */
	int64_t least_ns, most_ns;
};

struct certificate {
	uint64_t joined; /* lines that journald had split; whole now */
	uint64_t cut;    /* lines of which only the beginning is kept */
	struct certificate_clock own, journal;
	char run[17], boot[64]; /* that these two are of */
};
#define CERTIFICATE_INIT \
	{                \
		0        \
	}

/* Takes in one of the operation's lines, in any order. */
void certificate_add(struct certificate *c, const struct record *r);
/*
 * The farthest that the wall clock moved against the monotonic one; negative:
 * it was set back.  False when no two lines tell.
 */
bool certificate_clocks(const struct certificate *c, int64_t *ret_moved_ns);
/* False when they are known to disagree. */
bool certificate_clocks_agree(const struct certificate *c);

#endif
