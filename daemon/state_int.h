/* SPDX-License-Identifier: ISC */
/*
 * Between state.c, which opens the file, and state_*.c, a table each.
 *
 * The connection has no mutex of its own: a statement must be finalized before
 * the lock is let go, so the lock is declared before the statement.
 */
#ifndef DAEMON_STATE_INT_H
#define DAEMON_STATE_INT_H

#include <pthread.h>
#include <sqlite3.h>

#include "state.h"

struct state {
	pthread_mutex_t lock;
	sqlite3 *db;
	int lock_fd;
	bool copy;   /* nothing that is written here lasts */
	char **owed; /* operations that ended and could not be taken out */
	size_t n_owed;
};

/* Fails with what SQLite says. */
int state__fail(struct state *st, struct error *err);
int state__exec(struct state *st, const char *sql, struct error *err);
int state__prepare(struct state *st, const char *sql, sqlite3_stmt **ret,
    struct error *err);
/* Binds by position, which moves on; NULL text is SQL's NULL. */
void state__text(sqlite3_stmt *stmt, int *pos, const char *value);
void state__int(sqlite3_stmt *stmt, int *pos, int64_t value);
/* The text of the column, owned; NULL is NULL. */
char *state__column(sqlite3_stmt *stmt, int *pos);
/* 0, or state_unwritable of a copy. */
int state__may_write(const struct state *st, struct error *err);
int state__run(struct state *st, sqlite3_stmt *stmt, struct error *err);
/* Runs the statement so that it is on the disk when this returns. */
int state__run_durably(struct state *st, sqlite3_stmt *stmt, struct error *err);
/* "DELETE FROM … WHERE id = ?", durably. */
int state__delete(struct state *st, const char *sql, const char *id,
    struct error *err);

static inline void
state__finalizep(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}
#define _cleanup_stmt_ _cleanup_(state__finalizep)

pthread_mutex_t *state__lock(struct state *st);

static inline void
state__unlockp(pthread_mutex_t **lock)
{
	pthread_mutex_unlock(*lock);
}
#define _state_locked_(st)                                \
	_cleanup_(state__unlockp) __attribute__((unused)) \
	pthread_mutex_t *state_locked = state__lock(st)

#endif
