/* SPDX-License-Identifier: ISC */
/*
 * Gives the entries of a journal, where libsystemd stands in it, to whoever
 * reads the pipe (journal_frame.h).  For the process that journal_child.h
 * starts: it ends when nobody reads.
 */
#ifndef TRACE_JOURNAL_GIVE_H
#define TRACE_JOURNAL_GIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "trace/journal_frame.h"
#include "trace/journal_open.h"
#include "trace/journal_pick.h"

/* "_BOOT_ID=" */
#define GIVE_BOOT 9

/* All 0 but for the first block, which is the caller's. */
struct journal_give {
	int fd;
	const char *const *units; /* NULL: whatever unit */
	sd_journal *journal;
	bool careful; /* give each entry at once, with its cursor */
	bool single;  /* one file: matches may come and go */

	struct buf out;
	uint64_t last_us; /* of the last entry */
	bool open;        /* the last entry in out may get its cursor yet */
	size_t last;      /* where that begins, which was given last */
	bool begun;       /* one had its cursor */
	char *cursor;     /* the open one's, where it is due */
	unsigned without; /* entries since one had its cursor */
	struct journal_pick pick;
	sd_id128_t boot;
	char boot_text[GIVE_BOOT + SD_ID128_STRING_MAX];

	bool plain;          /* without matches */
	unsigned seen, ours; /* since the way changed */
	unsigned rest;       /* entries until the next trial */
};

/*
 * Nothing is written before one of these is called: all of it, or what stands
 * before the entry that was given last.
 */
void journal_give_flush(struct journal_give *g);
void journal_give_flush_but_last(struct journal_give *g);
/* Says something itself, behind that entry. */
void journal_give_say(struct journal_give *g, enum journal_what what,
    unsigned aux, const char *text);
/* The same before that entry, if it was not written yet. */
void journal_give_say_first(struct journal_give *g, enum journal_what what,
    const char *text);
void journal_give_lost(struct journal_give *g, const char *what, int rc);
/*
 * Before the first entry: lets only the units' through, by libsystemd's matches
 * or, plain, by looking at each.
 */
void journal_give_match(struct journal_give *g, bool plain);
/*
 * Gives the entry where the journal stands, if it is one of the units'; -errno
 * leaves nothing of it.  journal_give_close() must follow before the next.
 */
int journal_give_entry(struct journal_give *g);
/*
 * Ends the entry that was given last, if none did so yet: with its cursor when
 * `last`, as none may follow, or when one is due.  The journal must not have
 * moved, but for finding no next entry.
 */
void journal_give_close(struct journal_give *g, bool last);

#endif
