/* SPDX-License-Identifier: ISC */
/* What came before an operation; its cost does not grow with the index. */
#include <errno.h>
#include <sqlite3.h>

#include "trace/query.h"
#include "trace/store_int.h"

static const char past_good_sql[] =
    "SELECT op_id, error, start_ns, duration_ns, stages, calls FROM "
    "(SELECT op_id, error, start_ns, duration_ns, stages, calls, operation, "
    "status FROM op WHERE start_ns < ?2 ORDER BY start_ns DESC LIMIT ?4) "
    "WHERE operation = ?1 AND status = 'completed' LIMIT ?3";

static const char past_bad_sql[] =
    "SELECT op_id, error, start_ns, duration_ns, NULL, NULL FROM op "
    "WHERE operation = ?1 AND start_ns < ?2 AND "
    "status NOT IN ('running', 'completed') ORDER BY start_ns DESC LIMIT ?3";

static const char *
past__text(sqlite3_stmt *st, int at)
{
	return (const char *)sqlite3_column_text(st, at);
}

int
query_past(struct store *s, const char *operation, int64_t start_ns, bool bad,
    size_t limit, query_past_fn *fn, void *arg, struct error *err)
{
	struct query_past past;
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s, bad ? past_bad_sql : past_good_sql, &st, err) < 0)
		return -EIO;
	store_bind_text(st, 1, operation);
	sqlite3_bind_int64(st, 2, start_ns);
	sqlite3_bind_int64(st, 3, bad ? QUERY_BAD_MAX : (int64_t)limit);
	if (!bad)
		sqlite3_bind_int64(st, 4, QUERY_PAST_MAX);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		past.op_id = past__text(st, 0);
		past.error = past__text(st, 1);
		past.start_ns = sqlite3_column_int64(st, 2);
		past.duration_ns = sqlite3_column_type(st, 3) == SQLITE_NULL
		    ? -1
		    : sqlite3_column_int64(st, 3);
		past.stages = past__text(st, 4);
		past.calls = past__text(st, 5);
		fn(arg, &past);
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}
