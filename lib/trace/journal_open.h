/* SPDX-License-Identifier: ISC */
/*
 * Opening a journal with libsystemd, for the process that reads it
 * (journal_child.h).
 */
#ifndef TRACE_JOURNAL_OPEN_H
#define TRACE_JOURNAL_OPEN_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-journal.h>

/*
 * The journal of that path (a file or a folder; NULL: this host's); -errno
 * when there is none or none of it may be read.  With `wait` this host's may
 * be missing.  *ret_single: it is one file.
 */
int journal_open(const char *path, bool wait, sd_journal **ret,
    bool *ret_single);
/*
 * libsystemd leaves out without a word what files of a folder (or of this
 * host's) it cannot open: tells each of them, and why.
 */
void journal_open_left_out(const char *path,
    void (*tell)(void *arg, const char *file, int rc), void *arg);
/* How many entries a journal file says it has; 0: it does not say. */
uint64_t journal_open_count(const char *path);
/*
 * Lets only entries through that `journalctl -u` shows of the units.  Like
 * sd_journal_flush_matches() it makes libsystemd look for its place anew: it is
 * certain to find it, by its number, in a single file only.
 */
int journal_match_units(sd_journal *j, const char *const *units);

#endif
