/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/parse.h"
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
static void
store__restore(sqlite3_stmt *st, struct record *r)
{
	const char *kind = (const char *)sqlite3_column_text(st, 1);

	record_reset(r);
	buf_put(&r->raw, sqlite3_column_blob(st, 0),
	    (size_t)sqlite3_column_bytes(st, 0));
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
	r->time_ns = sqlite3_column_int64(st, 3);
	r->time_from = (enum record_time)sqlite3_column_int(st, 4);
}

int
store_op_lines(struct store *s, const char *op_id, store_line_fn *fn, void *arg,
    struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OP_LINES, err);
	_cleanup_record_ struct record r;
	int rc;

	if (st == NULL)
		return -EIO;
	record_init(&r);
	store_bind_text(st, 1, op_id);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		store__restore(st, &r);
		fn(arg, &r);
	}
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "reading an operation's lines");
	sqlite3_reset(st);
	return 0;
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

/* ---- to summaries ------------------------------------------------------ */

static int
store__put_stages(struct store *s, const struct op *op, struct error *err)
{
	sqlite3_stmt *st;

	for (size_t i = 0; i < op->n_stages; i++) {
		st = store_stmt(s, STMT_STAGE_PUT, err);
		if (st == NULL)
			return -EIO;
		store_bind_text(st, 1, op->id.text);
		sqlite3_bind_int64(st, 2, (int64_t)i);
		store_bind_text(st, 3, op->stages[i].name);
		sqlite3_bind_int64(st, 4, op->stages[i].start_ns);
		store_bind_known(st, 5, op->stages[i].duration_ns);
		sqlite3_bind_int(st, 6, op->stages[i].failed);
		if (store_run_stmt(s, st, err) < 0)
			return -EIO;
	}
	return 0;
}

static int
store__put_calls(struct store *s, const struct op *op, struct error *err)
{
	sqlite3_stmt *st;

	for (size_t i = 0; i < op->n_calls; i++) {
		const struct op_call *c = &op->calls[i];

		st = store_stmt(s, STMT_CALL_PUT, err);
		if (st == NULL)
			return -EIO;
		store_bind_text(st, 1, op->id.text);
		sqlite3_bind_int64(st, 2, (int64_t)i);
		if (c->stage != OP_NO_STAGE)
			sqlite3_bind_int64(st, 3, (int64_t)c->stage);
		store_bind_text(st, 4, c->method);
		store_bind_known(st, 5, c->number);
		sqlite3_bind_int64(st, 6, c->start_ns);
		store_bind_known(st, 7, c->duration_ns);
		sqlite3_bind_int(st, 8, c->failed);
		store_bind_text(st, 9, c->error);
		store_bind_text(st, 10, c->code);
		if (store_run_stmt(s, st, err) < 0)
			return -EIO;
	}
	return 0;
}

static int
store__put_op(struct store *s, const struct op *op, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OP_PUT, err);
	const struct op_stage *last = op_last_stage(op);
	const char *stage = last != NULL ? last->name : NULL;

	if (st == NULL)
		return -EIO;
	store_bind_text(st, 1, op->id.text);
	store_bind_text(st, 2, op->name);
	store_bind_text(st, 3, op_status_name(op->status));
	sqlite3_bind_int64(st, 4, op->start_ns);
	sqlite3_bind_int(st, 5, op->start_known);
	store_bind_known(st, 6, op->duration_ns);
	store_bind_known(st, 7, op->unaccounted_ns);
	sqlite3_bind_int64(st, 8, op->last_ns);
	store_bind_text(st, 9,
	    op->failed_stage != NULL ? op->failed_stage : stage);
	store_bind_text(st, 10, op->error);
	store_bind_text(st, 11, op->code);
	store_bind_text(st, 12, op_subject(op, FIELD_VM_ID));
	store_bind_text(st, 13, op_subject(op, FIELD_VM_NAME));
	store_bind_text(st, 14, op_subject(op, FIELD_IMAGE_ID));
	store_bind_text(st, 15, op_subject(op, FIELD_IMAGE_NAME));
	sqlite3_bind_int64(st, 16, (int64_t)op->records);
	sqlite3_bind_int(st, 17, op->conflict);
	sqlite3_bind_int(st, 18, op->reads);
	store_bind_text(st, 19, op->run[0] != '\0' ? op->run : NULL);
	return store_run_stmt(s, st, err);
}

