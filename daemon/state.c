/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/file.h>

#include "base/mem.h"
#include "image.h"
#include "vm.h"

#define STATE_APPLICATION_ID 0x62616e67 /* "bang" */
#define STATE_VERSION 1

struct state {
	pthread_mutex_t lock;
	sqlite3 *db;
	int lock_fd;
};

static const char state_schema[] =
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
    " calls INTEGER NOT NULL DEFAULT 0);";

/* ---- statements ------------------------------------------------------------
 */

static int
state__fail(struct state *st, struct error *err)
{
	return error_set(err, -EIO, "bangerd.db: %s", sqlite3_errmsg(st->db));
}

static int
state__exec(struct state *st, const char *sql, struct error *err)
{
	if (sqlite3_exec(st->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return state__fail(st, err);
	return 0;
}

static void
state__finalizep(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}
#define _cleanup_stmt_ _cleanup_(state__finalizep)

/*
 * The connection has no mutex of its own: a statement must be finalized before
 * the lock is let go, so the lock is declared before the statement.
 */
static pthread_mutex_t *
state__lock(struct state *st)
{
	pthread_mutex_lock(&st->lock);
	return &st->lock;
}

static void
state__unlockp(pthread_mutex_t **lock)
{
	pthread_mutex_unlock(*lock);
}
#define _state_locked_(st)                                \
	_cleanup_(state__unlockp) __attribute__((unused)) \
	pthread_mutex_t *state_locked = state__lock(st)

static int
state__prepare(struct state *st, const char *sql, sqlite3_stmt **ret,
    struct error *err)
{
	if (sqlite3_prepare_v2(st->db, sql, -1, ret, NULL) != SQLITE_OK)
		return state__fail(st, err);
	return 0;
}

/* Binds by position, which moves on; NULL text is SQL's NULL. */
static void
state__text(sqlite3_stmt *stmt, int *pos, const char *value)
{
	sqlite3_bind_text(stmt, (*pos)++, value, -1, SQLITE_STATIC);
}

static void
state__int(sqlite3_stmt *stmt, int *pos, int64_t value)
{
	sqlite3_bind_int64(stmt, (*pos)++, value);
}

static int
state__run(struct state *st, sqlite3_stmt *stmt, struct error *err)
{
	if (sqlite3_step(stmt) != SQLITE_DONE)
		return state__fail(st, err);
	return 0;
}

/* Runs the statement so that it is on the disk when this returns. */
static int
state__run_durably(struct state *st, sqlite3_stmt *stmt, struct error *err)
{
	int rc;

	rc = state__exec(st, "PRAGMA synchronous=FULL", err);
	if (rc == 0)
		rc = state__run(st, stmt, err);
	state__exec(st, "PRAGMA synchronous=NORMAL", NULL);
	return rc;
}

static char *
state__column(sqlite3_stmt *stmt, int *pos)
{
	const unsigned char *s = sqlite3_column_text(stmt, (*pos)++);

	return s != NULL ? xstrdup((const char *)s) : NULL;
}

/* ---- opening ---------------------------------------------------------------
 */

static int
state__migrate(struct state *st, struct error *err)
{
	_cleanup_free_ char *sql = NULL;
	sqlite3_stmt *stmt = NULL;
	int version = 0, rc;

	rc = state__prepare(st, "PRAGMA user_version", &stmt, err);
	if (rc < 0)
		return rc;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	if (version == STATE_VERSION)
		return 0;
	if (version > STATE_VERSION)
		return error_set(err, -EPROTO,
		    "bangerd.db was written by a newer bangerd (version %d, "
		    "this one knows %d); upgrade bangerd",
		    version, STATE_VERSION);
	sql = xasprintf("BEGIN IMMEDIATE; %s PRAGMA application_id=%d;"
			" PRAGMA user_version=%d; COMMIT",
	    state_schema, STATE_APPLICATION_ID, STATE_VERSION);
	return state__exec(st, sql, err);
}

/* One daemon a state directory: whoever has the lock. */
static int
state__take_lock(struct state *st, const char *dir, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/lock", dir);

	st->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (st->lock_fd < 0)
		return error_errno(err, errno, "opening %s", path);
	if (flock(st->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(err, -EBUSY,
		    "another bangerd uses %s (its lock is taken)", dir);
	return 0;
}

int
state_open(const char *dir, struct state **ret, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/bangerd.db", dir);
	_cleanup_(state_freep) struct state *st = xcalloc(1, sizeof(*st));
	int rc;

	st->lock_fd = -1;
	pthread_mutex_init(&st->lock, NULL);
	rc = state__take_lock(st, dir, err);
	if (rc < 0)
		return rc;
	if (sqlite3_open_v2(path, &st->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
		NULL) != SQLITE_OK)
		return error_set(err, -EIO, "opening %s: %s", path,
		    sqlite3_errmsg(st->db));
	sqlite3_busy_timeout(st->db, 5000);
	rc = state__exec(st,
	    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
	    "PRAGMA trusted_schema=0",
	    err);
	if (rc == 0)
		rc = state__migrate(st, err);
	if (rc < 0)
		return rc;
	*ret = steal(&st);
	return 0;
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
	free(st);
	return NULL;
}

/* ---- VMs -------------------------------------------------------------------
 */

int
state_vm_save(struct state *st, const struct vm *vm, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st,
	    "INSERT OR REPLACE INTO vm VALUES"
	    " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    &stmt, err);
	if (rc == 0) {
		state__text(stmt, &pos, vm->id);
		state__text(stmt, &pos, vm->name);
		state__text(stmt, &pos, vm->image_id);
		state__text(stmt, &pos, vm->image_name);
		state__text(stmt, &pos, vm->machine);
		state__int(stmt, &pos, vm->memory_mib);
		state__int(stmt, &pos, vm->vcpus);
		state__int(stmt, &pos, vm->slot);
		state__int(stmt, &pos, vm->created_ns);
		state__text(stmt, &pos, vm_state_name(vm->state));
		state__text(stmt, &pos, vm->guest_ip);
		state__text(stmt, &pos, vm->api_socket);
		state__text(stmt, &pos, vm->agent_socket);
		state__text(stmt, &pos, vm->log_path);
		state__text(stmt, &pos, vm->console_log);
		state__int(stmt, &pos, vm->pid);
		state__text(stmt, &pos, vm->last_error);
		rc = state__run_durably(st, stmt, err);
	}
	return rc;
}

int
state_vm_delete(struct state *st, const char *vm_id, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st, "DELETE FROM vm WHERE id = ?", &stmt, err);
	if (rc == 0) {
		state__text(stmt, &pos, vm_id);
		rc = state__run_durably(st, stmt, err);
	}
	return rc;
}

static struct vm *
state__vm(sqlite3_stmt *stmt)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	_cleanup_free_ char *state = NULL;
	int pos = 0;

	vm->id = state__column(stmt, &pos);
	vm->name = state__column(stmt, &pos);
	vm->image_id = state__column(stmt, &pos);
	vm->image_name = state__column(stmt, &pos);
	vm->machine = state__column(stmt, &pos);
	vm->memory_mib = sqlite3_column_int64(stmt, pos++);
	vm->vcpus = sqlite3_column_int64(stmt, pos++);
	vm->slot = sqlite3_column_int64(stmt, pos++);
	vm->created_ns = sqlite3_column_int64(stmt, pos++);
	state = state__column(stmt, &pos);
	vm->state = vm_state_of(state);
	vm->guest_ip = state__column(stmt, &pos);
	vm->api_socket = state__column(stmt, &pos);
	vm->agent_socket = state__column(stmt, &pos);
	vm->log_path = state__column(stmt, &pos);
	vm->console_log = state__column(stmt, &pos);
	vm->pid = sqlite3_column_int64(stmt, pos++);
	vm->last_error = state__column(stmt, &pos);
	return vm;
}

int
state_vm_load(struct state *st, void (*fn)(void *arg, struct vm *vm), void *arg,
    struct error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int rc;

	rc = state__prepare(st, "SELECT * FROM vm ORDER BY created_ns", &stmt,
	    err);
	if (rc < 0)
		return rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		fn(arg, state__vm(stmt));
	return rc == SQLITE_DONE ? 0 : state__fail(st, err);
}

/* ---- images ----------------------------------------------------------------
 */

int
state_image_save(struct state *st, const struct image *image, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st, "INSERT INTO image VALUES (?,?,?,?,?,?)", &stmt,
	    err);
	if (rc == 0) {
		state__text(stmt, &pos, image->id);
		state__text(stmt, &pos, image->name);
		state__text(stmt, &pos, image->cmdline);
		state__int(stmt, &pos, image->has_initrd);
		state__int(stmt, &pos, image->rootfs_bytes);
		state__int(stmt, &pos, image->created_ns);
		rc = state__run_durably(st, stmt, err);
	}
	return rc;
}

static struct image *
state__image(sqlite3_stmt *stmt)
{
	struct image *im = xcalloc(1, sizeof(*im));
	int pos = 0;

	im->id = state__column(stmt, &pos);
	im->name = state__column(stmt, &pos);
	im->cmdline = state__column(stmt, &pos);
	im->has_initrd = sqlite3_column_int(stmt, pos++) != 0;
	im->rootfs_bytes = sqlite3_column_int64(stmt, pos++);
	im->created_ns = sqlite3_column_int64(stmt, pos++);
	return im;
}

int
state_image_find(struct state *st, const char *ref, struct image **ret,
    struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st,
	    "SELECT * FROM image WHERE name = ?1 OR id = ?1", &stmt, err);
	if (rc == 0) {
		state__text(stmt, &pos, ref);
		switch (sqlite3_step(stmt)) {
		case SQLITE_ROW:
			*ret = state__image(stmt);
			break;
		case SQLITE_DONE:
			rc = 1;
			break;
		default:
			rc = state__fail(st, err);
		}
	}
	return rc;
}

