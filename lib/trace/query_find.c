/* SPDX-License-Identifier: ISC */
/* The list of operations, by a filter. */
#include <errno.h>
#include <sqlite3.h>

#include "trace/query_int.h"
#include "trace/store_int.h"

/* The parameters before those of the filter. */
#define FIND_FILTER_FIRST 5
/* FILTER_SQL_MATCH(regex, text). */
static void
find__match(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct regex *re = sqlite3_value_pointer(argv[0], FILTER_SQL_POINTER);
	const struct query_filter *find = sqlite3_user_data(ctx);
	const char *text;
	int rc;

	(void)argc;
	if (re == NULL || sqlite3_value_type(argv[1]) == SQLITE_NULL)
		return;
	text = (const char *)sqlite3_value_text(argv[1]);
	if (text == NULL) {
		sqlite3_result_error_nomem(ctx);
		return;
	}
	rc = regex_match(re, text, (size_t)sqlite3_value_bytes(argv[1]));
	if (rc >= 0)
		sqlite3_result_int(ctx, rc);
	else if (filter_undecided(find->filter) > find->most)
		sqlite3_result_error(ctx,
		    "a pattern takes too long on too many texts", -1);
}

static void
find__bind(sqlite3_stmt *st, const struct filter_sql *sql)
{
	for (size_t i = 0; i < sql->n; i++) {
		const struct filter_param *p = &sql->params[i];
		int at = FIND_FILTER_FIRST + (int)i;

		switch (p->type) {
		case FILTER_PARAM_NUMBER:
			sqlite3_bind_int64(st, at, p->number);
			break;
		case FILTER_PARAM_TEXT:
			store_bind_text(st, at, p->text);
			break;
		case FILTER_PARAM_REGEX:
			sqlite3_bind_pointer(st, at, p->regex,
			    FILTER_SQL_POINTER, NULL);
			break;
		}
	}
}

/*
 * The function is only for the SQL of a query, not for a view or trigger that
 * somebody put into the file.
 */
static int
find__register(struct store *s, struct query_filter *find, struct error *err)
{
	if (sqlite3_create_function(s->db, FILTER_SQL_MATCH, 2,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, find,
		find__match, NULL, NULL) != SQLITE_OK)
		return store_fail(s, err, "preparing");
	find->db = s->db;
	return 0;
}

void
query_filter_done(struct query_filter *find)
{
	if (find->db != NULL)
		sqlite3_create_function(find->db, FILTER_SQL_MATCH, 2,
		    SQLITE_UTF8, NULL, NULL, NULL, NULL);
}

int
query_find_prepare(struct store *s, const char *columns, const char *also,
    enum query_order order, const struct query_want *want,
    struct query_filter *find, sqlite3_stmt **ret, struct error *err)
{
	static const char *const orders[] = {
		[QUERY_NEWEST] = "ORDER BY start_ns DESC, op_id ",
		[QUERY_OLDEST] = "ORDER BY start_ns, op_id ",
		[QUERY_ANY] = "",
	};
	_cleanup_(filter_sql_done) struct filter_sql sql = FILTER_SQL_INIT;
	_cleanup_buf_ struct buf text = BUF_INIT;
	sqlite3_stmt *st;

	/* A condition less is a tenth of what a row of an index takes. */
	buf_printf(&text, "SELECT %s WHERE %s ", columns,
	    want->everything ? "1" : "NOT reads");
	/* All of them in any order: no way around by the index of times. */
	if (order != QUERY_ANY || want->since_ns != INT64_MIN ||
	    want->until_ns != INT64_MAX)
		buf_puts(&text, "AND start_ns >= ?3 AND start_ns <= ?4 ");
	if (also != NULL)
		buf_printf(&text, "AND (%s) ", also);
	if (want->filter != NULL) {
		if (find__register(s, find, err) < 0)
			return -EIO;
		filter_to_sql(want->filter, want->now_ns, FIND_FILTER_FIRST,
		    &sql);
		buf_printf(&text, "AND %s ", buf_str(&sql.where));
	}
	buf_puts(&text, orders[order]);
	if (want->limit != 0 || want->skip != 0)
		buf_puts(&text, "LIMIT ?1 OFFSET ?2");
	if (store_prepare(s, buf_str(&text), &st, err) < 0)
		return -EIO;
	/* Those that the statement does without are not bound: no harm. */
	sqlite3_bind_int64(st, 1, want->limit == 0 ? -1 : (int64_t)want->limit);
	sqlite3_bind_int64(st, 2, (int64_t)want->skip);
	sqlite3_bind_int64(st, 3, want->since_ns);
	sqlite3_bind_int64(st, 4, want->until_ns);
	find__bind(st, &sql);
	*ret = st;
	return 0;
}

int
query_find_failed(struct store *s, const struct query_filter *find,
    struct error *err)
{
	if (find->filter != NULL && filter_undecided(find->filter) > find->most)
		return error_set(err, -ETIME,
		    "a pattern takes too long on more than %d texts",
		    QUERY_UNDECIDED_MAX);
	return store_fail(s, err, "asking the index");
}

int
query_find(struct store *s, const struct query_want *want,
    struct query_rows *ret, struct error *err)
{
	_cleanup_(query_filter_done) struct query_filter find =
	    QUERY_FILTER_INIT(want->filter);
	sqlite3_stmt *st;
	int rc;

	if (query_find_prepare(s, QUERY_COLUMNS, NULL, QUERY_NEWEST, want,
		&find, &st, err) < 0)
		return -EIO;
	rc = query_rows_run(s, st, ret, err);
	if (rc < 0 && want->filter != NULL &&
	    filter_undecided(want->filter) > find.most)
		return query_find_failed(s, &find, err);
	return rc;
}

int
query_scan(struct store *s, const struct query_want *want, const char *columns,
    const char *also, enum query_order order, query_scan_fn *fn, void *arg,
    struct error *err)
{
	_cleanup_(query_filter_done) struct query_filter find =
	    QUERY_FILTER_INIT(want->filter);
	sqlite3_stmt *st;
	int rc;

	if (query_find_prepare(s, columns, also, order, want, &find, &st, err) <
	    0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		fn(arg, st);
	rc = rc == SQLITE_DONE ? 0 : query_find_failed(s, &find, err);
	sqlite3_finalize(st);
	return rc;
}

int
query_each(struct store *s, const struct query_want *want, query_row_fn *fn,
    void *arg, struct error *err)
{
	_cleanup_(query_filter_done) struct query_filter find =
	    QUERY_FILTER_INIT(want->filter);
	sqlite3_stmt *st;
	int rc, stop = 0;

	if (query_find_prepare(s, QUERY_COLUMNS, NULL, QUERY_NEWEST, want,
		&find, &st, err) < 0)
		return -EIO;
	while (stop >= 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		_cleanup_rows_ struct query_rows one = QUERY_ROWS_INIT;

		query_rows_add(&one, st);
		stop = fn(arg, &one.rows[0], err);
	}
	if (stop >= 0 && rc != SQLITE_DONE)
		stop = query_find_failed(s, &find, err);
	sqlite3_finalize(st);
	return stop < 0 ? stop : 0;
}
