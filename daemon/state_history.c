/* SPDX-License-Identifier: ISC */
/* What operations took of late, for the daemon's next life. */
#include "history.h"
#include "state_int.h"

/* Runs a statement about the operation; what fails is only not remembered. */
static void
history__run(struct state *st, const char *sql, const char *operation,
    int64_t number)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1;

	if (state__prepare(st, sql, &stmt, NULL) < 0)
		return;
	state__text(stmt, &pos, operation);
	state__int(stmt, &pos, number);
	state__run(st, stmt, NULL);
}

void
state_history_add(struct state *st, const char *operation, int64_t duration_ns)
{
	_state_locked_(st);

	history__run(st,
	    "INSERT INTO history (operation, duration_ns) VALUES (?1, ?2)",
	    operation, duration_ns);
	history__run(st,
	    "DELETE FROM history WHERE operation = ?1 AND id <= (SELECT id"
	    " FROM history WHERE operation = ?1 ORDER BY id DESC"
	    " LIMIT 1 OFFSET ?2)",
	    operation, HISTORY_MAX);
}

int
state_history_load(struct state *st,
    void (*fn)(void *arg, const char *operation, int64_t duration_ns),
    void *arg, struct error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int rc;

	rc = state__prepare(st,
	    "SELECT operation, duration_ns FROM history ORDER BY id", &stmt,
	    err);
	if (rc < 0)
		return rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		fn(arg, (const char *)sqlite3_column_text(stmt, 0),
		    sqlite3_column_int64(stmt, 1));
	return rc == SQLITE_DONE ? 0 : state__fail(st, err);
}
