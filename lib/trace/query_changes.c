/* SPDX-License-Identifier: ISC */
#include "trace/query_changes.h"

#include <errno.h>
#include <sqlite3.h>

#include "trace/store_int.h"

#define CHANGES_COLUMNS "SELECT op_id, id, records, status = 'running' FROM op "

int
query_newest_row(struct store *s, int64_t *ret, struct error *err)
{
	return store_number(s, "SELECT ifnull(max(id), 0) FROM op", ret, err);
}

/* Hands each row of the statement over, and finishes it. */
static int
changes__each(struct store *s, sqlite3_stmt *st, query_change_fn *fn, void *arg,
    struct error *err)
{
	int rc, r = 0;

	while (r >= 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct query_change change = {
			.op_id = (const char *)sqlite3_column_text(st, 0),
			.row = sqlite3_column_int64(st, 1),
			.records = (uint64_t)sqlite3_column_int64(st, 2),
			.running = sqlite3_column_int(st, 3) != 0,
		};

		if (change.op_id != NULL)
			r = fn(arg, &change, err);
	}
	if (r >= 0 && rc != SQLITE_DONE) {
		store_fail(s, err, "asking the index");
		r = -EIO;
	}
	sqlite3_finalize(st);
	return r < 0 ? r : 0;
}

int
query_since(struct store *s, int64_t row, query_change_fn *fn, void *arg,
    struct error *err)
{
	sqlite3_stmt *st;

	if (store_prepare(s,
		CHANGES_COLUMNS "WHERE id > ?1 AND reads = 0 ORDER BY id", &st,
		err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, row);
	return changes__each(s, st, fn, arg, err);
}

int
query_running(struct store *s, query_change_fn *fn, void *arg,
    struct error *err)
{
	sqlite3_stmt *st;

	if (store_prepare(s, CHANGES_COLUMNS "WHERE status = 'running'", &st,
		err) < 0)
		return -EIO;
	return changes__each(s, st, fn, arg, err);
}

int
query_one(struct store *s, const char *op_id, query_change_fn *fn, void *arg,
    struct error *err)
{
	sqlite3_stmt *st;

	if (store_prepare(s, CHANGES_COLUMNS "WHERE op_id = ?1", &st, err) < 0)
		return -EIO;
	store_bind_text(st, 1, op_id);
	return changes__each(s, st, fn, arg, err);
}
