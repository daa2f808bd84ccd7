/* SPDX-License-Identifier: ISC */
/*
 * Filling an index that was empty, as fast as lines come.
 *
 * Nearly all that is written then are new pages at the end of the file.  A
 * write-ahead log would have each of them written twice; with a rollback
 * journal, which keeps the few old ones that change, they are written once.
 * But readers and a commit wait for each other that way, so afterwards the
 * index goes over to a write-ahead log.
 */
#ifndef TRACE_STORE_BULK_H
#define TRACE_STORE_BULK_H

#include "trace/store_int.h"

/* How long SQLite waits for another process, in milliseconds. */
#define STORE_BUSY_MS 5000
/* The writer's pages in memory: with less, those of indexes are read again. */
#define STORE_CACHE "PRAGMA cache_size = -65536"
#define STORE_OP_INDEX "CREATE UNIQUE INDEX IF NOT EXISTS op_id ON op (op_id)"

/* With no transaction open: the index has no operations yet. */
int store_begin_bulk(struct store *s, struct error *err);
/* Within a transaction: makes the index of ids, if it is still to be made. */
int store_end_bulk(struct store *s, struct error *err);
/* Behind one: goes over to a write-ahead log, if that is still to be done. */
int store_leave_rollback(struct store *s, struct error *err);

#endif
