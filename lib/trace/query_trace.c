/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "trace/query.h"
#include "trace/store_int.h"

void
query_trace_done(struct query_trace *t)
{
	t->set = opset_free(t->set);
	for (size_t i = 0; i < t->n_missing; i++)
		free(t->missing[i]);
	free(t->missing);
	t->missing = NULL;
	t->n_missing = 0;
	t->op = NULL;
}

/* Takes the sentence over. */
static void
query__missing(struct query_trace *t, char *sentence)
{
	t->missing = xreallocarray(t->missing, t->n_missing + 1,
	    sizeof(*t->missing));
	t->missing[t->n_missing++] = sentence;
}

/* "1 line", "3 lines". */
static char *
query__count(int64_t n, const char *one, const char *rest)
{
	return xasprintf("%lld %s%s %s", (long long)n, one, n == 1 ? "" : "s",
	    rest);
}

/* ---- what the operation's own lines tell ------------------------------- */

static void
query__missing_end(struct query_trace *t)
{
	const struct op *op = t->op;

	if (op->saw_end)
		return;
	if (op->status == OP_RUNNING)
		query__missing(t, xstrdup("it has not ended yet"));
	else if (op->status == OP_LOST)
		query__missing(t,
		    xstrdup("its end line is missing, and nothing was heard "
			    "of it for an hour"));
	else if (op->status == OP_INTERRUPTED && op->code == NULL)
		query__missing(t,
		    xstrdup("its end line is missing: the daemon began anew"));
	else
		query__missing(t, xstrdup("its end line is missing"));
}

/* Numbers of helper calls count up from 1: which are not there? */
static void
query__missing_calls(struct query_trace *t)
{
	_cleanup_buf_ struct buf list = BUF_INIT;
	_cleanup_free_ bool *seen = xcalloc(OP_CALLS_MAX + 1, sizeof(*seen));
	int64_t most = 0, gone = 0;

	for (size_t i = 0; i < t->op->n_calls; i++) {
		int64_t n = t->op->calls[i].number;

		if (n < 1 || n > OP_CALLS_MAX)
			continue;
		seen[n] = true;
		most = n > most ? n : most;
	}
	for (int64_t n = 1; n <= most; n++) {
		if (seen[n])
			continue;
		if (++gone <= 8)
			buf_printf(&list, "%s%lld", gone == 1 ? "" : ", ",
			    (long long)n);
	}
	if (gone > 0)
		query__missing(t,
		    xasprintf("no line of helper call%s %s%s",
			gone == 1 ? "" : "s", buf_str(&list),
			gone > 8 ? " and others" : ""));
}

/* The stage it failed in is named by its end line, and has none itself. */
static void
query__missing_stage(struct query_trace *t)
{
	const struct op *op = t->op;

	if (op->failed_stage == NULL)
		return;
	for (size_t i = 0; i < op->n_stages; i++)
		if (op->stages[i].failed)
			return;
	query__missing(t, xasprintf("no line of stage %s", op->failed_stage));
}

static void
query__missing_lines(struct query_trace *t)
{
	const struct op *op = t->op;

	if (!op->rpc_only) {
		if (!op->saw_start)
			query__missing(t, xstrdup("its start line is missing"));
		query__missing_end(t);
	}
	query__missing_stage(t);
	query__missing_calls(t);
	if (op->conflict)
		query__missing(t,
		    xasprintf("it has %llu end lines; the first counts",
			(unsigned long long)op->ends));
	if (op->bad > 0)
		query__missing(t,
		    query__count((int64_t)op->bad, "line",
			"of it could not be read"));
	if (op->overflow > 0)
		query__missing(t,
		    query__count((int64_t)op->overflow, "stage or call line",
			"beyond what is kept"));
}

/* ---- what happened around it ------------------------------------------- */

/* The first column of a query over the operation's window, each row to fn. */
typedef void query_fn(struct query_trace *t, sqlite3_stmt *st);

static int
query__window(struct store *s, struct query_trace *t, const char *sql,
    query_fn *fn, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s, sql, &st, err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, t->op->first_ns);
	sqlite3_bind_int64(st, 2, t->op->last_ns);
	store_bind_text(st, 3, t->op->id.text);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		fn(t, st);
	if (rc != SQLITE_DONE)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

