/* SPDX-License-Identifier: ISC */
#include "trace/query_complete.h"

#include <sqlite3.h>
#include <string.h>

#include "base/buf.h"
#include "trace/store_int.h"

/* Operations that are looked through for names: a few milliseconds. */
#define COMPLETE_RECENT "2000"
/* Ids that begin with less ("op-7f") are of any time: the newest are meant. */
#define COMPLETE_SHORT 3

/* ?1 to ?2 are all texts that begin so. */
static void
complete__run(struct store *s, const char *sql, const char *prefix,
    size_t limit, query_name_fn *fn, void *arg)
{
	_cleanup_buf_ struct buf high = BUF_INIT;
	sqlite3_stmt *st;

	buf_printf(&high, "%s\xff", prefix);
	if (store_prepare(s, sql, &st, NULL) < 0)
		return;
	store_bind_text(st, 1, prefix);
	store_bind_text(st, 2, buf_str(&high));
	sqlite3_bind_int64(st, 3, (int64_t)limit);
	while (sqlite3_step(st) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(st, 0);

		if (name != NULL &&
		    strlen(name) == (size_t)sqlite3_column_bytes(st, 0))
			fn(arg, name);
	}
	sqlite3_finalize(st);
}

void
query_complete_op(struct store *s, const char *prefix, size_t limit,
    query_name_fn *fn, void *arg)
{
	if (strlen(prefix) <= COMPLETE_SHORT)
		complete__run(s,
		    "SELECT op_id FROM op WHERE ?1 NOT NULL AND ?2 NOT NULL "
		    "ORDER BY start_ns DESC LIMIT ?3",
		    prefix, limit, fn, arg);
	else
		complete__run(s,
		    "SELECT op_id FROM op WHERE op_id >= ?1 AND op_id < ?2 "
		    "ORDER BY op_id LIMIT ?3",
		    prefix, limit, fn, arg);
}

void
query_complete_vm(struct store *s, const char *prefix, size_t limit,
    query_name_fn *fn, void *arg)
{
	complete__run(s,
	    "SELECT vm_name FROM (SELECT vm_name, start_ns FROM op "
	    "ORDER BY start_ns DESC LIMIT " COMPLETE_RECENT ") "
	    "WHERE vm_name >= ?1 AND vm_name < ?2 "
	    "GROUP BY vm_name ORDER BY max(start_ns) DESC LIMIT ?3",
	    prefix, limit, fn, arg);
}
