/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/parse.h"
#include "trace/squeeze.h"
#include "trace/store_int.h"

/* ---- from rows --------------------------------------------------------- */

/* A number from the journal, or -1. */
static int64_t
store__known(sqlite3_stmt *st, int at)
{
	return sqlite3_column_type(st, at) == SQLITE_NULL
	    ? -1
	    : sqlite3_column_int64(st, at);
}

/* The record as it was appended; columns as in STMT_OP_LINES. */
void
store_restore(sqlite3_stmt *st, struct record *r)
{
	const char *kind = (const char *)sqlite3_column_text(st, 1);

	record_reset(r);
	squeeze_get(sqlite3_column_blob(st, 0),
	    (size_t)sqlite3_column_bytes(st, 0), &r->raw);
	r->flags = (unsigned)sqlite3_column_int(st, 2);
	record_set_origin(r, (const char *)sqlite3_column_text(st, 5),
	    (const char *)sqlite3_column_text(st, 6));
	r->real_ns = store__known(st, 7);
	r->mono_ns = store__known(st, 8);
	r->pid = store__known(st, 9);
	r->priority = (int)store__known(st, 10);
	parse_message(r, true);
	if (strcmp(kind, "torn") == 0)
		r->kind = RECORD_TORN;
	else if (strcmp(kind, "bad") == 0)
		r->kind = RECORD_BAD;
	else if (strcmp(kind, "nomsg") == 0)
		r->kind = RECORD_NOMSG;
	r->time_ns = sqlite3_column_int64(st, 3);
	r->time_from = (enum record_time)sqlite3_column_int(st, 4);
}

int
store_damaged(const struct store *s, const char *op_id, struct error *err)
{
	return error_kind(err, STORE_DAMAGED, -EILSEQ,
	    "%s: the lines of %s are damaged; move it aside and index again",
	    s->path, op_id);
}

/* Packed lines, each whole, to be put in order. */
struct store_lines {
	struct record *records;
	size_t n, cap;
};

static void
store__lines_done(struct store_lines *l)
{
	for (size_t i = 0; i < l->cap; i++)
		record_done(&l->records[i]);
	free(l->records);
}

static int
store__line_order(const struct record *x, const struct record *y)
{
	int64_t xs, ys;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	xs = event_num(&x->ev, FIELD_SEQ, -1);
	ys = event_num(&y->ev, FIELD_SEQ, -1);
	return xs == ys ? 0 : xs < ys ? -1 : 1;
}

/* For qsort() over pointers; of equal lines the one that came first. */
static int
store__by_order(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;
	int order = store__line_order(x, y);

	return order != 0 ? order : x < y ? -1 : x > y;
}

static int
store__unpack(struct store *s, const char *op_id, const void *bytes, size_t len,
    struct store_lines *ret, struct error *err)
{
	_cleanup_(pack_done) struct pack p = PACK_INIT;
	int64_t input;
	int rc;

	pack_load(&p, bytes, len);
	for (;;) {
		if (ret->n == ret->cap) {
			ret->records = xreallocarray(ret->records,
			    ret->cap + 32, sizeof(*ret->records));
			for (size_t i = 0; i < 32; i++)
				record_init(&ret->records[ret->cap++]);
		}
		rc = pack_next(&p, s->book, &ret->records[ret->n], &input);
		if (rc != 1)
			break;
		ret->n++;
	}
	return rc < 0 ? store_damaged(s, op_id, err) : 0;
}

/* Both kinds of lines, each in order, as one. */
static int
store__merge(struct store *s, sqlite3_stmt *st, const struct record **packed,
    size_t n, store_line_fn *fn, void *arg, struct error *err)
{
	_cleanup_record_ struct record r;
	size_t i = 0;
	int rc;

	record_init(&r);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		store_restore(st, &r);
		while (i < n && store__line_order(packed[i], &r) <= 0)
			fn(arg, packed[i++]);
		fn(arg, &r);
	}
	while (i < n)
		fn(arg, packed[i++]);
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "reading an operation's lines");
	sqlite3_reset(st);
	return 0;
}

int
store_walk(struct store *s, const char *op_id, const void *pack, size_t len,
    store_line_fn *fn, void *arg, struct error *err)
{
	_cleanup_(store__lines_done) struct store_lines l = { 0 };
	_cleanup_free_ const struct record **order = NULL;
	sqlite3_stmt *st = store_stmt(s, STMT_OP_LINES, err);

	if (st == NULL || store__unpack(s, op_id, pack, len, &l, err) < 0)
		return -EIO;
	order = xcalloc(l.n + 1, sizeof(*order));
	for (size_t i = 0; i < l.n; i++)
		order[i] = &l.records[i];
	qsort(order, l.n, sizeof(*order), store__by_order);
	store_bind_text(st, 1, op_id);
	return store__merge(s, st, order, l.n, fn, arg, err);
}

