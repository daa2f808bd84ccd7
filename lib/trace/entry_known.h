/* SPDX-License-Identifier: ISC */
/*
 * Members of entries (`"_UID":"990"`) that were seen before.  Nearly all of an
 * entry is said again by the next one of that program, in whatever order; a
 * member that is there byte for byte needs not be taken apart again.
 *
 * The table holds several profiles: what the entries of one program, or of one
 * of its priorities, had in common.  Each look-up begins with the profile in
 * which the one before it was found.  What is in it was read the plain way
 * first, and it is held against every byte of the text, so a hit says just what
 * reading would say.  It is bounded, and forgets all when it is full.
 *
 * Its members stay where they are, and as they are, until `forgotten` changes.
 */
#ifndef TRACE_ENTRY_KNOWN_H
#define TRACE_ENTRY_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer member is not kept. */
#define KNOWN_TEXT_MAX 128
/* Profiles; what one of them has changes seldom. */
#define KNOWN_WAYS 8
#define KNOWN_PLACES 512
/* One place is for "none". */
#define KNOWN_MEMBERS 256

struct known_member {
	uint32_t len;  /* of text */
	uint8_t field; /* enum entry_field; FIELD_MAX: none of ours */
	bool open;     /* text ends where the value begins, which differs */
	char text[KNOWN_TEXT_MAX];
	char value[KNOWN_TEXT_MAX]; /* with a NUL behind it */
};

struct known {
	unsigned way;       /* the profile of the entry */
	bool fresh;         /* which it began */
	unsigned next_way;  /* to be overwritten */
	unsigned forgotten; /* how often everything was */
	unsigned n;         /* members, with the one that is none */
	uint8_t ways[KNOWN_WAYS][KNOWN_PLACES];
	uint8_t values[KNOWN_PLACES]; /* that were seen of the key */
	struct known_member members[KNOWN_MEMBERS];
};

/* Zero is an empty table; before each entry: */
static inline void
known_begin(struct known *k)
{
	k->fresh = false;
}

/*
 * The member that the text begins with, of `len` bytes; NULL: none that is
 * known.  What follows it in the text is not looked at.
 */
const struct known_member *known_find(struct known *k, const char *text,
    size_t len);
/*
 * Keeps a member of len bytes, whose value begins at value_at and is plain, if
 * it fits.  `open` ones are kept without their value; and so is what has had
 * another value too often.
 */
void known_keep(struct known *k, const char *text, size_t len, size_t value_at,
    unsigned field, bool open);

#endif
