/* SPDX-License-Identifier: ISC */
#include "trace/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/store_int.h"
#include "trace/store_rest.h"

#define STORE_BUSY_MS 5000
/* The writer's pages in memory; with less, index pages are read again. */
#define STORE_CACHE_KIB "65536"
/* Pages in the write-ahead log before they move into the file (40 MiB). */
#define STORE_WAL_PAGES "5000"

#define STORE_OP_INDEX "CREATE UNIQUE INDEX IF NOT EXISTS op_id ON op (op_id)"

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
	if (code == SQLITE_BUSY)
		return error_kind(err, STORE_LOCKED, -EBUSY,
		    "%s is held by another process; try again later", s->path);
	return error_set(err, code == SQLITE_FULL ? -ENOSPC : -EIO,
	    "%s: %s: %s", s->path, what, sqlite3_errmsg(s->db));
}

int
store_exec(const struct store *s, const char *sql, struct error *err)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(s, err, sql);
	return 0;
}

int
store_prepare(const struct store *s, const char *sql, sqlite3_stmt **ret,
    struct error *err)
{
	if (sqlite3_prepare_v3(s->db, sql, -1, 0, ret, NULL) != SQLITE_OK)
		return store_fail(s, err, "asking the index");
	return 0;
}

sqlite3_stmt *
store_stmt(struct store *s, enum store_stmt which, struct error *err)
{
	if (s->stmts[which] == NULL &&
	    store_prepare(s, store_sql[which], &s->stmts[which], err) < 0)
		return NULL;
	sqlite3_reset(s->stmts[which]);
	sqlite3_clear_bindings(s->stmts[which]);
	return s->stmts[which];
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

/* ---- opening ----------------------------------------------------------- */

int
store_number(const struct store *s, const char *sql, int64_t *ret,
    struct error *err)
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

/* Sees that the file is ours, and of a version that we know. */
static int
store__check(const struct store *s, bool *ret_empty, struct error *err)
{
	int64_t app, version, pages;

	if (store_number(s, "PRAGMA application_id", &app, err) < 0 ||
	    store_number(s, "PRAGMA user_version", &version, err) < 0 ||
	    store_number(s, "PRAGMA schema_version", &pages, err) < 0)
		return -EIO;
	*ret_empty = app == 0 && version == 0 && pages == 0;
	if (*ret_empty)
		return 0;
	if (app != STORE_APPLICATION_ID)
		return error_kind(err, STORE_ALIEN, -EILSEQ,
		    "%s is not an index of bangerlog", s->path);
	if (version > STORE_VERSION)
		return error_kind(err, STORE_NEWER, -EPROTO,
		    "%s was made by a newer bangerlog (version %lld, this one "
		    "knows %d); use that one",
		    s->path, (long long)version, STORE_VERSION);
	return 0;
}

static struct store *
store__new(const char *path, bool writer)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->path = xstrdup(path);
	s->writer = writer;
	s->lock_fd = -1;
	s->pruned_ns = INT64_MIN;
	s->book = codebook_new();
	store_live_init(s);
	s->summary = summary_new();
	s->runs = map_new(NULL);
	return s;
}

/* name: the path, or a URI of it where flags say so. */
static int
store__open(struct store *s, const char *name, int flags, struct error *err)
{
	/* Nobody asks it for its memory; counting takes a lock each time. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(name, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return error_set(err, -EIO, "opening %s: %s", s->path,
		    s->db != NULL ? sqlite3_errmsg(s->db) : "out of memory");
	sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
	if (store_book_register(s, err) < 0 ||
	    (s->writer && store_rows_register(s, err) < 0))
		return -EIO;
	return store_exec(s,
	    "PRAGMA trusted_schema = 0; PRAGMA mmap_size = 0; "
	    "PRAGMA foreign_keys = 1",
	    err);
}

/* The lock of the one writer; it is let go when the process ends. */
static int
store__lock(struct store *s, struct error *err)
{
	_cleanup_free_ char *name = xasprintf("%s.lock", s->path);
	char pid[24] = "?";
	ssize_t n;

	s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (s->lock_fd < 0)
		return error_errno(err, errno, "opening %s", name);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return error_errno(err, errno, "locking %s", name);
		n = pread(s->lock_fd, pid, sizeof(pid) - 1, 0);
		if (n > 0)
			pid[strspn(pid, "0123456789")] = '\0';
		return error_kind(err, STORE_LOCKED, -EWOULDBLOCK,
		    "%s is being written by process %s; wait for it, or "
		    "stop it",
		    s->path, pid);
	}
	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(s->lock_fd, 0) < 0 ||
	    pwrite(s->lock_fd, pid, (size_t)n, 0) != n)
		return error_errno(err, errno, "writing %s", name);
	return 0;
}

