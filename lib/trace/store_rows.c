/* SPDX-License-Identifier: ISC */
/*
 * Operations to rows.  All that a transaction has of them goes into the index
 * by one statement, which reads them as a table that is in memory: SQLite sets
 * out once, not once for each row.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "trace/store_int.h"

/* ---- one as values ----------------------------------------------------- */

enum store_type { STORE_NULL, STORE_NUMBER, STORE_TEXT };

struct store_value {
	enum store_type type;
	int64_t number;
	const char *text;
	size_t len;
};

/* Microseconds, null when they are not known. */
static void
store__json_us(struct jsonw *w, int64_t ns)
{
	if (ns < 0)
		jsonw_null(w, NULL);
	else
		jsonw_int(w, NULL, ns / NSEC_PER_USEC);
}

static void
store__json_stages(const struct op *op, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_array(&w, NULL);
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *st = &op->stages[i];

		jsonw_array(&w, NULL);
		jsonw_string(&w, NULL, st->name);
		store__json_us(&w, st->start_ns);
		store__json_us(&w, st->duration_ns);
		jsonw_int(&w, NULL, st->failed);
		jsonw_array_end(&w);
	}
	jsonw_array_end(&w);
}

static void
store__json_calls(const struct op *op, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_array(&w, NULL);
	for (size_t i = 0; i < op->n_calls; i++) {
		const struct op_call *c = &op->calls[i];

		jsonw_array(&w, NULL);
		jsonw_string(&w, NULL, c->method);
		if (c->number >= 0)
			jsonw_int(&w, NULL, c->number);
		else
			jsonw_null(&w, NULL);
		if (c->stage != OP_NO_STAGE)
			jsonw_int(&w, NULL, (int64_t)c->stage);
		else
			jsonw_null(&w, NULL);
		store__json_us(&w, c->start_ns);
		store__json_us(&w, c->duration_ns);
		jsonw_int(&w, NULL, c->failed);
		jsonw_string(&w, NULL, c->error);
		jsonw_string(&w, NULL, c->code);
		jsonw_array_end(&w);
	}
	jsonw_array_end(&w);
}

static struct store_value
store__number(int64_t v)
{
	return (struct store_value){ .type = STORE_NUMBER, .number = v };
}

/* NULL where it is unknown. */
static struct store_value
store__unless_negative(int64_t v)
{
	return v >= 0 ? store__number(v) : (struct store_value){ 0 };
}

static struct store_value
store__text(const char *text)
{
	if (text == NULL)
		return (struct store_value){ 0 };
	return (struct store_value){ STORE_TEXT, 0, text, strlen(text) };
}

/* What fn makes of the operation, in `out`; NULL of none. */
static struct store_value
store__list(size_t n, void (*fn)(const struct op *op, struct buf *out),
    const struct op *op, struct buf *out)
{
	if (n == 0)
		return (struct store_value){ 0 };
	buf_reset(out);
	fn(op, out);
	return (struct store_value){ STORE_TEXT, 0, out->data, out->len };
}

static const char *
store__stage(const struct op *op)
{
	const struct op_stage *last = op_last_stage(op);

	if (op->failed_stage != NULL)
		return op->failed_stage;
	return last != NULL ? last->name : NULL;
}

/* The columns of `op` that its lines tell, as they stand in the table. */
enum store_column {
	COLUMN_ID,
	COLUMN_OP_ID,
	COLUMN_OPERATION,
	COLUMN_STATUS,
	COLUMN_START,
	COLUMN_START_KNOWN,
	COLUMN_DURATION,
	COLUMN_UNACCOUNTED,
	COLUMN_LAST,
	COLUMN_STAGE,
	COLUMN_ERROR,
	COLUMN_CODE,
	COLUMN_VM_ID,
	COLUMN_VM_NAME,
	COLUMN_IMAGE_ID,
	COLUMN_IMAGE_NAME,
	COLUMN_RECORDS,
	COLUMN_CONFLICT,
	COLUMN_READS,
	COLUMN_RUN,
	COLUMN_STAGES,
	COLUMN_CALLS,
	COLUMN_LINES,
};