int
state_image_load(struct state *st, void (*fn)(void *arg, struct image *image),
    void *arg, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int rc;

	rc = state__prepare(st, "SELECT * FROM image ORDER BY created_ns",
	    &stmt, err);
	if (rc == 0) {
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
			fn(arg, state__image(stmt));
		rc = rc == SQLITE_DONE ? 0 : state__fail(st, err);
	}
	return rc;
}

/* ---- operations
 * -------------------------------------------------------------- */

void
state_op_begin(struct state *st, const struct state_op *op)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1;

	if (state__prepare(st,
		"INSERT INTO operation (op_id, operation, vm_id, vm_name,"
		" image_id, image_name, started_ns) VALUES (?,?,?,?,?,?,?)",
		&stmt, NULL) == 0) {
		state__text(stmt, &pos, op->op_id);
		state__text(stmt, &pos, op->operation);
		state__text(stmt, &pos, op->vm_id);
		state__text(stmt, &pos, op->vm_name);
		state__text(stmt, &pos, op->image_id);
		state__text(stmt, &pos, op->image_name);
		state__int(stmt, &pos, op->started_ns);
		state__run(st, stmt, NULL);
	}
}

void
state_op_mark(struct state *st, const char *op_id, const char *stage,
    unsigned calls)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1;

	if (state__prepare(st,
		"UPDATE operation SET stage = ?, calls = ? WHERE op_id = ?",
		&stmt, NULL) == 0) {
		state__text(stmt, &pos, stage);
		state__int(stmt, &pos, calls);
		state__text(stmt, &pos, op_id);
		state__run(st, stmt, NULL);
	}
}

