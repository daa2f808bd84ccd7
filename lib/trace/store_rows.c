/* SPDX-License-Identifier: ISC */
/*
 * Operations to rows.  All that a transaction has of them goes into the index
 * by one statement, which reads them as a table that is in memory: SQLite sets
 * out once, not once for each row.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/store_behind.h"
#include "trace/store_int.h"

/* ---- those to be written, as a table ----------------------------------- */

struct rows_table {
	sqlite3_vtab base;
	struct store *s;
};

struct rows_cursor {
	sqlite3_vtab_cursor base;
	size_t at;
};

static int
rows__connect(sqlite3 *db, void *arg, int argc, const char *const *argv,
    sqlite3_vtab **ret, char **ret_text)
{
	struct rows_table *t;
	int rc;

	(void)argc;
	(void)argv;
	(void)ret_text;
	rc = sqlite3_declare_vtab(db,
	    "CREATE TABLE x (id, op_id, operation, status, start_ns, "
	    "start_known, duration_ns, unaccounted_ns, last_ns, stage, error, "
	    "code, vm_id, vm_name, image_id, image_name, records, conflict, "
	    "reads, run, stages, calls, lines)");
	if (rc != SQLITE_OK)
		return rc;
	t = xcalloc(1, sizeof(*t));
	t->s = arg;
	*ret = &t->base;
	return SQLITE_OK;
}

static int
rows__disconnect(sqlite3_vtab *table)
{
	free(table);
	return SQLITE_OK;
}

/* All of them, in their order: nothing else is ever asked. */
static int
rows__best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	(void)table;
	(void)info;
	return SQLITE_OK;
}

static int
rows__open(sqlite3_vtab *table, sqlite3_vtab_cursor **ret)
{
	struct rows_cursor *c = xcalloc(1, sizeof(*c));

	(void)table;
	*ret = &c->base;
	return SQLITE_OK;
}

static int
rows__close(sqlite3_vtab_cursor *cursor)
{
	free(cursor);
	return SQLITE_OK;
}

static int
rows__filter(sqlite3_vtab_cursor *cursor, int number, const char *text,
    int argc, sqlite3_value **argv)
{
	(void)number;
	(void)text;
	(void)argc;
	(void)argv;
	((struct rows_cursor *)cursor)->at = 0;
	return SQLITE_OK;
}

static int
rows__next(sqlite3_vtab_cursor *cursor)
{
	((struct rows_cursor *)cursor)->at++;
	return SQLITE_OK;
}

static int
rows__eof(sqlite3_vtab_cursor *cursor)
{
	return ((struct rows_cursor *)cursor)->at >=
	    ((struct rows_table *)cursor->pVtab)->s->writing.n;
}

static int
rows__column(sqlite3_vtab_cursor *cursor, sqlite3_context *ctx, int column)
{
	struct store *s = ((struct rows_table *)cursor->pVtab)->s;
	const struct store_live
	    *live = s->writing.now[((struct rows_cursor *)cursor)->at];
	struct store_value v;

	if (column == COLUMN_ID) {
		sqlite3_result_int64(ctx, live->row);
		return SQLITE_OK;
	}
	if (column == COLUMN_LINES) {
		if (live->pack.bytes.len > 0)
			sqlite3_result_blob(ctx, live->pack.bytes.data,
			    (int)live->pack.bytes.len, SQLITE_STATIC);
		return SQLITE_OK;
	}
	v = store_value(s, live->op, (enum store_column)column);
	if (v.type == STORE_NUMBER)
		sqlite3_result_int64(ctx, v.number);
	else if (v.type == STORE_TEXT)
		sqlite3_result_text(ctx, v.text, (int)v.len, SQLITE_STATIC);
	return SQLITE_OK;
}

static int
rows__rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct rows_cursor *)cursor)->at;
	return SQLITE_OK;
}

int
store_rows_register(struct store *s, struct error *err)
{
	static const sqlite3_module module = {
		.xConnect = rows__connect,
		.xBestIndex = rows__best_index,
		.xDisconnect = rows__disconnect,
		.xOpen = rows__open,
		.xClose = rows__close,
		.xFilter = rows__filter,
		.xNext = rows__next,
		.xEof = rows__eof,
		.xColumn = rows__column,
		.xRowid = rows__rowid,
	};

	if (sqlite3_create_module(s->db, "banger_rows", &module, s) !=
	    SQLITE_OK)
		return store_fail(s, err, "preparing");
	return 0;
}

