/* SPDX-License-Identifier: ISC */
/*
 * Records on their way from one thread to the next.  To fetch what another
 * processor wrote is dear, so of most of them only what differs from one before
 * is written, in one run of bytes, which is read in the order in which it was
 * written: the journal's stamps, the position, and the unread message.
 *
 * One thread fills a batch, then the other one empties it.
 */
#ifndef TRACE_AHEAD_BATCH_H
#define TRACE_AHEAD_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "trace/message.h"
#include "trace/record.h"

/* Whole records; a batch with as many is full. */
#define AHEAD_RECORDS 64
/* And so is one with as many bytes of the others. */
#define AHEAD_BYTES 65536

/* All 0 at first; ahead_batch_done() at the end. */
struct ahead_batch {
	struct record records[AHEAD_RECORDS];
	size_t n, made;   /* in use; and ever used */
	struct buf notes; /* one for each record: see ahead_batch.c */
	size_t at;        /* to be read next */
};

void ahead_batch_done(struct ahead_batch *b);
/* Empties it, before it is filled again. */
void ahead_batch_reset(struct ahead_batch *b);
bool ahead_batch_is_full(const struct ahead_batch *b);
/* Takes what r holds; r is usable afterwards.  It must not be full. */
void ahead_batch_put(struct ahead_batch *b, struct record *r);
/*
 * The next one, borrowed until the next call, and writable; NULL: there is
 * none.  An unread one is read into `whole`, by `messages`.
 */
struct record *ahead_batch_next(struct ahead_batch *b,
    struct message_reader *messages, struct record *whole);

#endif
