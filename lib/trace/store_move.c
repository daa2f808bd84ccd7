/* SPDX-License-Identifier: ISC */
/* From version 3, where each line was a row, to packed lines. */
#include <errno.h>

#include "trace/store_int.h"

/* Rows between writing out what is in memory. */
#define STORE_MOVE_ROWS 50000

/* As STMT_OP_LINES, and who the line is. */
static const char store_move_sql[] =
    "SELECT raw, kind, flags, time_ns, time_from, unit, boot, real_ns, "
    "mono_ns, pid, priority, run, hash, ord, input, offset FROM old_record "
    "ORDER BY id";

static int
store__move_row(struct store *s, sqlite3_stmt *st, struct record *r,
    struct error *err)
{
	struct store_run *run = NULL;
	bool native = sqlite3_column_type(st, 11) != SQLITE_NULL;
	bool known, fresh;

	store_restore(st, r);
	r->pos.offset = (uint64_t)sqlite3_column_int64(st, 15);
	if (native && store_find_run(s, r, &run, err) < 0)
		return -EIO;
	/* For the place behind it; it cannot be there. */
	if (run != NULL &&
	    store_span_find(s, run, event_num(&r->ev, FIELD_SEQ, 0), &known,
		err) < 0)
		return -EIO;
	return store_place(s, sqlite3_column_int64(st, 14), r, run,
	    (uint64_t)sqlite3_column_int64(st, 12),
	    sqlite3_column_int64(st, 13), &fresh, err);
}

int
store_move(struct store *s, struct error *err)
{
	_cleanup_record_ struct record r;
	sqlite3_stmt *st;
	unsigned n = 0;
	int rc = 0, step = SQLITE_DONE;

	record_init(&r);
	if (store_prepare(s, store_move_sql, &st, err) < 0)
		return -EIO;
	while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW) {
		rc = store__move_row(s, st, &r, err);
		if (rc == 0 && ++n % STORE_MOVE_ROWS == 0)
			rc = store_flush(s, err);
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = store_fail(s, err, "reading the lines");
	sqlite3_finalize(st);
	if (rc == 0)
		rc = store_flush(s, err);
	s->stats = (struct store_stats){ 0 };
	return rc < 0 ? rc : store_exec(s, "DROP TABLE old_record", err);
}
