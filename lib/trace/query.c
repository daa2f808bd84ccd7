/* SPDX-License-Identifier: ISC */
#include "trace/query.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "trace/query_int.h"
#include "trace/store_int.h"

/* ---- the list ---------------------------------------------------------- */

void
query_rows_done(struct query_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct query_row *row = &rows->rows[i];

		free(row->op_id);
		free(row->name);
		free(row->status);
		free(row->stage);
		free(row->error);
		free(row->vm_id);
		free(row->vm_name);
		free(row->image_name);
	}
	free(rows->rows);
	rows->rows = NULL;
	rows->n = 0;
}

void
query_rows_add(struct query_rows *rows, sqlite3_stmt *st)
{
	struct query_row *row;

	/* Grows by doubling: at 0, 1, 2, 4 … rows. */
	if ((rows->n & (rows->n - 1)) == 0)
		rows->rows = xreallocarray(rows->rows,
		    rows->n == 0 ? 1 : 2 * rows->n, sizeof(*rows->rows));
	row = &rows->rows[rows->n++];
	row->op_id = store_column_dup(st, 0);
	row->name = store_column_dup(st, 1);
	row->status = store_column_dup(st, 2);
	row->stage = store_column_dup(st, 3);
	row->error = store_column_dup(st, 4);
	row->vm_id = store_column_dup(st, 5);
	row->vm_name = store_column_dup(st, 6);
	row->image_name = store_column_dup(st, 7);
	row->start_ns = sqlite3_column_int64(st, 8);
	row->start_known = sqlite3_column_int(st, 9) != 0;
	row->duration_ns = sqlite3_column_type(st, 10) == SQLITE_NULL
	    ? -1
	    : sqlite3_column_int64(st, 10);
	row->records = (uint64_t)sqlite3_column_int64(st, 11);
}

int
query_rows_run(struct store *s, sqlite3_stmt *st, struct query_rows *ret,
    struct error *err)
{
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		query_rows_add(&rows, st);
	if (rc != SQLITE_DONE)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return -EIO;
	*ret = rows;
	rows = (struct query_rows)QUERY_ROWS_INIT;
	return 0;
}

int
query_ops(struct store *s, size_t limit, bool everything,
    struct query_rows *ret, struct error *err)
{
	struct query_want want = QUERY_WANT_INIT;

	want.limit = limit;
	want.everything = everything;
	return query_find(s, &want, ret, err);
}

int
query_match(struct store *s, const char *ref, size_t limit,
    struct query_rows *ret, struct error *err)
{
	_cleanup_buf_ struct buf low = BUF_INIT;
	_cleanup_free_ char *high = NULL;
	sqlite3_stmt *st;

	if (strncmp(ref, "op-", 3) != 0)
		buf_puts(&low, "op-");
	buf_puts(&low, ref);
	/* Every id that begins so, and no wildcard: from it to it and DEL. */
	high = xasprintf("%s\x7f", buf_str(&low));
	if (store_prepare(s,
		"SELECT " QUERY_COLUMNS "WHERE op_id = ?1 OR "
		"(op_id BETWEEN ?1 AND ?2 AND NOT EXISTS "
		"(SELECT 1 FROM op WHERE op_id = ?1)) "
		"ORDER BY start_ns DESC, op_id LIMIT ?3",
		&st, err) < 0)
		return -EIO;
	store_bind_text(st, 1, buf_str(&low));
	store_bind_text(st, 2, high);
	sqlite3_bind_int64(st, 3, (int64_t)limit);
	return query_rows_run(s, st, ret, err);
}

int
query_lines_run(struct store *s, sqlite3_stmt *st, query_line_fn *fn, void *arg,
    struct error *err)
{
	_cleanup_record_ struct record r;
	int rc;

	record_init(&r);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		store_restore(st, &r);
		fn(arg, &r);
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int
query_starts(struct store *s, int64_t at_ns, query_line_fn *fn, void *arg,
    struct error *err)
{
	sqlite3_stmt *st;

	if (store_prepare(s,
		"SELECT r.raw, r.kind, r.flags, r.time_ns, r.time_from, "
		"r.unit, r.boot, r.real_ns, r.mono_ns, r.pid, r.priority "
		"FROM run u JOIN record r ON r.run = u.id "
		"AND r.time_ns = u.start_ns WHERE u.start_ns <= ?1 "
		"AND r.msg IN ('daemon started', 'helper started') "
		"ORDER BY u.start_ns DESC LIMIT 4",
		&st, err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, at_ns);
	return query_lines_run(s, st, fn, arg, err);
}
