/* SPDX-License-Identifier: ISC */
/*
 * Before an answer: the index is brought up to date from the inputs it was
 * made from; a new one is made from this host's journal.  A file that has not
 * changed costs a stat and a look at its last line.
 *
 * While another process writes the index, that one is waited for: until it has
 * read what was there when this was called, at most REFRESH_WAIT_NS.
 *
 * An index that is not ours to write is waited for in the same way; when nobody
 * writes it, one line on stderr says as of when it is.
 *
 * Nothing here fails: what could not be read is one line on stderr, and the
 * answer is that of the index as it is.
 */
#ifndef BANGERLOG_REFRESH_H
#define BANGERLOG_REFRESH_H

#include <stdbool.h>

#include "base/clock.h"
#include "trace/store.h"

#define REFRESH_WAIT_NS (2 * NSEC_PER_SEC)

/* s is open for reading; quiet: says nothing. */
void refresh(struct store *s, bool quiet);
/* Makes the index at path, which is not there or empty. */
void refresh_new(const char *path);

#endif