static int
store__clear(struct store *s, enum store_stmt which, const char *op_id,
    struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, which, err);

	if (st == NULL)
		return -EIO;
	store_bind_text(st, 1, op_id);
	return store_run_stmt(s, st, err);
}

static int
store__put_all(struct store *s, const struct op *op, struct error *err)
{
	if (store__put_op(s, op, err) < 0 || store__put_stages(s, op, err) < 0)
		return -EIO;
	return store__put_calls(s, op, err);
}

/* Replaces an operation's summary by what its lines say now. */
static int
store__summarize(struct store *s, const char *op_id, struct error *err)
{
	_cleanup_(opset_freep) struct opset *set = opset_new(0);
	const struct op *op;
	struct opid id;

	if (!opid_parse(op_id, strlen(op_id), &id) ||
	    store_load_op(s, op_id, set, err) < 0 ||
	    store__clear(s, STMT_STAGE_DEL, op_id, err) < 0 ||
	    store__clear(s, STMT_CALL_DEL, op_id, err) < 0)
		return -EIO;
	op = opset_find(set, &id);
	return op != NULL ? store__put_all(s, op, err) : 0;
}

/* ---- what has changed -------------------------------------------------- */

static int
store__op_known(struct store *s, const char *op_id, bool *ret,
    struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OP_KNOWN, err);
	int rc;

	if (st == NULL)
		return -EIO;
	store_bind_text(st, 1, op_id);
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_fail(s, err, "looking for an operation");
	*ret = rc == SQLITE_ROW;
	sqlite3_reset(st);
	return 0;
}

int
store_touch(struct store *s, const struct record *r, struct error *err)
{
	struct store_touched *t;
	int64_t seq = event_num(&r->ev, FIELD_SEQ, -1);
	bool known = false;

	if (!opid_is_set(&r->op))
		return 0;
	t = map_find(s->touched, r->op.text);
	if (t == NULL) {
		if (store__op_known(s, r->op.text, &known, err) < 0)
			return -EIO;
		t = xcalloc(1, sizeof(*t));
		t->reload = known;
		map_put(s->touched, r->op.text, t);
	} else if (r->time_ns < t->time_ns ||
	    (r->time_ns == t->time_ns && seq < t->seq)) {
		t->reload = true;
	}
	t->time_ns = r->time_ns;
	t->seq = seq;
	if (!t->reload)
		opset_add(s->fresh, r);
	return 0;
}

/* Forgets what was noted since the last commit. */
static void
store__forget_touched(struct store *s)
{
	map_free(s->touched);
	s->touched = map_new(free);
	opset_free(s->fresh);
	s->fresh = opset_new(0);
}

/* Writes the summary of one that this transaction has begun. */
static int
store__put_fresh(struct store *s, const char *op_id, struct error *err)
{
	const struct op *op;
	struct opid id;

	if (!opid_parse(op_id, strlen(op_id), &id))
		return -EIO;
	op = opset_find(s->fresh, &id);
	/* One in flight depends on what happened around it. */
	if (op == NULL || op_in_flight(op) || op->status == OP_INTERRUPTED)
		return store__summarize(s, op_id, err);
	return store__put_all(s, op, err);
}

/* Adds operations in flight whose time has run out. */
static int
store__add_stale(struct store *s, struct error *err)
{
	struct store_touched *t;
	sqlite3_stmt *st;
	int64_t now;
	int rc;

	if (store_now(s, &now, err) < 0)
		return -EIO;
	st = store_stmt(s, STMT_STALE, err);
	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, now - OP_HORIZON_NS);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		t = xcalloc(1, sizeof(*t));
		t->reload = true;
		map_put(s->touched, (const char *)sqlite3_column_text(st, 0),
		    t);
	}
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "looking for lost operations");
	sqlite3_reset(st);
	return 0;
}

static int
store__flush_touched(struct store *s, struct error *err)
{
	const struct store_touched *t;
	const char *op_id;
	size_t pos = 0;
	int rc;

	while ((t = map_next(s->touched, &pos, &op_id)) != NULL) {
		rc = t->reload ? store__summarize(s, op_id, err)
			       : store__put_fresh(s, op_id, err);
		if (rc < 0)
			return rc;
	}
	store__forget_touched(s);
	return 0;
}

int
store_flush_ops(struct store *s, struct error *err)
{
	/* The stale only now, when the summaries of this transaction stand. */
	if (store__flush_touched(s, err) < 0 || store__add_stale(s, err) < 0)
		return -EIO;
	return store__flush_touched(s, err);
}
