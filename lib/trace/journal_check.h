/* SPDX-License-Identifier: ISC */
/*
 * libsystemd passes over a journal file that it cannot open, and over all that
 * it cannot find in one, without a word.  This looks at the files before they
 * are read and tells of each that may give less than was written into it.
 */
#ifndef TRACE_JOURNAL_CHECK_H
#define TRACE_JOURNAL_CHECK_H

#include <stdint.h>

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

#endif
