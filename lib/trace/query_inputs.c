/* SPDX-License-Identifier: ISC */
/* What the index was made from. */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "base/mem.h"
#include "trace/query.h"
#include "trace/store_int.h"

/*
 * A name that was rotated has a row of each file; the last one counts.  SQLite
 * takes the other columns from the row of the max(), where there is no second
 * such function.
 */
static const char inputs_sql[] =
    "SELECT path, dev, ino, offset, cursor IS NOT NULL, read_ns, "
    "EXISTS (SELECT 1 FROM record WHERE input = i.id AND kind = 'torn') "
    "FROM (SELECT id, path, dev, ino, offset, cursor, max(read_ns) AS read_ns "
    "FROM input GROUP BY path) i";

void
query_inputs_done(struct query_inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		free(inputs->inputs[i].path);
	free(inputs->inputs);
	inputs->inputs = NULL;
	inputs->n = 0;
}

int
query_inputs(struct store *s, struct query_inputs *ret, struct error *err)
{
	_cleanup_inputs_ struct query_inputs all = QUERY_INPUTS_INIT;
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s, inputs_sql, &st, err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct query_input *in;

		all.inputs = xreallocarray(all.inputs, all.n + 1,
		    sizeof(*all.inputs));
		in = &all.inputs[all.n++];
		in->path = store_column_dup(st, 0);
		in->file = sqlite3_column_type(st, 1) != SQLITE_NULL;
		in->dev = (uint64_t)sqlite3_column_int64(st, 1);
		in->ino = (uint64_t)sqlite3_column_int64(st, 2);
		in->offset = (uint64_t)sqlite3_column_int64(st, 3);
		in->cursor = sqlite3_column_int(st, 4) != 0;
		in->read_ns = sqlite3_column_int64(st, 5);
		in->torn = sqlite3_column_int(st, 6) != 0;
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return -EIO;
	*ret = all;
	all = (struct query_inputs)QUERY_INPUTS_INIT;
	return 0;
}

int
query_version(struct store *s, int64_t *ret, struct error *err)
{
	return store_number(s, "PRAGMA data_version", ret, err);
}
