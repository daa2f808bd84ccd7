/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "copy.h"
#include "state_int.h"
#include "wire/rpc.h"

#define STATE_FILE "bangerd.db"
#define STATE_APPLICATION_ID 0x62616e67 /* "bang" */

/*
 * What makes version N + 1 of version N; a new file goes the whole way.  A
 * step that was released is never changed.
 */
static const char *const state_steps[] = {
	"CREATE TABLE image (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" cmdline TEXT NOT NULL, has_initrd INTEGER NOT NULL,"
	" rootfs_bytes INTEGER NOT NULL, created_ns INTEGER NOT NULL);"
	"CREATE TABLE vm (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" image_id TEXT NOT NULL, image_name TEXT NOT NULL,"
	" machine TEXT NOT NULL, memory_mib INTEGER NOT NULL,"
	" vcpus INTEGER NOT NULL, slot INTEGER NOT NULL UNIQUE,"
	" created_ns INTEGER NOT NULL, state TEXT NOT NULL, guest_ip TEXT,"
	" api_socket TEXT, agent_socket TEXT, log_path TEXT, console_log TEXT,"
	" pid INTEGER NOT NULL, last_error TEXT);"
	"CREATE TABLE operation (op_id TEXT PRIMARY KEY,"
	" operation TEXT NOT NULL, vm_id TEXT, vm_name TEXT, image_id TEXT,"
	" image_name TEXT, started_ns INTEGER NOT NULL, stage TEXT,"
	" calls INTEGER NOT NULL DEFAULT 0);",
	"ALTER TABLE vm ADD COLUMN disk_bytes INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vm ADD COLUMN cmdline TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE vm ADD COLUMN ports TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE vm ADD COLUMN ssh_key TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE vm ADD COLUMN console_socket TEXT;"
	"ALTER TABLE vm ADD COLUMN console_from INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vm ADD COLUMN stopped_ns INTEGER NOT NULL DEFAULT 0;"
	"UPDATE vm SET stopped_ns = created_ns, disk_bytes = coalesce("
	" (SELECT rootfs_bytes FROM image WHERE image.id = vm.image_id), 0);"
	"CREATE TABLE snapshot (id TEXT PRIMARY KEY, vm_id TEXT NOT NULL,"
	" name TEXT NOT NULL, bytes INTEGER NOT NULL,"
	" created_ns INTEGER NOT NULL, UNIQUE (vm_id, name));",
	"CREATE TABLE history (id INTEGER PRIMARY KEY,"
	" operation TEXT NOT NULL, duration_ns INTEGER NOT NULL);"
	"CREATE INDEX history_of ON history (operation, id);",
};
#define STATE_VERSION ((int)ARRAY_LEN(state_steps))

/* ---- statements ------------------------------------------------------------
 */

int
state__fail(struct state *st, struct error *err)
{
	switch (sqlite3_errcode(st->db) & 0xff) {
	case SQLITE_FULL:
	case SQLITE_READONLY:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return error_kind(err, rpc_code_name(RPC_STATE_UNWRITABLE),
		    -EROFS,
		    "bangerd cannot write its state (bangerd.db: %s); nothing "
		    "is changed, and VMs run on",
		    sqlite3_errmsg(st->db));
	default:
		return error_set(err, -EIO, "bangerd.db: %s",
		    sqlite3_errmsg(st->db));
	}
}