/* Makes the folders above the file that are missing. */
static int
store__make_folder(const char *path, struct error *err)
{
	_cleanup_free_ char *copy = xstrdup(path), *above = NULL;
	const char *dir = dirname(copy);

	if (mkdir(dir, 0755) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return error_errno(err, errno, "making %s", dir);
	above = xstrdup(dir);
	if (store__make_folder(above, err) < 0)
		return -ENOENT;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return error_errno(err, errno, "making %s", dir);
	return 0;
}

int
store_open_write(const char *path, struct store **ret, struct error *err)
{
	_cleanup_(store_freep) struct store *s = store__new(path, true);
	int64_t version;
	bool empty;

	if (store__make_folder(path, err) < 0 || store__lock(s, err) < 0 ||
	    store__open(s, s->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		err) < 0 ||
	    store__check(s, &empty, err) < 0 ||
	    store_exec(s,
		"PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA "
		"synchronous = NORMAL; "
		"PRAGMA cache_size = -" STORE_CACHE_KIB "; "
		"PRAGMA wal_autocheckpoint = " STORE_WAL_PAGES,
		err) < 0)
		return err != NULL ? err->code : -EIO;
	if (empty ? store_create(s, err) < 0
		  : store_number(s, "PRAGMA user_version", &version, err) < 0 ||
		    (version < STORE_VERSION &&
			store_migrate(s, version, err) < 0))
		return -EIO;
	/* An index of this version may be older than this index of it. */
	if (store_exec(s,
		"CREATE INDEX IF NOT EXISTS op_bad ON op (operation, start_ns) "
		"WHERE status NOT IN ('running', 'completed')",
		err) < 0 ||
	    store_book_load(s, err) < 0 ||
	    store_number(s, "SELECT coalesce(max(id), 0) FROM op", &s->old_rows,
		err) < 0 ||
	    store_number(s,
		"SELECT coalesce((SELECT before_ns FROM pruned), "
		"-9223372036854775808)",
		&s->pruned_ns, err) < 0)
		return -EIO;
	s->bulk = s->old_rows == 0;
	if (store_exec(s,
		s->bulk ? "DROP INDEX IF EXISTS op_id" : STORE_OP_INDEX,
		err) < 0)
		return -EIO;
	*ret = steal(&s);
	return 0;
}

int
store_open_read(const char *path, struct store **ret, struct error *err)
{
	_cleanup_(store_freep) struct store *s = store__new(path, false);
	_cleanup_buf_ struct buf uri = BUF_INIT;
	int64_t version = 0;
	bool empty = true;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return error_kind(err, STORE_MISSING, -ENOENT,
		    "there is no index %s yet", path);
	s->at_rest = store_rest(path, &uri);
	if (store__open(s, s->at_rest ? buf_str(&uri) : path,
		SQLITE_OPEN_READONLY | (s->at_rest ? SQLITE_OPEN_URI : 0),
		err) < 0 ||
	    store_exec(s, "PRAGMA query_only = 1", err) < 0 ||
	    store__check(s, &empty, err) < 0)
		return -EIO;
	if (!empty && store_number(s, "PRAGMA user_version", &version, err) < 0)
		return -EIO;
	if (!empty && version < STORE_VERSION)
		return error_kind(err, STORE_OLDER, -EPROTO,
		    "%s was made by an older bangerlog (version %lld); "
		    "indexing into it brings it up to date",
		    s->path, (long long)version);
	if (empty)
		return error_kind(err, STORE_EMPTY, -ENOENT,
		    "the index %s is empty", path);
	*ret = steal(&s);
	return 0;
}

static void
store__free_runs(struct store *s)
{
	struct store_run *run;
	size_t pos = 0;

	while ((run = map_next(s->runs, &pos, NULL)) != NULL) {
		free(run->emitter);
		free(run);
	}
	map_free(s->runs);
}

struct store *
store_free(struct store *s)
{
	if (s == NULL)
		return NULL;
	for (size_t i = 0; i < STMT_MAX; i++)
		sqlite3_finalize(s->stmts[i]);
	/* Closing rolls back what was not committed. */
	sqlite3_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	for (size_t i = 0; i < s->n_inputs; i++)
		store_done_input(&s->inputs[i]);
	free(s->inputs);
	store_live_done(s);
	summary_free(s->summary);
	codebook_free(s->book);
	buf_done(&s->stages);
	buf_done(&s->calls);
	buf_done(&s->squeezed);
	buf_done(&s->old_seen);
	store__free_runs(s);
	free(s->path);
	free(s);
	return NULL;
}

/* ---- transactions ------------------------------------------------------ */

int
store_begin(struct store *s, struct error *err)
{
	if (s->in_txn)
		return 0;
	if (store_exec(s, "BEGIN IMMEDIATE", err) < 0)
		return -EIO;
	s->in_txn = true;
	s->rows = 0;
	s->began_ns = clock_mono_ns();
	return 0;
}

int
store_flush(struct store *s, struct error *err)
{
	int rc = 0;

	/* The runs first, since operations in flight depend on them; the stale
	 * ones last, when the rows of this transaction stand. */
	if (store_flush_runs(s, err) < 0 || store_flush_inputs(s, err) < 0 ||
	    store_live_flush(s, err) < 0 || store_flush_stale(s, err) < 0 ||
	    summary_flush(s, err) < 0)
		rc = -EIO;
	s->around = opset_free(s->around);
	return rc < 0 ? rc : store_book_flush(s, err);
}

int
store_end_bulk(struct store *s, struct error *err)
{
	if (s->bulk && store_exec(s, STORE_OP_INDEX, err) < 0)
		return -EIO;
	s->bulk = false;
	return 0;
}

int
store_commit(struct store *s, struct error *err)
{
	/* One that is not full is the last, or one of a slow source. */
	bool last = s->bulk && (!s->in_txn || s->rows < STORE_TXN_ROWS);

	if (!s->in_txn && !last)
		return 0;
	if (store_begin(s, err) < 0 || store_flush(s, err) < 0 ||
	    (last && store_end_bulk(s, err) < 0) ||
	    store_exec(s, "COMMIT", err) < 0)
		return -EIO;
	s->in_txn = false;
	return 0;
}

void
store_stats(const struct store *s, struct store_stats *ret)
{
	*ret = s->stats;
}

bool
store_at_rest(const struct store *s)
{
	return s->at_rest;
}

const char *
store_path(const struct store *s)
{
	return s->path;
}

struct sqlite3 *
store_db(const struct store *s)
{
	return s->db;
}
