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
 * reading would say.  It is bounded: when it is full it keeps no more, and with
 * the next entry it forgets all.
 *
 * Which of them an entry has is noted as a set.  That of the newest entry is
 * kept with its profile: another entry that has just these is usual, and has
 * the same fields.
 *
 * Members stay where they are, and as they are, until all is forgotten; this
 * happens in known_begin() alone.
 */
#ifndef TRACE_ENTRY_KNOWN_H
#define TRACE_ENTRY_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/plain.h"

/* A longer member is not kept. */
#define KNOWN_TEXT_MAX 128
#define KNOWN_VALUE_MAX 120
/* As many bytes of a text tell its place; a shorter one is not known. */
#define KNOWN_HEAD 11
/* Profiles; what one of them has changes seldom. */
#define KNOWN_WAYS 8
#define KNOWN_PLACES 512
#define KNOWN_SHIFT 55 /* of 64 bits, so that as many places are left */
/* One place is for "none". */
#define KNOWN_MEMBERS 256
/* A place of a profile: a member's number, and above it its length. */
#define KNOWN_NUMBER 0xff
#define KNOWN_LEN_SHIFT 8

/* 256 bytes, so that a number leads to one without a multiplication. */
struct known_member {
	char text[KNOWN_TEXT_MAX];
	char value[KNOWN_VALUE_MAX]; /* with a NUL behind it */
	uint32_t len;                /* of text */
	uint8_t field; /* enum entry_field; FIELD_MAX: none of ours */
	bool open;     /* text ends where the value begins, which differs */
};
_Static_assert(sizeof(struct known_member) == 256, "see above");
_Static_assert(KNOWN_TEXT_MAX == 2 * PLAIN_BLOCK, "see known_find()");

/* A bit for each member. */
struct known_set {
	uint64_t bits[KNOWN_MEMBERS / 64];
};

struct known {
	uint16_t *present;     /* of ways: the profile of the entry */
	bool fresh;            /* which it began */
	unsigned next_way;     /* to be overwritten */
	unsigned n;            /* members, with the one that is none */
	struct known_set seen; /* in the entry; not open ones */
	struct known_set usual[KNOWN_WAYS]; /* empty: none yet */
	uint64_t likes[KNOWN_WAYS], like;   /* their numbers; the newest */
	uint16_t ways[KNOWN_WAYS][KNOWN_PLACES];
	uint8_t values[KNOWN_PLACES]; /* that were seen of the key */
	struct known_member members[KNOWN_MEMBERS];
};

struct known *known_new(void);

/* Forgets everything. */
void known_forget(struct known *k);

/* Before each entry. */
static inline void
known_begin(struct known *k)
{
	k->fresh = false;
	/* With the one that is none no set is empty. */
	k->seen = (struct known_set){ { 1 } };
	/* Not in the middle of one, whose values lie there. */
	if (k->n == KNOWN_MEMBERS)
		known_forget(k);
}

/* The number of the profile that the entry has had so far. */
static inline unsigned
known_profile(const struct known *k)
{
	return (unsigned)(k->present - k->ways[0]) / KNOWN_PLACES;
}

/*
 * Most keys differ within eight bytes, but not those that begin with _SYSTEMD;
 * and a short one ends before the tenth, with its member.
 */
static inline unsigned
known__place(const char *text)
{
	uint64_t head;

	memcpy(&head, text + 1, sizeof(head));
	head ^= (uint64_t)(unsigned char)text[KNOWN_HEAD - 1] << 28;
	return (unsigned)(head * HASH_A >> KNOWN_SHIFT);
}

/* What known_find() does with a text that is not in the present profile. */
const struct known_member *known__elsewhere(struct known *k, const char *text,
    size_t len, size_t *ret_len);

/*
 * The member that the text begins with, of `len` bytes; NULL: none that is
 * known.  What follows it in the text is not looked at, but may be read.
 * *ret_len is its length, which is at hand sooner than the member is.
 */
static inline const struct known_member *
known_find(struct known *k, const char *text, size_t len, size_t *ret_len)
{
	const struct known_member *m;
	unsigned slot;

	if (len < PLAIN_BLOCK)
		return known__elsewhere(k, text, len, ret_len);
	slot = k->present[known__place(text)];
	m = &k->members[slot & KNOWN_NUMBER];
	*ret_len = slot >> KNOWN_LEN_SHIFT;
	/* Nearly all are short: there the text has room for a block. */
	return slot > 0 && (*ret_len <= PLAIN_BLOCK || len >= KNOWN_TEXT_MAX) &&
		plain_same(text, m->text, *ret_len)
	    ? m
	    : known__elsewhere(k, text, len, ret_len);
}

/* Notes that the entry has it; false: it had it already. */
static inline bool
known_note(struct known *k, const struct known_member *m)
{
	size_t number = (size_t)(m - k->members);
	uint64_t bit = UINT64_C(1) << number % 64;
	uint64_t *bits = &k->seen.bits[number / 64];
	bool first = (*bits & bit) == 0;

	*bits |= bit;
	return first;
}

/* Has the entry the very members that a usual one of its profile has? */
static inline bool
known_is_usual(const struct known *k)
{
	return memcmp(&k->usual[known_profile(k)], &k->seen, sizeof(k->seen)) ==
	    0;
}

/* From now on it is the usual one. */
static inline void
known_make_usual(struct known *k)
{
	k->usual[known_profile(k)] = k->seen;
	k->likes[known_profile(k)] = ++k->like;
}

/* The number that all usual entries of that profile have, and no others. */
static inline uint64_t
known_like(const struct known *k)
{
	return k->likes[known_profile(k)];
}

/*
 * Keeps the member of len bytes that the text, of `all`, begins with, if it
 * fits.  Its value begins at value_at, and is plain.  `open` ones are kept
 * without their value; and so is what has had another one too often.
 */
void known_keep(struct known *k, const char *text, size_t all, size_t len,
    size_t value_at, unsigned field, bool open);

#endif
