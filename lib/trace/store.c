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
#include "trace/store_behind.h"
#include "trace/store_bulk.h"
#include "trace/store_int.h"
#include "trace/store_rest.h"

/* Pages in the write-ahead log before they move into the file (4 MiB). */
#define STORE_WAL_PAGES "500"
#define STORE_LOG "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"

/* ---- opening ----------------------------------------------------------- */

/* Sees that the file is ours, and of a version that we know. */
static int
store__check(struct store *s, bool *ret_empty, struct error *err)
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
		"PRAGMA page_size = 16384; " STORE_CACHE
		"; PRAGMA wal_autocheckpoint = " STORE_WAL_PAGES,
		err) < 0 ||
	    (!empty && store_exec(s, STORE_LOG, err) < 0))
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
	if (s->old_rows == 0 ? store_begin_bulk(s, err) < 0
			     : store_exec(s, STORE_OP_INDEX, err) < 0)
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
	store_behind_done(s);
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
	buf_done(&s->writing.stages);
	buf_done(&s->writing.calls);
	buf_done(&s->squeezed);
	buf_done(&s->old_seen);
	store__free_runs(s);
	free(s->path);
	free(s);
	return NULL;
}

/* ---- transactions ------------------------------------------------------ */

static void
store__fresh_txn(struct store *s)
{
	s->in_txn = true;
	s->rows = 0;
	s->began_ns = clock_mono_ns();
}

int
store_begin(struct store *s, struct error *err)
{
	if (s->in_txn)
		return 0;
	if (store_exec(s, "BEGIN IMMEDIATE", err) < 0)
		return -EIO;
	store__fresh_txn(s);
	return 0;
}

int
store_flush(struct store *s, struct error *err)
{
	int rc = store_behind_wait(s, err);

	if (rc < 0)
		return rc;
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
store_commit(struct store *s, struct error *err)
{
	if (!s->in_txn && !s->bulk)
		return 0;
	/* Who asks for it has no more lines, or waits for them. */
	if (store_begin(s, err) < 0 || store_flush(s, err) < 0 ||
	    store_end_bulk(s, err) < 0 || store_exec(s, "COMMIT", err) < 0)
		return -EIO;
	s->in_txn = false;
	return store_leave_rollback(s, err);
}

int
store_commit_on(struct store *s, struct error *err)
{
	if (!s->bulk)
		return store_commit(s, err);
	if (store_flush(s, err) < 0)
		return -EIO;
	store__fresh_txn(s);
	return store_behind_commit(s, err);
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
store_db(struct store *s)
{
	/* What went wrong is said to whom it is about: the next writing. */
	store_behind_wait(s, NULL);
	return s->db;
}
