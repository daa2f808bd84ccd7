/* SPDX-License-Identifier: ISC */
/*
 * Records to operations: the one assembler, behind the live screen and behind
 * every stored trace.  Feed it records in any order; operations are keyed by
 * op_id.
 *
 * The set owns its operations.  A pointer stays valid until the next
 * opset_add() or opset_tick(); what the lookups return is worked out and
 * current.  At most `max` operations are kept: beyond that the oldest that
 * have ended go first, then the oldest at all.
 */
#ifndef TRACE_OPSET_H
#define TRACE_OPSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "trace/op.h"
#include "trace/record.h"

#define OPSET_DEFAULT_MAX 100000

struct opset;

struct opset *opset_new(size_t max); /* 0: OPSET_DEFAULT_MAX */
struct opset *opset_free(struct opset *set);
/* Takes in one line, for each operation that it names; false: it names none. */
bool opset_add(struct opset *set, const struct record *r);
/*
 * The wall clock, for the horizon; call it now and then on a live set, or with
 * the newest time of a recorded one.
 */
void opset_tick(struct opset *set, int64_t now_ns);
/* As if these had been read: a run's last line, the start of a new run. */
void opset_note_run(struct opset *set, const char *run, const char *emitter,
    int64_t last_ns);
void opset_note_start(struct opset *set, const char *emitter, int64_t at_ns);

/* Works out an operation that is not the set's by the runs it knows. */
void opset_settle(const struct opset *set, struct op *op);

/* NULL when it is not known. */
const struct op *opset_find(struct opset *set, const struct opid *id);
/*
 * Those in flight, the oldest first; or those that have ended, the newest
 * first.  The array is the set's, valid as its pointers are; returns its
 * length.
 */
size_t opset_in_flight(struct opset *set, const struct op *const **ret);
size_t opset_ended(struct opset *set, const struct op *const **ret);
size_t opset_len(const struct opset *set);
/* How many were let go to stay within the bound. */
uint64_t opset_evicted(const struct opset *set);
/*
 * Lets those go of which keep() says false; it is asked about each that is not
 * in flight.  They do not count as evicted.
 */
typedef bool opset_keep_fn(void *arg, const struct op *op);
void opset_trim(struct opset *set, opset_keep_fn *keep, void *arg);

DEFINE_FREEP(struct opset *, opset_free);

#endif