void
state_op_end(struct state *st, const char *op_id)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1;

	if (state__prepare(st, "DELETE FROM operation WHERE op_id = ?", &stmt,
		NULL) == 0) {
		state__text(stmt, &pos, op_id);
		state__run(st, stmt, NULL);
	}
}

void
state_op_freeze(struct state *st)
{
	pthread_mutex_lock(&st->lock);
}

int
state_op_load(struct state *st,
    void (*fn)(void *arg, const struct state_op *op), void *arg,
    struct error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int rc;

	rc = state__prepare(st,
	    "SELECT op_id, operation, vm_id, vm_name, image_id, image_name,"
	    " stage, started_ns, calls FROM operation ORDER BY started_ns",
	    &stmt, err);
	if (rc < 0)
		return rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *text[7];

		for (int i = 0; i < 7; i++)
			text[i] = (const char *)sqlite3_column_text(stmt, i);
		fn(arg,
		    &(struct state_op){ .op_id = text[0],
			.operation = text[1],
			.vm_id = text[2],
			.vm_name = text[3],
			.image_id = text[4],
			.image_name = text[5],
			.stage = text[6],
			.started_ns = sqlite3_column_int64(stmt, 7),
			.calls = (unsigned)sqlite3_column_int(stmt, 8) });
	}
	return rc == SQLITE_DONE ? 0 : state__fail(st, err);
}
