/* SPDX-License-Identifier: ISC */
/*
 * What SQLite has to do while lines come, on a thread of its own: writing rows
 * and ending transactions, with all that waits for the disk.
 *
 * The connection is one, so the thread that has the store may not touch it
 * while work is under way.  Every way to SQLite (store_exec(), store_prepare(),
 * store_stmt()) therefore waits for it first, by store_behind_wait(); what is
 * done in memory does not.  What went wrong behind is said by the next call
 * here, and by all later ones: the transaction is lost, and so is the store.
 *
 * Without a thread, were none to be had, everything is done at once.
 */
#ifndef TRACE_STORE_BEHIND_H
#define TRACE_STORE_BEHIND_H

#include <stddef.h>

#include "base/error.h"

struct store;
struct store_live;
struct store_behind;

/*
 * Writes the rows of n operations, of which the first `fresh` have none yet, in
 * this order.  They are taken over, and the array (from malloc) with them; when
 * they are written they come back as spare ones.
 */
int store_behind_rows(struct store *s, struct store_live **live, size_t n,
    size_t fresh, struct error *err);
/* Ends the transaction, all of which is written or on its way, and begins one.
 */
int store_behind_commit(struct store *s, struct error *err);
/* Waits until all of it is done; cheap when there is nothing. */
int store_behind_wait(struct store *s, struct error *err);
/* Ends the thread, when there is one, and drops what it has not begun. */
void store_behind_done(struct store *s);

#endif
