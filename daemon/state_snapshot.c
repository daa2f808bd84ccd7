/* SPDX-License-Identifier: ISC */
#include "base/mem.h"
#include "snapshot.h"
#include "state_int.h"

int
state_snapshot_save(struct state *st, const struct snapshot *s,
    struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st,
	    "INSERT INTO snapshot (id, vm_id, name, bytes, created_ns)"
	    " VALUES (?,?,?,?,?)",
	    &stmt, err);
	if (rc == 0) {
		state__text(stmt, &pos, s->id);
		state__text(stmt, &pos, s->vm_id);
		state__text(stmt, &pos, s->name);
		state__int(stmt, &pos, s->bytes);
		state__int(stmt, &pos, s->created_ns);
		rc = state__run_durably(st, stmt, err);
	}
	return rc;
}

int
state_snapshot_delete(struct state *st, const char *id, struct error *err)
{
	_state_locked_(st);

	return state__delete(st, "DELETE FROM snapshot WHERE id = ?", id, err);
}

static struct snapshot *
state__snapshot(sqlite3_stmt *stmt)
{
	struct snapshot *s = xcalloc(1, sizeof(*s));
	int pos = 0;

	s->id = state__column(stmt, &pos);
	s->vm_id = state__column(stmt, &pos);
	s->name = state__column(stmt, &pos);
	s->bytes = sqlite3_column_int64(stmt, pos++);
	s->created_ns = sqlite3_column_int64(stmt, pos++);
	return s;
}

int
state_snapshot_load(struct state *st, const char *vm_id,
    void (*fn)(void *arg, struct snapshot *s), void *arg, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st,
	    "SELECT id, vm_id, name, bytes, created_ns FROM snapshot"
	    " WHERE vm_id = ? ORDER BY created_ns, id",
	    &stmt, err);
	if (rc == 0) {
		state__text(stmt, &pos, vm_id);
		while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
			fn(arg, state__snapshot(stmt));
		rc = rc == SQLITE_DONE ? 0 : state__fail(st, err);
	}
	return rc;
}
