/* SPDX-License-Identifier: ISC */
/* What is asked of SQLite, and how. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "trace/store_behind.h"
#include "trace/store_int.h"

static const char *const store_sql[STMT_MAX] = {
	[STMT_RECORD] = "INSERT OR IGNORE INTO record (run, seq, hash, ord, "
			"op_id, time_ns, time_from, kind, flags, level, msg, "
			"unit, boot, real_ns, mono_ns, pid, priority, input, "
			"offset, raw, other_op) VALUES (?1, ?2, ?3, ?4, ?5, "
			"?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
			"?17, ?18, ?19, ?20, ?21)",
	[STMT_SAME] =
	    "SELECT banger_raw(raw) = ?3 FROM record WHERE run = ?1 AND "
	    "seq = ?2",
	[STMT_RUN_NEW] = "INSERT OR IGNORE INTO run (name) VALUES (?1)",
	[STMT_RUN_GET] = "SELECT id, first_ns, last_ns, start_ns, emitter "
			 "FROM run WHERE name = ?1",
	[STMT_RUN_SET] = "UPDATE run SET first_ns = ?2, last_ns = ?3, "
			 "start_ns = ?4, emitter = ?5 WHERE id = ?1",
	[STMT_OP_PACK] = "SELECT id, lines, status <> 'running' AND NOT reads "
			 "FROM op WHERE op_id = ?1",
	[STMT_OP_LINES] = "SELECT raw, kind, flags, time_ns, time_from, unit, "
			  "boot, real_ns, mono_ns, pid, priority FROM record "
			  "WHERE op_id = ?1 OR other_op = ?1 "
			  "ORDER BY time_ns, seq, id",
	[STMT_OP_RUNS] = "SELECT name, emitter, last_ns, start_ns FROM run "
			 "WHERE last_ns >= ?1",
	/*
	 * Nothing to replace costs less to write, and a transaction that fails
	 * is given up whatever of it stands.
	 */
	[STMT_OP_NEW] = "INSERT OR FAIL INTO op SELECT * FROM banger_rows",
	[STMT_OP_PUT] = "INSERT OR REPLACE INTO op SELECT * FROM banger_rows",
	[STMT_SPAN_PUT] = "INSERT OR REPLACE INTO span VALUES (?1, ?2, ?3, "
			  "?4, ?5)",
	[STMT_SPAN_DEL] = "DELETE FROM span WHERE run = ?1 AND from_seq = ?2",
	[STMT_SPAN_BEFORE] = "SELECT from_seq, to_seq, first_ns, last_ns FROM "
			     "span WHERE run = ?1 AND from_seq <= ?2 "
			     "ORDER BY from_seq DESC LIMIT 1",
	[STMT_SPAN_AFTER] = "SELECT from_seq, to_seq, first_ns, last_ns FROM "
			    "span WHERE run = ?1 AND from_seq > ?2 "
			    "ORDER BY from_seq LIMIT 1",
	[STMT_CODES] = "SELECT n, text FROM code WHERE kind = ?1 AND n >= ?2 "
		       "ORDER BY n",
	[STMT_CODE_GET] = "SELECT text FROM code WHERE kind = ?1 AND n = ?2",
	[STMT_CODE_PUT] = "INSERT INTO code VALUES (?1, ?2, ?3)",
	[STMT_INPUT_SET] = "UPDATE input SET offset = ?2, lines = ?3, "
			   "read_ns = ?4, resume_offset = ?5, resume_lines = "
			   "?6, cursor = ?7, head_len = ?8, head_hash = ?9 "
			   "WHERE id = ?1",
	[STMT_SUPPRESSED] = "INSERT INTO gap (reason, input, at_ns, unit, n, "
			    "detail) VALUES ('suppressed', ?1, ?2, ?3, ?4, ?5)",
	[STMT_NEWEST] = "SELECT max(coalesce((SELECT max(time_ns) FROM "
			"record), 0), coalesce((SELECT max(last_ns) FROM "
			"run), 0))",
	/* In flight by its summary, and its daemon began anew or time is up. */
	[STMT_STALE] =
	    "SELECT op_id FROM op o WHERE status = 'running' AND "
	    "(last_ns < ?1 OR EXISTS (SELECT 1 FROM run u JOIN run v ON "
	    "replace(v.emitter, '.service', '') = "
	    "replace(u.emitter, '.service', '') AND v.start_ns > u.last_ns "
	    "WHERE u.name = o.run))",
	[STMT_OP_PARTS] = "SELECT " SUMMARY_COLUMNS "FROM op WHERE id = ?1",
	[STMT_OP_HOUR] = "SELECT " SUMMARY_COLUMNS "FROM op WHERE start_ns >= "
			 "?1 AND start_ns < ?1 + 3600000000000",
	[STMT_SUMMARY_GET] = "SELECT n, failed, sum_us, max_us, counts FROM "
			     "summary WHERE kind = ?1 AND hour = ?2 AND "
			     "operation = ?3 AND name = ?4 AND method = ?5",
	[STMT_SUMMARY_PUT] = "INSERT OR REPLACE INTO summary VALUES (?1, ?2, "
			     "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[STMT_SUMMARY_DEL] = "DELETE FROM summary WHERE kind = ?1 AND hour = "
			     "?2 AND operation = ?3 AND name = ?4 AND "
			     "method = ?5",
};

