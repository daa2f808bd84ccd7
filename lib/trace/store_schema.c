/* SPDX-License-Identifier: ISC */
/* The tables of an index: a new one's, and an older one's brought up to date.
 */
#include <errno.h>

#include "trace/store_int.h"

static const char schema[] = {
#include "schema_sql.h"
};

int
store_create(struct store *s, struct error *err)
{
	char pragmas[96];

	snprintf(pragmas, sizeof(pragmas),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    STORE_APPLICATION_ID, STORE_VERSION);
	if (store_exec(s, "BEGIN IMMEDIATE", err) < 0 ||
	    store_exec(s, schema, err) < 0 || store_exec(s, pragmas, err) < 0)
		return -EIO;
	return store_exec(s, "COMMIT", err);
}

/* ---- from version 3, where each line was a row --------------------------- */

/* Rows between writing out what is in memory. */
#define STORE_MOVE_ROWS 50000

/* As STMT_OP_LINES, and who the line is. */
static const char store_move_sql[] =
    "SELECT raw, kind, flags, time_ns, time_from, unit, boot, real_ns, "
    "mono_ns, pid, priority, run, hash, ord, input, offset FROM old_record "
    "ORDER BY id";

static int
store__move_row(struct store *s, sqlite3_stmt *st, struct record *r,
    struct error *err)
{
	struct store_run *run = NULL;
	bool native = sqlite3_column_type(st, 11) != SQLITE_NULL;
	bool known, fresh;

	store_restore(st, r);
	r->pos.offset = (uint64_t)sqlite3_column_int64(st, 15);
	if (native && store_find_run(s, r, &run, err) < 0)
		return -EIO;
	/* For the place behind it; it cannot be there. */
	if (run != NULL &&
	    store_span_find(s, run, event_num(&r->ev, FIELD_SEQ, 0), &known,
		err) < 0)
		return -EIO;
	return store_place(s, sqlite3_column_int64(st, 14), r, run,
	    (uint64_t)sqlite3_column_int64(st, 12),
	    sqlite3_column_int64(st, 13), &fresh, err);
}

static int
store__move(struct store *s, struct error *err)
{
	_cleanup_record_ struct record r;
	sqlite3_stmt *st;
	unsigned n = 0;
	int rc = 0, step = SQLITE_DONE;

	record_init(&r);
	if (store_prepare(s, store_move_sql, &st, err) < 0)
		return -EIO;
	while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW) {
		rc = store__move_row(s, st, &r, err);
		if (rc == 0 && ++n % STORE_MOVE_ROWS == 0)
			rc = store_flush(s, err);
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = store_fail(s, err, "reading the lines");
	sqlite3_finalize(st);
	if (rc == 0)
		rc = store_flush(s, err);
	s->stats = (struct store_stats){ 0 };
	return rc < 0 ? rc : store_exec(s, "DROP TABLE old_record", err);
}

/* ---- from version 4, where a line was one of one operation --------------- */

/* As STMT_OP_LINES, and the row. */
static const char store_two_ops_sql[] =
    "SELECT raw, kind, flags, time_ns, time_from, unit, boot, real_ns, "
    "mono_ns, pid, priority, id FROM record WHERE flags & 2 ORDER BY id";

/* Gives the rows that name two operations to the second one as well. */
static int
store__link(struct store *s, struct error *err)
{
	_cleanup_record_ struct record r;
	struct store_live *live;
	sqlite3_stmt *st, *set = NULL;
	int rc, step = SQLITE_DONE;

	record_init(&r);
	if (store_book_load(s, err) < 0 ||
	    store_prepare(s, store_two_ops_sql, &st, err) < 0)
		return -EIO;
	rc = store_prepare(s, "UPDATE record SET other_op = ?2 WHERE id = ?1",
	    &set, err);
	while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW) {
		store_restore(st, &r);
		sqlite3_bind_int64(set, 1, sqlite3_column_int64(st, 11));
		store_bind_text(set, 2, r.other_op.text);
		rc = store_run_stmt(s, set, err);
		if (rc == 0)
			rc = store_live(s, &r.other_op, &live, err);
		if (rc == 0) {
			store_live_dirty(s, live);
			live->rebuild = true;
		}
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = store_fail(s, err, "reading the lines");
	sqlite3_finalize(st);
	sqlite3_finalize(set);
	return rc < 0 ? rc : store_flush(s, err);
}