int
store_op_lines(struct store *s, const char *op_id, store_line_fn *fn, void *arg,
    struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OP_PACK, err);
	_cleanup_buf_ struct buf pack = BUF_INIT;
	int rc;

	if (st == NULL)
		return -EIO;
	store_bind_text(st, 1, op_id);
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_fail(s, err, "reading an operation");
	if (rc == SQLITE_ROW)
		buf_put(&pack, sqlite3_column_blob(st, 1),
		    (size_t)sqlite3_column_bytes(st, 1));
	sqlite3_reset(st);
	/* A writer may have given it new codes meanwhile. */
	if (!s->writer && store_book_load(s, err) < 0)
		return -EIO;
	return store_walk(s, op_id, buf_str(&pack), pack.len, fn, arg, err);
}

/* An operation that is put together from its rows. */
struct store_load {
	struct opset *set;
	int64_t oldest;
};

static void
store__load_line(void *arg, const struct record *r)
{
	struct store_load *load = arg;

	opset_add(load->set, r);
	if (load->oldest == 0 || r->time_ns < load->oldest)
		load->oldest = r->time_ns;
}

/* Tells the set which processes lived on or began since that time. */
static int
store__load_runs(struct store *s, int64_t oldest, struct opset *set,
    struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OP_RUNS, err);
	int rc;

	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, oldest);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *emitter = (const char *)sqlite3_column_text(st, 1);

		opset_note_run(set, (const char *)sqlite3_column_text(st, 0),
		    emitter, sqlite3_column_int64(st, 2));
		if (sqlite3_column_type(st, 3) != SQLITE_NULL)
			opset_note_start(set, emitter,
			    sqlite3_column_int64(st, 3));
	}
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "reading the runs");
	sqlite3_reset(st);
	return 0;
}

int
store_load_op(struct store *s, const char *op_id, struct opset *set,
    struct error *err)
{
	const struct op *const *in_flight;
	struct store_load load = { set, 0 };
	int64_t now;

	if (store_op_lines(s, op_id, store__load_line, &load, err) < 0)
		return -EIO;
	/* Only one that has no end depends on what happened around it. */
	if (opset_in_flight(set, &in_flight) == 0)
		return 0;
	if (store_now(s, &now, err) < 0)
		return -EIO;
	opset_tick(set, now);
	return store__load_runs(s, load.oldest, set, err);
}

int
store_now(struct store *s, int64_t *ret, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_NEWEST, err);
	int64_t newest, now = clock_real_ns();

	if (st == NULL)
		return -EIO;
	if (sqlite3_step(st) != SQLITE_ROW)
		return store_fail(s, err, "reading the newest line");
	newest = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	*ret = newest < now ? newest : now;
	return 0;
}

/* ---- in flight, and over ----------------------------------------------- */

/*
 * One in flight depends on what happened around it: on the runs, which are
 * written first and then read once for all of this flush.
 */
static int
store__settle_in_flight(struct store *s, struct op *op, struct error *err)
{
	int64_t now;

	if (s->around == NULL) {
		if (store_now(s, &now, err) < 0)
			return -EIO;
		s->around = opset_new(1);
		opset_tick(s->around, now);
		if (store__load_runs(s, 0, s->around, err) < 0)
			return -EIO;
	}
	opset_settle(s->around, op);
	return 0;
}

int
store_settle_live(struct store *s, struct store_live *live, struct error *err)
{
	if (live->rebuild && store_live_rebuild(s, live, err) < 0)
		return -EIO;
	op_settle(live->op, false, false);
	if (op_in_flight(live->op) &&
	    store__settle_in_flight(s, live->op, err) < 0)
		return -EIO;
	return 0;
}

/* The ids of those whose time has run out, each ended by a NUL. */
static int
store__stale(struct store *s, struct buf *ret, struct error *err)
{
	sqlite3_stmt *st;
	int64_t now;
	int rc;

	if (store_now(s, &now, err) < 0)
		return -EIO;
	st = store_stmt(s, STMT_STALE, err);
	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, now - OP_HORIZON_NS);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		buf_put(ret, sqlite3_column_text(st, 0),
		    (size_t)sqlite3_column_bytes(st, 0) + 1);
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "looking for lost operations");
	sqlite3_reset(st);
	return 0;
}

int
store_flush_stale(struct store *s, struct error *err)
{
	_cleanup_buf_ struct buf ids = BUF_INIT;
	struct store_live *live;
	struct opid id;
	size_t len;

	if (store__stale(s, &ids, err) < 0)
		return -EIO;
	for (size_t at = 0; at < ids.len; at += len + 1) {
		len = strlen(ids.data + at);
		if (!opid_parse(ids.data + at, len, &id) ||
		    store_live(s, &id, &live, err) < 0 ||
		    store_rows_put(s, &live, 1, err) < 0)
			return -EIO;
	}
	return 0;
}