/* ---- SQLite ------------------------------------------------------------ */

int
store_fail(const struct store *s, struct error *err, const char *what)
{
	int code = sqlite3_errcode(s->db);

	if (code == SQLITE_NOTADB)
		return error_kind(err, STORE_ALIEN, -EILSEQ,
		    "%s is not an index of bangerlog", s->path);
	if (code == SQLITE_CORRUPT)
		return error_kind(err, STORE_DAMAGED, -EILSEQ,
		    "%s is damaged (%s); move it aside and index again",
		    s->path, sqlite3_errmsg(s->db));
	if (code == SQLITE_IOERR)
		return error_kind(err, STORE_DAMAGED, -EIO,
		    "%s: %s: %s; is its disk sound?", s->path, what,
		    sqlite3_errmsg(s->db));
	/* What a transaction changed is to be put back: by who may write. */
	if (sqlite3_extended_errcode(s->db) == SQLITE_READONLY_ROLLBACK)
		return error_kind(err, STORE_OLDER, -EPROTO,
		    "%s was left by a writer that was killed; indexing into it "
		    "puts it right",
		    s->path);
	if (code == SQLITE_BUSY)
		return error_kind(err, STORE_LOCKED, -EBUSY,
		    "%s is held by another process; try again later", s->path);
	return error_set(err, code == SQLITE_FULL ? -ENOSPC : -EIO,
	    "%s: %s: %s", s->path, what, sqlite3_errmsg(s->db));
}

int
store_exec_now(const struct store *s, const char *sql, struct error *err)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(s, err, sql);
	return 0;
}

int
store_exec(struct store *s, const char *sql, struct error *err)
{
	int rc = store_behind_wait(s, err);

	return rc < 0 ? rc : store_exec_now(s, sql, err);
}

static int
store__prepare(const struct store *s, const char *sql, sqlite3_stmt **ret,
    struct error *err)
{
	if (sqlite3_prepare_v3(s->db, sql, -1, 0, ret, NULL) != SQLITE_OK)
		return store_fail(s, err, "asking the index");
	return 0;
}

int
store_prepare(struct store *s, const char *sql, sqlite3_stmt **ret,
    struct error *err)
{
	int rc = store_behind_wait(s, err);

	return rc < 0 ? rc : store__prepare(s, sql, ret, err);
}

sqlite3_stmt *
store_stmt_now(struct store *s, enum store_stmt which, struct error *err)
{
	if (s->stmts[which] == NULL &&
	    store__prepare(s, store_sql[which], &s->stmts[which], err) < 0)
		return NULL;
	sqlite3_reset(s->stmts[which]);
	sqlite3_clear_bindings(s->stmts[which]);
	return s->stmts[which];
}

sqlite3_stmt *
store_stmt(struct store *s, enum store_stmt which, struct error *err)
{
	return store_behind_wait(s, err) < 0 ? NULL
					     : store_stmt_now(s, which, err);
}

int
store_run_stmt(struct store *s, sqlite3_stmt *st, struct error *err)
{
	int rc = sqlite3_step(st);

	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		return store_fail(s, err, "writing the index");
	sqlite3_reset(st);
	return 0;
}

void
store_bind_text(sqlite3_stmt *st, int at, const char *text)
{
	if (text != NULL)
		sqlite3_bind_text(st, at, text, (int)strlen(text),
		    SQLITE_STATIC);
}

void
store_bind_known(sqlite3_stmt *st, int at, int64_t v)
{
	if (v >= 0)
		sqlite3_bind_int64(st, at, v);
}

char *
store_column_dup(sqlite3_stmt *st, int at)
{
	const char *text = (const char *)sqlite3_column_text(st, at);

	return text != NULL ? xstrdup(text) : NULL;
}

int
store_number(struct store *s, const char *sql, int64_t *ret, struct error *err)
{
	sqlite3_stmt *st;

	if (store_prepare(s, sql, &st, err) < 0)
		return -EIO;
	if (sqlite3_step(st) != SQLITE_ROW) {
		store_fail(s, err, sql);
		sqlite3_finalize(st);
		return -EIO;
	}
	*ret = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return 0;
}