int
state__exec(struct state *st, const char *sql, struct error *err)
{
	if (sqlite3_exec(st->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return state__fail(st, err);
	return 0;
}

pthread_mutex_t *
state__lock(struct state *st)
{
	pthread_mutex_lock(&st->lock);
	return &st->lock;
}

int
state__prepare(struct state *st, const char *sql, sqlite3_stmt **ret,
    struct error *err)
{
	if (sqlite3_prepare_v2(st->db, sql, -1, ret, NULL) != SQLITE_OK)
		return state__fail(st, err);
	return 0;
}

void
state__text(sqlite3_stmt *stmt, int *pos, const char *value)
{
	sqlite3_bind_text(stmt, (*pos)++, value, -1, SQLITE_STATIC);
}

void
state__int(sqlite3_stmt *stmt, int *pos, int64_t value)
{
	sqlite3_bind_int64(stmt, (*pos)++, value);
}

int
state__run(struct state *st, sqlite3_stmt *stmt, struct error *err)
{
	if (sqlite3_step(stmt) != SQLITE_DONE)
		return state__fail(st, err);
	return 0;
}

int
state__may_write(const struct state *st, struct error *err)
{
	return st->copy
	    ? error_kind(err, rpc_code_name(RPC_STATE_UNWRITABLE), -EROFS,
		  "bangerd could not write its state when it "
		  "started; nothing is changed, and VMs run on "
		  "(mend the state directory and restart bangerd)")
	    : 0;
}

int
state__run_durably(struct state *st, sqlite3_stmt *stmt, struct error *err)
{
	int rc = state__may_write(st, err);

	if (rc < 0)
		return rc;
	rc = state__exec(st, "PRAGMA synchronous=FULL", err);
	if (rc == 0)
		rc = state__run(st, stmt, err);
	state__exec(st, "PRAGMA synchronous=NORMAL", NULL);
	return rc;
}

char *
state__column(sqlite3_stmt *stmt, int *pos)
{
	const unsigned char *s = sqlite3_column_text(stmt, (*pos)++);

	return s != NULL ? xstrdup((const char *)s) : NULL;
}

int
state__delete(struct state *st, const char *sql, const char *id,
    struct error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st, sql, &stmt, err);
	if (rc == 0) {
		state__text(stmt, &pos, id);
		rc = state__run_durably(st, stmt, err);
	}
	return rc;
}

/* ---- opening ---------------------------------------------------------------
 */

/* Takes the file from the version it has to ours, a step a transaction. */
static int
state__migrate(struct state *st, struct error *err)
{
	sqlite3_stmt *stmt = NULL;
	int version = 0, rc;

	rc = state__prepare(st, "PRAGMA user_version", &stmt, err);
	if (rc < 0)
		return rc;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	if (version > STATE_VERSION)
		return error_set(err, -EPROTO,
		    "bangerd.db was written by a newer bangerd (version %d, "
		    "this one knows %d); upgrade bangerd",
		    version, STATE_VERSION);
	for (; rc == 0 && version < STATE_VERSION; version++) {
		_cleanup_free_ char *sql =
		    xasprintf("BEGIN IMMEDIATE; %s PRAGMA application_id=%d;"
			      " PRAGMA user_version=%d; COMMIT",
			state_steps[version], STATE_APPLICATION_ID,
			version + 1);

		rc = state__exec(st, sql, err);
		if (rc < 0) {
			state__exec(st, "ROLLBACK", NULL);
			rc = error_wrap(err, rc, "from version %d", version);
		}
	}
	return rc;
}

/* One daemon a state directory: whoever has the lock. */
static int
state__take_lock(struct state *st, const char *dir, int flags,
    struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", dir);

	st->lock_fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (st->lock_fd < 0)
		return error_errno(err, errno, "opening %s", path);
	if (flock(st->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(err, -EBUSY,
		    "another bangerd uses %s (its lock is taken)", dir);
	return 0;
}

static struct state *
state__new(void)
{
	struct state *st = xcalloc(1, sizeof(*st));

	st->lock_fd = -1;
	pthread_mutex_init(&st->lock, NULL);
	return st;
}

/* Opens the file in that directory; the lock is taken. */
static int
state__open_file(struct state *st, const char *dir, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/" STATE_FILE, dir);
	int rc;

	if (sqlite3_open_v2(path, &st->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
		NULL) != SQLITE_OK)
		return state__fail(st, err);
	sqlite3_busy_timeout(st->db, 5000);
	rc = state__exec(st,
	    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
	    "PRAGMA trusted_schema=0",
	    err);
	if (rc == 0)
		rc = state__migrate(st, err);
	return rc;
}

int
state_open(const char *dir, struct state **ret, struct error *err)
{
	_cleanup_free_ char *probe =
	    xasprintf("BEGIN IMMEDIATE; PRAGMA user_version=%d; COMMIT",
		STATE_VERSION);
	_cleanup_(state_freep) struct state *st = state__new();
	int rc = state__take_lock(st, dir, O_RDWR | O_CREAT, err);

	if (rc == 0)
		rc = state__open_file(st, dir, err);
	/* That it can be written shows only when it is. */
	if (rc == 0)
		rc = state__exec(st, probe, err);
	if (rc < 0)
		return rc;
	*ret = steal(&st);
	return 0;
}

/* Copies one of the file's parts; none is fine. */
static int
state__copy_part(const char *dir, const char *spare, const char *end,
    struct error *err)
{
	_cleanup_free_ char *from = xasprintf("%s/" STATE_FILE "%s", dir, end);
	_cleanup_free_ char *to = xasprintf("%s/" STATE_FILE "%s", spare, end);
	int64_t bytes;

	if (unlink(to) < 0 && errno != ENOENT)
		return error_errno(err, errno, "removing %s", to);
	if (access(from, F_OK) < 0 && errno == ENOENT)
		return 0;
	return copy_file(from, to, 0, &bytes, err);
}

int
state_open_copy(const char *dir, const char *spare, struct state **ret,
    struct error *err)
{
	_cleanup_(state_freep) struct state *st = state__new();
	int rc = state__take_lock(st, dir, O_RDONLY, err);

	if (rc < 0)
		return rc;
	if (mkdir(spare, 0700) < 0 && errno != EEXIST)
		return error_errno(err, errno, "making %s", spare);
	/* The index of the log is made anew of it. */
	if ((rc = state__copy_part(dir, spare, "", err)) < 0 ||
	    (rc = state__copy_part(dir, spare, "-wal", err)) < 0 ||
	    (rc = state__open_file(st, spare, err)) < 0)
		return rc;
	st->copy = true;
	*ret = steal(&st);
	return 0;
}

bool
state_is_copy(const struct state *st)
{
	return st->copy;
}

struct state *
state_free(struct state *st)
{
	if (st == NULL)
		return NULL;
	sqlite3_close(st->db);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	pthread_mutex_destroy(&st->lock);
	for (size_t i = 0; i < st->n_owed; i++)
		free(st->owed[i]);
	free(st->owed);
	free(st);
	return NULL;
}
