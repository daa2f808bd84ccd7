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
 * Lets only entries through that `journalctl -u` shows of the units.  Like
 * sd_journal_flush_matches() it makes libsystemd look for its place anew: it is
 * certain to find it, by its number, in a single file only.
 */
int journal_match_units(sd_journal *j, const char *const *units);

#endif
