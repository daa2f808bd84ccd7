/* SPDX-License-Identifier: ISC */
/*
 * Plays a recording back: a clock of its own, and a feed that has read the
 * lines up to it.  Going back reads anew from the start.
 */
#ifndef TOP_REPLAY_H
#define TOP_REPLAY_H

#include "feed.h"
#include "recording.h"

#define REPLAY_SPEED_MAX 1024
#define REPLAY_JUMP_NS (10 * NSEC_PER_SEC)

struct replay {
	const struct recording *recording; /* borrowed, as the feed */
	struct feed *feed;
	int64_t now_ns;
	int speed; /* seconds of the log a second */
	bool stands, over;
};

/* Begins the feed at that time, or at the first line for INT64_MIN. */
int replay_begin(struct replay *r, const struct recording *recording,
    struct feed *feed, int64_t at_ns, int speed, struct error *err);
/* So much time has gone by on our clock; nothing when it stands. */
void replay_advance(struct replay *r, int64_t elapsed_ns);
/* To the next line, or to the next operation that fails; false: none. */
bool replay_step(struct replay *r);
bool replay_failure(struct replay *r);
/* To any time between the first line and the last one. */
int replay_seek(struct replay *r, int64_t to_ns, struct error *err);
/* Twice as fast, or half. */
void replay_faster(struct replay *r, bool faster);

#endif
