/* SPDX-License-Identifier: ISC */
/*
 * Which numbers of a run are here.  They nearly always come in order, so the
 * span that the last one was in is kept in memory, and written at the commit.
 */
#include <errno.h>

#include "trace/store_int.h"

static int
store__span_put(struct store *s, const struct store_run *run, struct error *err)
{
	const struct store_span *sp = &run->span;
	sqlite3_stmt *st = store_stmt(s, STMT_SPAN_PUT, err);

	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, run->id);
	sqlite3_bind_int64(st, 2, sp->from);
	sqlite3_bind_int64(st, 3, sp->to);
	sqlite3_bind_int64(st, 4, sp->first_ns);
	sqlite3_bind_int64(st, 5, sp->last_ns);
	return store_run_stmt(s, st, err);
}

int
store_span_flush(struct store *s, struct store_run *run, struct error *err)
{
	if (!run->span.dirty)
		return 0;
	run->span.dirty = false;
	return store__span_put(s, run, err);
}

/* One row of a statement over (run, seq), if there is one; *ret says so. */
static int
store__span_get(struct store *s, enum store_stmt which,
    const struct store_run *run, int64_t seq, struct store_span *ret,
    bool *ret_found, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, which, err);
	int rc;

	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, run->id);
	sqlite3_bind_int64(st, 2, seq);
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_fail(s, err, "reading the spans");
	*ret_found = rc == SQLITE_ROW;
	if (*ret_found) {
		ret->from = sqlite3_column_int64(st, 0);
		ret->to = sqlite3_column_int64(st, 1);
		ret->first_ns = sqlite3_column_int64(st, 2);
		ret->last_ns = sqlite3_column_int64(st, 3);
	}
	sqlite3_reset(st);
	return 0;
}

/* Moves to the span that begins at seq or is the nearest before it. */
static int
store__span_move(struct store *s, struct store_run *run, int64_t seq,
    struct error *err)
{
	struct store_span next = { 0 };
	bool found;

	if (store_span_flush(s, run, err) < 0 ||
	    store__span_get(s, STMT_SPAN_BEFORE, run, seq, &run->span,
		&run->span.there, err) < 0 ||
	    store__span_get(s, STMT_SPAN_AFTER, run, seq, &next, &found, err) <
		0)
		return -EIO;
	run->span.next = found ? next.from : INT64_MAX;
	run->span.at = true;
	return 0;
}

int
store_span_find(struct store *s, struct store_run *run, int64_t seq,
    bool *ret_known, struct error *err)
{
	struct store_span *sp = &run->span;

	/* Right behind the span, or in it: nothing to look up. */
	if ((!sp->at || !sp->there || seq < sp->from || seq >= sp->next) &&
	    store__span_move(s, run, seq, err) < 0)
		return -EIO;
	*ret_known = sp->there && seq <= sp->to;
	return 0;
}

/* The span and the one behind it touch: they become one. */
static int
store__span_merge(struct store *s, struct store_run *run, struct error *err)
{
	struct store_span *sp = &run->span, next = { 0 };
	sqlite3_stmt *st;
	bool found;

	if (store__span_get(s, STMT_SPAN_BEFORE, run, sp->next, &next, &found,
		err) < 0)
		return -EIO;
	st = store_stmt(s, STMT_SPAN_DEL, err);
	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, run->id);
	sqlite3_bind_int64(st, 2, sp->next);
	if (store_run_stmt(s, st, err) < 0)
		return -EIO;
	sp->to = next.to;
	sp->last_ns = next.last_ns;
	if (store__span_get(s, STMT_SPAN_AFTER, run, sp->to, &next, &found,
		err) < 0)
		return -EIO;
	sp->next = found ? next.from : INT64_MAX;
	return 0;
}

int
store_span_add(struct store *s, struct store_run *run, int64_t seq,
    int64_t time_ns, struct error *err)
{
	struct store_span *sp = &run->span;

	if (sp->there && seq == sp->to + 1) {
		sp->to = seq;
		sp->last_ns = time_ns;
	} else {
		if (store_span_flush(s, run, err) < 0)
			return -EIO;
		sp->there = true;
		sp->from = sp->to = seq;
		sp->first_ns = sp->last_ns = time_ns;
	}
	sp->dirty = true;
	return seq + 1 == sp->next ? store__span_merge(s, run, err) : 0;
}
