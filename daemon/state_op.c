/* SPDX-License-Identifier: ISC */
#include "base/mem.h"
#include "state_int.h"

/* Takes the row out; the lock is held. */
static int
state__op_remove(struct state *st, const char *op_id, struct error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1;
	int rc = state__prepare(st, "DELETE FROM operation WHERE op_id = ?",
	    &stmt, err);

	if (rc == 0) {
		state__text(stmt, &pos, op_id);
		rc = state__run(st, stmt, err);
	}
	return rc;
}

/* What could not be taken out when it ended; the lock is held. */
static void
state__op_settle(struct state *st)
{
	while (st->n_owed > 0 &&
	    state__op_remove(st, st->owed[st->n_owed - 1], NULL) == 0)
		free(st->owed[--st->n_owed]);
}

int
state_op_begin(struct state *st, const struct state_op *op, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1;
	int rc = state__may_write(st, err);

	if (rc == 0)
		rc = state__prepare(st,
		    "INSERT INTO operation (op_id, operation, vm_id, vm_name,"
		    " image_id, image_name, started_ns) VALUES (?,?,?,?,?,?,?)",
		    &stmt, err);
	if (rc < 0)
		return rc;
	state__text(stmt, &pos, op->op_id);
	state__text(stmt, &pos, op->operation);
	state__text(stmt, &pos, op->vm_id);
	state__text(stmt, &pos, op->vm_name);
	state__text(stmt, &pos, op->image_id);
	state__text(stmt, &pos, op->image_name);
	state__int(stmt, &pos, op->started_ns);
	rc = state__run(st, stmt, err);
	if (rc == 0)
		state__op_settle(st);
	return rc;
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

int
state_op_end(struct state *st, const char *op_id, struct error *err)
{
	_state_locked_(st);
	int rc = state__may_write(st, err);

	if (rc < 0)
		return rc;
	rc = state__op_remove(st, op_id, err);
	if (rc == 0) {
		state__op_settle(st);
		return 0;
	}
	st->owed = xreallocarray(st->owed, st->n_owed + 1, sizeof(char *));
	st->owed[st->n_owed++] = xstrdup(op_id);
	return rc;
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