/* Its text stays until the next value of that column. */
static struct store_value
store__value(struct store *s, const struct op *op, enum store_column column)
{
	switch (column) {
	case COLUMN_OP_ID:
		return store__text(op->id.text);
	case COLUMN_OPERATION:
		return store__text(op->name);
	case COLUMN_STATUS:
		return store__text(op_status_name(op->status));
	case COLUMN_START:
		return store__number(op->start_ns);
	case COLUMN_START_KNOWN:
		return store__number(op->start_known);
	case COLUMN_DURATION:
		return store__unless_negative(op->duration_ns);
	case COLUMN_UNACCOUNTED:
		return store__unless_negative(op->unaccounted_ns);
	case COLUMN_LAST:
		return store__number(op->last_ns);
	case COLUMN_STAGE:
		return store__text(store__stage(op));
	case COLUMN_ERROR:
		return store__text(op->error);
	case COLUMN_CODE:
		return store__text(op->code);
	case COLUMN_VM_ID:
		return store__text(op_subject(op, FIELD_VM_ID));
	case COLUMN_VM_NAME:
		return store__text(op_subject(op, FIELD_VM_NAME));
	case COLUMN_IMAGE_ID:
		return store__text(op_subject(op, FIELD_IMAGE_ID));
	case COLUMN_IMAGE_NAME:
		return store__text(op_subject(op, FIELD_IMAGE_NAME));
	case COLUMN_RECORDS:
		return store__number((int64_t)op->records);
	case COLUMN_CONFLICT:
		return store__number(op->conflict);
	case COLUMN_READS:
		return store__number(op->reads);
	case COLUMN_RUN:
		return store__text(op->run[0] != '\0' ? op->run : NULL);
	case COLUMN_STAGES:
		return store__list(op->n_stages, store__json_stages, op,
		    &s->stages);
	case COLUMN_CALLS:
		return store__list(op->n_calls, store__json_calls, op,
		    &s->calls);
	default:
		return (struct store_value){ 0 };
	}
}

void
store_bind_op(struct store *s, sqlite3_stmt *st, const struct op *op)
{
	struct store_value v;

	for (int column = COLUMN_OP_ID; column < COLUMN_LINES; column++) {
		v = store__value(s, op, (enum store_column)column);
		if (v.type == STORE_NUMBER)
			sqlite3_bind_int64(st, column + 1, v.number);
		else if (v.type == STORE_TEXT)
			sqlite3_bind_text(st, column + 1, v.text, (int)v.len,
			    SQLITE_STATIC);
	}
}

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
	    ((struct rows_table *)cursor->pVtab)->s->n_rows;
}

static int
rows__column(sqlite3_vtab_cursor *cursor, sqlite3_context *ctx, int column)
{
	struct store *s = ((struct rows_table *)cursor->pVtab)->s;
	const struct store_live
	    *live = s->rows_now[((struct rows_cursor *)cursor)->at];
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
	v = store__value(s, live->op, (enum store_column)column);
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
rows__write(struct store *s, enum store_stmt which, struct store_live **live,
    size_t n, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (n == 0)
		return 0;
	st = store_stmt(s, which, err);
	if (st == NULL)
		return -EIO;
	s->rows_now = live;
	s->n_rows = n;
	rc = store_run_stmt(s, st, err);
	s->rows_now = NULL;
	s->n_rows = 0;
	return rc;
}

/*
 * Works them out; those that have no row yet, to which they come in this
 * order, stand before the others then.  All lines of one can be gone (a torn
 * one that was mended): it is left as it is.
 */
static int
rows__settle(struct store *s, struct store_live **live, size_t *n,
    size_t *ret_fresh, struct error *err)
{
	_cleanup_free_ struct store_live **changed = xcalloc(*n + 1,
	    sizeof(struct store_live *));
	size_t n_changed = 0, fresh = 0;

	if (s->last_row == 0 &&
	    store_number(s, "SELECT coalesce(max(id), 0) FROM op", &s->last_row,
		err) < 0)
		return -EIO;
	for (size_t i = 0; i < *n; i++) {
		if (store_settle_live(s, live[i], err) < 0)
			return -EIO;
		if (live[i]->op->records == 0)
			continue;
		/* What the row says counts no longer. */
		if (live[i]->counted &&
		    summary_take_row(s, live[i]->row, err) < 0)
			return -EIO;
		if (live[i]->row != 0) {
			changed[n_changed++] = live[i];
			continue;
		}
		live[i]->row = ++s->last_row;
		live[fresh++] = live[i];
	}
	memcpy(live + fresh, changed, n_changed * sizeof(*changed));
	*ret_fresh = fresh;
	*n = fresh + n_changed;
	return 0;
}

int
store_rows_put(struct store *s, struct store_live **live, size_t n,
    struct error *err)
{
	size_t fresh;

	if (rows__settle(s, live, &n, &fresh, err) < 0 ||
	    rows__write(s, STMT_OP_NEW, live, fresh, err) < 0 ||
	    rows__write(s, STMT_OP_PUT, live + fresh, n - fresh, err) < 0)
		return -EIO;
	for (size_t i = 0; i < n; i++)
		live[i]->counted = summary_add_op(s->summary, live[i]->op);
	return 0;
}
