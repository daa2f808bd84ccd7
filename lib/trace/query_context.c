/* SPDX-License-Identifier: ISC */
/* What else was logged while an operation ran. */
#include <errno.h>
#include <sqlite3.h>

#include "trace/query.h"
#include "trace/query_int.h"
#include "trace/store_int.h"

/* Columns as in STMT_OP_LINES. */
static const char around_sql[] =
    "SELECT raw, kind, flags, time_ns, time_from, unit, boot, real_ns, "
    "mono_ns, pid, priority FROM record WHERE time_ns BETWEEN ?1 AND ?2 AND "
    "op_id IS NULL AND other_op IS NULL ORDER BY time_ns, id";

int
query_around(struct store *s, int64_t from_ns, int64_t to_ns, query_line_fn *fn,
    void *arg, struct error *err)
{
	sqlite3_stmt *st;

	if (store_prepare(s, around_sql, &st, err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, from_ns);
	sqlite3_bind_int64(st, 2, to_ns);
	return query_lines_run(s, st, fn, arg, err);
}