/* ---- from any version -------------------------------------------------- */

/*
 * What rows of versions before 5 have otherwise.  It goes before the steps,
 * which move them away: the columns in it are as old as the table.
 */
static const char store_rows_sql[] =
    "ALTER TABLE record ADD COLUMN other_op TEXT; "
    "UPDATE record SET kind = 'nomsg' WHERE flags & 16 AND kind = 'text'; "
    "UPDATE record SET flags = flags & ~16 WHERE flags & 16; "
    "UPDATE record SET flags = flags | 2048 WHERE flags & 32 AND "
    "real_ns IS NULL; "
    "UPDATE record SET level = CASE WHEN priority < 4 THEN 8 "
    "WHEN priority = 4 THEN 4 WHEN priority < 7 THEN 0 ELSE -4 END "
    "WHERE kind = 'text' AND priority IS NOT NULL;";

/* The first version that packs lines. */
#define STORE_PACKED 4
/* The first in which a line can be one of two operations. */
#define STORE_LINKED 5
/* The first with summaries. */
#define STORE_SUMMED 6

/* What each version's tables need to become those of the next one. */
static const char *const store_steps[STORE_VERSION] = {
	/* Gaps have a unit and a number of lines. */
	[1] = "ALTER TABLE gap ADD COLUMN unit TEXT; "
	      "ALTER TABLE gap ADD COLUMN n INTEGER;",
	/* Inputs have a position to read on from. */
	[2] = "ALTER TABLE input ADD COLUMN head_len INTEGER NOT NULL "
	      "DEFAULT 0; "
	      "ALTER TABLE input ADD COLUMN head_hash INTEGER NOT NULL "
	      "DEFAULT 0; "
	      "ALTER TABLE input ADD COLUMN resume_offset INTEGER NOT NULL "
	      "DEFAULT 0; "
	      "ALTER TABLE input ADD COLUMN resume_lines INTEGER NOT NULL "
	      "DEFAULT 0; "
	      "ALTER TABLE input ADD COLUMN cursor TEXT;",
	/* Lines are packed with their operation: see store__move(). */
	[3] = "DROP INDEX record_seq; DROP INDEX record_hash; "
	      "DROP INDEX record_op; DROP INDEX record_time; "
	      "DROP INDEX record_torn; DROP INDEX record_dropped; "
	      "DROP INDEX record_unread; DROP TABLE stage; DROP TABLE call; "
	      "DROP TABLE op; ALTER TABLE record RENAME TO old_record;",
	/* Rows say more, and otherwise: store_rows_sql, store__link(). */
	[4] = "",
	/* There are summaries: summary_build(). */
	[5] = "",
	/* It has more columns; the schema makes it again. */
	[6] = "DROP INDEX IF EXISTS op_start;",
};

/* Works out what the new tables hold. */
static int
store__fill(struct store *s, int64_t from, struct error *err)
{
	/* Moving writes the operations, and counts them. */
	if (from < STORE_PACKED)
		return store__move(s, err);
	if (from < STORE_SUMMED && summary_build(s, err) < 0)
		return -EIO;
	return from < STORE_LINKED ? store__link(s, err) : 0;
}

int
store_migrate(struct store *s, int64_t from, struct error *err)
{
	char pragma[48];
	int rc = store_exec(s,
	    "BEGIN IMMEDIATE; DROP VIEW ops; DROP VIEW stages; DROP VIEW "
	    "helper_calls; DROP VIEW records; DROP VIEW gaps; "
	    "DROP VIEW IF EXISTS summaries",
	    err);

	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d",
	    STORE_VERSION);
	if (rc == 0 && from < STORE_LINKED)
		rc = store_exec(s, store_rows_sql, err);
	for (int64_t v = from; rc == 0 && v < STORE_VERSION; v++)
		rc = store_exec(s, store_steps[v], err);
	/* What is new of the tables, and all the views. */
	if (rc == 0)
		rc = store_exec(s, schema, err);
	if (rc == 0)
		rc = store__fill(s, from, err);
	if (rc == 0)
		rc = store_exec(s, pragma, err);
	if (rc == 0)
		rc = store_exec(s, "COMMIT", err);
	if (rc < 0)
		return error_wrap(err, rc, "bringing %s up to version %d",
		    s->path, STORE_VERSION);
	return 0;
}
