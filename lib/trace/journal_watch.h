/* SPDX-License-Identifier: ISC */
/*
 * What goes away while a journal is followed, before it was read: libsystemd
 * forgets a file that is vacuumed, and one that came and went between two
 * looks it never knew.  Entries are numbered without holes from one file to
 * the next, so where the files that are left do not go on behind what was
 * read, something is gone.
 *
 * Not noticed: files that went together with a journald that died, but for the
 * one it wrote.
 */
#ifndef TRACE_JOURNAL_WATCH_H
#define TRACE_JOURNAL_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct journal_watch {
	const char *path; /* as for journal_check(); borrowed */
	int fd;           /* of the file that is written, -1: none is known */
	uint8_t id[16];
	uint64_t last; /* its number when journal_watch() was called */
};

/* Before the first entry is read. */
void journal_watch_init(struct journal_watch *w, const char *path);
/*
 * After all was read that there was at the last call (or init); changed says
 * that files came or went since.  The text for people when entries are gone
 * unread, owned, else NULL.
 */
char *journal_watch(struct journal_watch *w, bool changed);

#endif
