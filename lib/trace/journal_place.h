/* SPDX-License-Identifier: ISC */
/*
 * Where the reading of a journal stands, when only some entries come with
 * their cursor: each entry is given once, whenever its reader dies.  A new
 * reader begins at the newest cursor, and what is behind it is known again by
 * what it says.
 *
 * It also knows from which of these cursors a later reading would miss nothing
 * and see no half of a split line: `safe`.  That is the first one until all
 * that the journal lacks is known: journal_place_release().
 */
#ifndef TRACE_JOURNAL_PLACE_H
#define TRACE_JOURNAL_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/journal_frame.h"
#include "trace/parse_entry.h"

#define JOURNAL_PLACE_MAX (4 * JOURNAL_CURSOR_EVERY)

/* The hash of the fields that an entry is like in (entry.like). */
#define PLACE_LIKES 16
struct place_like {
	uint64_t like, hash;
};

struct journal_place {
	char *cursor; /* the newest, or where to begin; NULL: at the start */
	char *safe;   /* NULL: none yet */
	bool held;    /* `safe` stays where it is, */
	char *later;  /* and will be this; NULL: none */
	bool given;   /* the entry at cursor was given */
	bool again;   /* and comes first now */
	/*
	 * Of the entries given: the first `old` ones were by a dead reader
	 * and are due to come again, within `patience` entries; the others
	 * came behind cursor.
	 */
	uint64_t hash[JOURNAL_PLACE_MAX];
	size_t n, old;
	unsigned patience;
	struct place_like likes[PLACE_LIKES];
};

enum journal_place_says {
	JOURNAL_PLACE_NEW,
	JOURNAL_PLACE_KNOWN, /* it was given */
	JOURNAL_PLACE_BAD,   /* too long without a cursor */
};

/* Begins with the entry of that cursor (NULL: the first; copied)... */
void journal_place_begin(struct journal_place *p, const char *cursor);
/* ...or behind it. */
void journal_place_behind(struct journal_place *p, const char *cursor);
/* From now on the newest cursors are safe. */
void journal_place_release(struct journal_place *p);
/* The wall clock at its cursor, in microseconds; 0: not known. */
uint64_t journal_place_us(const struct journal_place *p);
void journal_place_done(struct journal_place *p);
/*
 * Takes the next entry.  `whole`: no line of those before it lacks a piece, so
 * that its cursor is safe.
 */
enum journal_place_says journal_place_take(struct journal_place *p,
    const struct entry *e, bool whole);
/* The reader is dead; the next one begins at cursor. */
void journal_place_died(struct journal_place *p);
/* The reader did not find cursor; nothing that comes is known. */
void journal_place_gone(struct journal_place *p);

#endif
