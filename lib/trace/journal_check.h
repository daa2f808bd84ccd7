/* SPDX-License-Identifier: ISC */
/*
 * libsystemd passes over a journal file that it cannot open, and over all that
 * it cannot find in one, without a word.  This looks at the files and tells of
 * each that may give less than was written into it.
 */
#ifndef TRACE_JOURNAL_CHECK_H
#define TRACE_JOURNAL_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct journal_checking;

/* The files that libsystemd would read, each by its path. */
void journal_each(const char *path, void (*fn)(void *arg, const char *file),
    void *arg);
/*
 * The files that libsystemd would read: of this host (path NULL), of a folder,
 * or one.  Of those that end before from_us only the headers are looked at.
 * tell() is called once for each that is not well; its text is the same each
 * time that the same is found.
 */
void journal_check(const char *path, const char *const *units, uint64_t from_us,
    void (*tell)(void *arg, const char *text), void *arg);
/*
 * The same on a thread of its own; what is passed is borrowed until the end.
 * journal_check_end() waits for that, tells, and frees.
 */
struct journal_checking *journal_check_begin(const char *path,
    const char *const *units, uint64_t from_us);
/* Will journal_check_end() return at once? */
bool journal_check_is_done(struct journal_checking *c);
void journal_check_end(struct journal_checking *c,
    void (*tell)(void *arg, const char *text), void *arg);

#endif
