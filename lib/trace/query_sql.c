/* SPDX-License-Identifier: ISC */
/* Any question to the index, its answer as text or JSON. */
#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/query.h"
#include "trace/store_int.h"

/* Columns by their names; numbers stay numbers. */
static void
query__sql_json(sqlite3_stmt *st, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	for (int i = 0; i < sqlite3_column_count(st); i++) {
		/* Names can come from the query, and need quoting too. */
		if (i > 0)
			buf_putc(out, ',');
		w.comma = false;
		jsonw_string(&w, NULL, sqlite3_column_name(st, i));
		buf_putc(out, ':');
		w.comma = false;
		if (sqlite3_column_type(st, i) == SQLITE_INTEGER)
			jsonw_int(&w, NULL, sqlite3_column_int64(st, i));
		else if (sqlite3_column_type(st, i) == SQLITE_FLOAT)
			buf_puts(out, (const char *)sqlite3_column_text(st, i));
		else
			jsonw_string(&w, NULL,
			    (const char *)sqlite3_column_text(st, i));
	}
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

static void
query__sql_text(sqlite3_stmt *st, struct buf *out)
{
	const char *text;

	for (int i = 0; i < sqlite3_column_count(st); i++) {
		if (i > 0)
			buf_putc(out, '\t');
		text = (const char *)sqlite3_column_text(st, i);
		if (text != NULL)
			text_escape(out, text,
			    (size_t)sqlite3_column_bytes(st, i), false);
	}
	buf_putc(out, '\n');
}

int
query_sql(struct store *s, const char *sql, bool json, query_sql_fn *fn,
    void *arg, struct error *err)
{
	_cleanup_buf_ struct buf row = BUF_INIT;
	const char *rest = NULL;
	sqlite3_stmt *st = NULL;
	int rc;

	if (sqlite3_prepare_v2(s->db, sql, -1, &st, &rest) != SQLITE_OK)
		return store_fail(s, err, "asking the index");
	if (st == NULL || rest[strspn(rest, " \t\r\n;")] != '\0') {
		sqlite3_finalize(st);
		return error_set(err, -EINVAL, "one SQL statement is wanted");
	}
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		buf_reset(&row);
		if (json)
			query__sql_json(st, &row);
		else
			query__sql_text(st, &row);
		fn(arg, &row);
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}
