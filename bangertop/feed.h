/* SPDX-License-Identifier: ISC */
/*
 * From the log into an operation set and statistics, counting what went by.  A
 * feed owns its source, its set and its statistics.
 *
 * Memory does not grow with what went by: operations that ended are let go a
 * minute after their end by the log's time or when FEED_ENDED_MAX newer ones
 * are there, failed ones when FEED_FAILED_MAX are; in model_feed.gone they
 * still count.
 */
#ifndef TOP_FEED_H
#define TOP_FEED_H

#include "lines.h"
#include "model.h"
#include "stats.h"
#include "trace/source.h"

#define FEED_LINES_SIZE (8 << 20)

struct feed {
	struct source *source;
	struct opset *set;
	struct stats *stats;
	struct lines *lines; /* the newest, in FEED_LINES_SIZE bytes */
	bool live;      /* what was there before is read: lines are new ones */
	size_t trim_at; /* the set is trimmed when it has so many */
	struct record record;
	bool held; /* record is of a later time than until_ns */
	int64_t until_ns;
	struct model_feed seen;
	int64_t newest_ns; /* wall clock of the newest line; 0: none */
	uint64_t failures; /* operations whose failure was read */
	uint64_t taken;    /* records, and troubles, that were taken in */
	uint64_t troubles;
};

/* Takes the source over.  Nothing is read yet. */
void feed_begin(struct feed *f, struct source *source);
/* The files; flags: enum source_flags. */
int feed_open(struct feed *f, const char *const *paths, size_t n,
    unsigned flags, struct error *err);
void feed_done(struct feed *f);
/* Lines of later times wait, and feed_read() says WAIT; INT64_MAX: none. */
void feed_until(struct feed *f, int64_t until_ns);
/* The time of the line that waits; false: none does. */
bool feed_waits(const struct feed *f, int64_t *ret_ns);
/*
 * Reads until there is nothing now (WAIT), ever (END), or some milliseconds
 * have gone by (MORE).  Tells the model of changes; it may be NULL.
 */
enum source_status feed_read(struct feed *f, struct model *m);
/* Waits until a following feed has read what was there, some seconds long. */
void feed_catch_up(struct feed *f);

#define _cleanup_feed_ __attribute__((cleanup(feed_done)))

#endif
