/* SPDX-License-Identifier: ISC */
/*
 * The index: one SQLite file (WAL) whose public face is the views of
 * schema.sql, described in docs/schema.md.
 *
 * An operation with its stages, calls and packed lines (pack.h) is one row; the
 * lines that cannot be packed are rows of their own.
 *
 * One process writes, under a lock beside the file (FILE.lock) that holds its
 * pid; readers open read-only and need no lock.  Rows, summaries of the
 * operations they belong to, and read positions are committed together.
 *
 * A line is known again by (run, seq) where it has them, else by its hash:
 * over the journal's stamps or its own time, else over the line before it that
 * has one (its anchor), and a count of equal lines since then.  So the same
 * input read twice adds nothing, and two equal lines of one input both stay.
 */
#ifndef TRACE_STORE_H
#define TRACE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "trace/op.h"
#include "trace/record.h"
#include "trace/source.h"

#define STORE_APPLICATION_ID 0x62676c67 /* "bglg" */
#define STORE_VERSION 7
/* What error.kind says of the file; of store_open_*(), DAMAGED of all. */
#define STORE_LOCKED "locked"   /* another process holds it */
#define STORE_MISSING "missing" /* there is none */
#define STORE_EMPTY "empty"     /* there is nothing in it yet */
#define STORE_ALIEN "alien"     /* it is something else */
#define STORE_OLDER "older"     /* for reading; a writer brings it up to date */
#define STORE_NEWER "newer"
#define STORE_DAMAGED "damaged" /* or its disk is */

struct store;
struct sqlite3;

/* Rows of this writer since it was opened. */
struct store_stats {
	uint64_t records, text, bad, torn, foreign; /* added; text: nomsg too */
	uint64_t duplicates;                        /* known already */
	uint64_t operations;                        /* that gained a line */
	uint64_t gaps;                              /* added to the gap table */
};

/*
 * Makes the file and its folder's last part where they are missing, and brings
 * an index of an older version up to this one.
 */
int store_open_write(const char *path, struct store **ret, struct error *err);
int store_open_read(const char *path, struct store **ret, struct error *err);
/* Uncommitted rows are rolled back.  Takes NULL; returns NULL. */
struct store *store_free(struct store *s);

/*
 * Where the last reading of that input stopped, for its source; all zero when
 * it was never read.  Reading on from there gives some lines again, which are
 * known: positions stand at the last line with a time of its own, because
 * lines without one are told apart by the one before them.
 */
int store_resume(struct store *s, const char *path, struct source_resume *ret,
    struct error *err);
/*
 * Names the input that pos.source numbers, before its first record.  What an
 * earlier reading of the same file left as torn is taken back: it is read
 * again, and may be whole by now.
 */
int store_input(struct store *s, unsigned source, const char *path,
    struct error *err);
/*
 * Takes in one record; commits by itself now and then.  A line that is known
 * counts as a duplicate, unless it was read again for resuming there.  Rows are
 * written behind the call (store_behind.h): what fails is said by a later one,
 * at the latest by store_commit().
 */
int store_append(struct store *s, const struct record *r, struct error *err);
/* Counts what could not be read: a gap row; once: unless there is the same. */
int store_gap(struct store *s, unsigned source, const char *reason,
    const char *detail, bool once, struct error *err);
/* Makes everything so far durable and visible. */
int store_commit(struct store *s, struct error *err);
void store_stats(const struct store *s, struct store_stats *ret);

const char *store_path(const struct store *s);
/*
 * Of one that was opened for reading: no process wrote it then, and its folder
 * is not ours to write (store_rest.h), so nothing new will ever be seen in it.
 */
bool store_at_rest(const struct store *s);
/* For query.c and its like; until the next append. */
struct sqlite3 *store_db(struct store *s);

DEFINE_FREEP(struct store *, store_free);

#endif
