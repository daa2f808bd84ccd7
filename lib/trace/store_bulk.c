/* SPDX-License-Identifier: ISC */
#include "trace/store_bulk.h"

#include <errno.h>
#include <string.h>

/* Readers hold their locks while they read: so long a commit waits for them. */
#define BULK_BUSY_MS 60000
/*
 * Pages of a transaction (4 MiB), beyond which they go into the file before its
 * end, so that their memory, which a new page costs more than its writing, is
 * used again.
 */
#define BULK_CACHE "PRAGMA cache_size = -4096"
/* What is sorted goes in pieces as large: they fit into a processor's cache. */
#define BULK_SORT_CACHE "PRAGMA cache_size = -2048"

/* Goes over to that journal mode, which only who is alone with the file can. */
static bool
bulk__journal(struct store *s, const char *sql, const char *mode)
{
	sqlite3_stmt *st;
	bool done = false;

	/* Later will do as well. */
	sqlite3_busy_timeout(s->db, 0);
	if (store_prepare(s, sql, &st, NULL) == 0) {
		done = sqlite3_step(st) == SQLITE_ROW &&
		    strcmp((const char *)sqlite3_column_text(st, 0), mode) == 0;
		sqlite3_finalize(st);
	}
	sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
	return done;
}

int
store_begin_bulk(struct store *s, struct error *err)
{
	s->bulk = true;
	s->rollback = bulk__journal(s, "PRAGMA journal_mode = DELETE",
	    "delete");
	if (s->rollback)
		sqlite3_busy_timeout(s->db, BULK_BUSY_MS);
	return store_exec(s,
	    s->rollback ? "PRAGMA synchronous = FULL; " BULK_CACHE
			  "; DROP INDEX IF EXISTS op_id"
			: BULK_CACHE "; DROP INDEX IF EXISTS op_id",
	    err);
}

int
store_end_bulk(struct store *s, struct error *err)
{
	if (!s->bulk)
		return 0;
	if (store_exec(s, BULK_SORT_CACHE "; " STORE_OP_INDEX "; " STORE_CACHE,
		err) < 0)
		return -EIO;
	s->bulk = false;
	return 0;
}

int
store_leave_rollback(struct store *s, struct error *err)
{
	if (!s->rollback || s->bulk ||
	    !bulk__journal(s, "PRAGMA journal_mode = WAL", "wal"))
		return 0;
	s->rollback = false;
	return store_exec(s, "PRAGMA synchronous = NORMAL", err);
}