static void
query__seq(struct query_trace *t, sqlite3_stmt *st)
{
	int64_t gone = sqlite3_column_int64(st, 3);
	const char *emitter = (const char *)sqlite3_column_text(st, 1);
	char *rest;

	if (gone <= 0)
		return;
	rest = xasprintf("of %s (run %s) %s missing in its time",
	    emitter[0] != '\0' ? emitter : "an unknown process",
	    (const char *)sqlite3_column_text(st, 0), gone == 1 ? "is" : "are");
	query__missing(t, query__count(gone, "line", rest));
	free(rest);
}

static void
query__unread(struct query_trace *t, sqlite3_stmt *st)
{
	int64_t n = sqlite3_column_int64(st, 0);

	if (n > 0)
		query__missing(t,
		    query__count(n, "line", "in its time could not be read"));
}

static void
query__dropped(struct query_trace *t, sqlite3_stmt *st)
{
	_cleanup_(line_done) struct line ln = LINE_INIT;
	struct event ev;
	int64_t n;

	if (event_decode(sqlite3_column_blob(st, 0),
		(size_t)sqlite3_column_bytes(st, 0), &ln, &ev, NULL) < 0)
		return;
	n = event_num(&ev, FIELD_N, -1);
	if (n < 0)
		query__missing(t, xstrdup("a log said that it dropped lines"));
	else
		query__missing(t,
		    query__count(n, "line", "were dropped, as the log says"));
}

static void
query__suppressed(struct query_trace *t, sqlite3_stmt *st)
{
	_cleanup_free_ char *rest = NULL;
	const char *unit = (const char *)sqlite3_column_text(st, 0);

	if (sqlite3_column_type(st, 1) == SQLITE_NULL) {
		query__missing(t,
		    xasprintf("the journal says that it dropped lines of %s",
			unit));
		return;
	}
	rest = xasprintf("of %s were dropped, as the journal says", unit);
	query__missing(t,
	    query__count(sqlite3_column_int64(st, 1), "line", rest));
}

/*
 * Lines are missing where numbers are: between two spans of a run, unless both
 * ends of the hole were written before the window, or both after it.
 */
static const char query_seq_sql[] =
    "SELECT u.name, u.emitter, 0, sum(b.from_seq - a.to_seq - 1) FROM run u "
    "JOIN span a ON a.run = u.id JOIN span b ON b.run = u.id AND b.from_seq = "
    "(SELECT min(c.from_seq) FROM span c WHERE c.run = u.id AND c.from_seq > "
    "a.from_seq) WHERE u.first_ns <= ?2 AND u.last_ns >= ?1 AND a.last_ns <= "
    "?2 AND b.first_ns >= ?1 AND ?3 IS NOT NULL GROUP BY u.id";

static const char query_unread_sql[] =
    "SELECT count(*) FROM record WHERE kind IN ('bad', 'torn') AND time_ns "
    "BETWEEN ?1 AND ?2 AND op_id IS NULL AND ?3 IS NOT NULL";

static const char query_dropped_sql[] =
    "SELECT banger_raw(raw) FROM record WHERE msg = 'log records dropped' AND "
    "time_ns "
    "BETWEEN ?1 AND ?2 AND ?3 IS NOT NULL";

/*
 * journald's notice comes with the first line that it lets through again, at
 * the earliest when RateLimitIntervalSec= (30 s unless set) is over: one that
 * much later than the operation may still be about its lines.
 */
static const char query_suppressed_sql[] =
    "SELECT unit, n FROM gap WHERE reason = 'suppressed' AND at_ns "
    "BETWEEN ?1 AND ?2 + 30000000000 AND ?3 IS NOT NULL";

int
query_trace(struct store *s, const char *op_id, struct query_trace *ret,
    struct error *err)
{
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
	struct opid id;

	if (!opid_parse(op_id, strlen(op_id), &id))
		return error_set(err, -EINVAL, "\"%s\" is no op_id", op_id);
	t.set = opset_new(0);
	if (store_load_op(s, op_id, t.set, err) < 0)
		return -EIO;
	t.op = opset_find(t.set, &id);
	if (t.op != NULL) {
		query__missing_lines(&t);
		if (query__window(s, &t, query_seq_sql, query__seq, err) < 0 ||
		    query__window(s, &t, query_unread_sql, query__unread, err) <
			0 ||
		    query__window(s, &t, query_dropped_sql, query__dropped,
			err) < 0 ||
		    query__window(s, &t, query_suppressed_sql,
			query__suppressed, err) < 0)
			return -EIO;
	}
	*ret = t;
	t = (struct query_trace)QUERY_TRACE_INIT;
	return 0;
}

int
query_lines(struct store *s, const char *op_id, query_line_fn *fn, void *arg,
    struct error *err)
{
	return store_op_lines(s, op_id, fn, arg, err);
}
