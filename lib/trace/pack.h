/* SPDX-License-Identifier: ISC */
/*
 * The lines of one operation, packed: each is told against the lines before it
 * and a codebook, and comes back byte for byte.
 *
 * A line is its form and origin, the journal's stamps and its offset against
 * those of the line before it, and what fills the form's slots: the last value
 * of that key, a word, a decimal number, a time or number as the difference
 * from the last one, or the text itself.  Nothing is guessed: a value is told
 * in a shorter way only where that gives the same bytes back.
 *
 * To read, pack_load() and pack_next() until it says 0; after that pack_put()
 * goes on from there, and makes the bytes that one pack_put() after the other
 * would have made.
 */
#ifndef TRACE_PACK_H
#define TRACE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "trace/codebook.h"
#include "trace/record.h"

/* An operation's lines beyond are stored otherwise. */
#define PACK_LINES_MAX 1024
#define PACK_BYTES_MAX 65536
/* So are longer lines. */
#define PACK_LINE_BYTES_MAX 4096

struct pack {
	struct buf bytes; /* what is stored */
	size_t at;        /* read so far */
	unsigned lines;

	/* What the next line is told against. */
	struct buf values;
	struct {
		uint32_t at, len, cap; /* in values; len 0: none */
	} last[CODEBOOK_KEYS_MAX];
	int64_t time_ns, skew_us, offset;
	struct {
		uint32_t origin;
		int64_t seq;
	} from[4]; /* the newest first */
};

#define PACK_INIT \
	{         \
		0 \
	}

void pack_done(struct pack *p);
/* Empties it and keeps its memory. */
void pack_reset(struct pack *p);
/*
 * Takes in an event line of its own time, run and number, to which no flag
 * applies.  false, and p as it was: it is another line, or one too much.
 */
bool pack_put(struct pack *p, struct codebook *b, const struct record *r,
    int64_t input);
/* Begins to read what was stored. */
void pack_load(struct pack *p, const void *bytes, size_t len);
/*
 * The next line, as it was taken in but for pos, of which there is the offset;
 * *ret_input is its input.  1; 0: that was all; -1: damaged.
 */
int pack_next(struct pack *p, const struct codebook *b, struct record *r,
    int64_t *ret_input);

#endif