/* ---- writing ----------------------------------------------------------- */

static int
rows__write(struct store *s, sqlite3_stmt *st, struct store_live **live,
    size_t n, struct error *err)
{
	int rc;

	if (st == NULL)
		return -EIO;
	s->writing.now = live;
	s->writing.n = n;
	rc = store_run_stmt(s, st, err);
	s->writing.now = NULL;
	s->writing.n = 0;
	return rc;
}

/* Writes them; all but the first `fresh` replace theirs. */
static int
rows__write_all(struct store *s, struct store_live **live, size_t n,
    size_t fresh, struct error *err)
{
	if (fresh > 0 &&
	    rows__write(s, store_stmt_now(s, STMT_OP_NEW, err), live, fresh,
		err) < 0)
		return -EIO;
	if (n == fresh)
		return 0;
	return rows__write(s, store_stmt_now(s, STMT_OP_PUT, err), live + fresh,
	    n - fresh, err);
}

/* Counts them in the summaries, as their rows have them. */
static void
rows__count(struct store *s, struct store_live **live, size_t n)
{
	for (size_t i = 0; i < n; i++)
		live[i]->counted = summary_add_op(s->summary, live[i]->op);
}

int
store_rows_write(struct store *s, struct store_live **live, size_t n,
    size_t fresh, struct error *err)
{
	for (size_t i = 0; i < n; i++)
		op_settle(live[i]->op, false, false);
	if (rows__write_all(s, live, n, fresh, err) < 0)
		return -EIO;
	rows__count(s, live, n);
	return 0;
}

/*
 * Those that have no row yet, to which they come in this order, stand before
 * the others then.
 */
static int
rows__number(struct store *s, struct store_live **live, size_t n,
    size_t *ret_fresh, struct error *err)
{
	_cleanup_free_ struct store_live **changed = xcalloc(n + 1,
	    sizeof(struct store_live *));
	size_t n_changed = 0, fresh = 0;

	if (s->last_row == 0 &&
	    store_number(s, "SELECT coalesce(max(id), 0) FROM op", &s->last_row,
		err) < 0)
		return -EIO;
	for (size_t i = 0; i < n; i++) {
		if (live[i]->row != 0) {
			changed[n_changed++] = live[i];
			continue;
		}
		live[i]->row = ++s->last_row;
		live[fresh++] = live[i];
	}
	memcpy(live + fresh, changed, n_changed * sizeof(*changed));
	*ret_fresh = fresh;
	return 0;
}

/*
 * Works them out.  All lines of one can be gone (a torn one that was mended):
 * it is left as it is.
 */
static int
rows__settle(struct store *s, struct store_live **live, size_t *n,
    struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		if (store_settle_live(s, live[i], err) < 0)
			return -EIO;
		if (live[i]->op->records == 0)
			continue;
		/* What the row says counts no longer. */
		if (live[i]->counted &&
		    summary_take_row(s, live[i]->row, err) < 0)
			return -EIO;
		live[kept++] = live[i];
	}
	*n = kept;
	return 0;
}

int
store_rows_put(struct store *s, struct store_live **live, size_t n,
    struct error *err)
{
	size_t fresh;

	if (n == 0)
		return 0;
	if (store_behind_wait(s, err) < 0 ||
	    rows__settle(s, live, &n, err) < 0 ||
	    rows__number(s, live, n, &fresh, err) < 0 ||
	    rows__write_all(s, live, n, fresh, err) < 0)
		return -EIO;
	rows__count(s, live, n);
	return 0;
}

/* What they are is known without a look into the index. */
static bool
rows__are_plain(struct store_live **live, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (live[i]->counted || live[i]->rebuild)
			return false;
	return true;
}

int
store_rows_put_over(struct store *s, struct store_live **live, size_t n,
    struct error *err)
{
	/* Outside of a bulk each operation is looked up: that would wait. */
	bool behind = s->bulk && n > 0 && rows__are_plain(live, n);
	size_t fresh;
	int rc;

	rc = behind ? rows__number(s, live, n, &fresh, err)
		    : store_rows_put(s, live, n, err);
	for (size_t i = 0; i < n; i++)
		hashset_expect(&s->stored, live[i]->hash);
	for (size_t i = 0; i < n; i++)
		store_live_drop(s, live[i]);
	if (rc == 0 && behind)
		return store_behind_rows(s, live, n, fresh, err);
	for (size_t i = 0; i < n; i++)
		store_live_spare(s, live[i]);
	free(live);
	return rc;
}
