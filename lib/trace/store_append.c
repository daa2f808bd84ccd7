/* SPDX-License-Identifier: ISC */
/* Records to rows: who a line is, and that it is there once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/squeeze.h"
#include "trace/store_int.h"

/*
 * No transaction ends between two records of one entry, of which the position
 * cannot tell which were taken.
 */
#define STORE_TXN_NS NSEC_PER_SEC
#define STORE_TXN_LOOK 64 /* rows between looks at the clock */

/* Binds everything but the identity. */
static void
store__bind(struct store *s, sqlite3_stmt *st, int64_t input,
    const struct record *r)
{
	bool json = r->kind == RECORD_EVENT || r->kind == RECORD_OTHER;
	int level;

	if (opid_is_set(&r->op))
		store_bind_text(st, 5, r->op.text);
	if (opid_is_set(&r->other_op))
		store_bind_text(st, 21, r->other_op.text);
	if (r->time_from != RECORD_TIME_NONE)
		sqlite3_bind_int64(st, 6, r->time_ns);
	sqlite3_bind_int(st, 7, (int)r->time_from);
	store_bind_text(st, 8, record_kind_name(r->kind));
	sqlite3_bind_int(st, 9, (int)r->flags);
	if (record_level(r, &level))
		sqlite3_bind_int(st, 10, level);
	if (json)
		store_bind_text(st, 11, r->ev.msg);
	store_bind_text(st, 12, r->unit[0] != '\0' ? r->unit : NULL);
	store_bind_text(st, 13, r->boot[0] != '\0' ? r->boot : NULL);
	store_bind_known(st, 14, r->real_ns);
	store_bind_known(st, 15, r->mono_ns);
	store_bind_known(st, 16, r->pid);
	store_bind_known(st, 17, r->priority);
	sqlite3_bind_int64(st, 18, input);
	sqlite3_bind_int64(st, 19, (int64_t)r->pos.offset);
	squeeze_put(buf_str(&r->raw), r->raw.len, &s->squeezed);
	sqlite3_bind_blob(st, 20, buf_str(&s->squeezed), (int)s->squeezed.len,
	    SQLITE_STATIC);
}

/* Inserts the row; *ret_new is false when the identity is there already. */
static int
store__insert(struct store *s, int64_t input, const struct record *r,
    const struct store_run *run, uint64_t hash, int64_t ord, bool *ret_new,
    struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_RECORD, err);

	if (st == NULL)
		return -EIO;
	store__bind(s, st, input, r);
	if (run != NULL) {
		sqlite3_bind_int64(st, 1, run->id);
		sqlite3_bind_int64(st, 2, event_num(&r->ev, FIELD_SEQ, 0));
	} else {
		sqlite3_bind_int64(st, 3, (int64_t)hash);
		sqlite3_bind_int64(st, 4, ord);
	}
	if (store_run_stmt(s, st, err) < 0)
		return -EIO;
	*ret_new = sqlite3_changes(s->db) > 0;
	return 0;
}

/* Counts an operation once in this writer's life. */
static void
store__count_op(struct store *s, const struct store_live *live)
{
	size_t byte = (size_t)live->row / 8;
	char bit = (char)(1 << live->row % 8);

	/* Those of this writer were counted when they were new. */
	if (live->row > s->old_rows)
		return;
	if (live->row == 0) {
		s->stats.operations += live->op->records == 0;
		return;
	}
	while (s->old_seen.len <= byte)
		buf_putc(&s->old_seen, '\0');
	if ((s->old_seen.data[byte] & bit) == 0)
		s->stats.operations++;
	s->old_seen.data[byte] |= bit;
}

/* Has an operation count a line that is stored by now. */
static void
store__touch(struct store *s, struct store_live *live, const struct record *r)
{
	store__count_op(s, live);
	store_live_touch(s, live, r);
}

int
store_place(struct store *s, int64_t input, const struct record *r,
    struct store_run *run, uint64_t hash, int64_t ord, bool *ret_new,
    struct error *err)
{
	struct store_live *live = NULL, *other = NULL;

	if (opid_is_set(&r->op) && store_live(s, &r->op, &live, err) < 0)
		return -EIO;
	if (opid_is_set(&r->other_op) &&
	    store_live(s, &r->other_op, &other, err) < 0)
		return -EIO;
	*ret_new = true;
	if (live == NULL || run == NULL ||
	    !pack_put(&live->pack, s->book, r, input))
		if (store__insert(s, input, r, run, hash, ord, ret_new, err) <
		    0)
			return -EIO;
	if (*ret_new && run != NULL &&
	    store_span_add(s, run, event_num(&r->ev, FIELD_SEQ, 0), r->time_ns,
		err) < 0)
		return -EIO;
	if (*ret_new && live != NULL)
		store__touch(s, live, r);
	if (*ret_new && other != NULL)
		store__touch(s, other, r);
	return 0;
}

/* Is the line that has this (run, seq) the same as r? */
static int
store__same(struct store *s, const struct record *r,
    const struct store_run *run, bool *ret, struct error *err)
{
	struct store_live *live;
	sqlite3_stmt *st;

	if (opid_is_set(&r->op)) {
		if (store_live(s, &r->op, &live, err) < 0 ||
		    store_live_has(s, live, r, ret, err) < 0)
			return -EIO;
		if (*ret)
			return 0;
	}
	st = store_stmt(s, STMT_SAME, err);
	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, run->id);
	sqlite3_bind_int64(st, 2, event_num(&r->ev, FIELD_SEQ, 0));
	sqlite3_bind_blob(st, 3, buf_str(&r->raw), (int)r->raw.len,
	    SQLITE_STATIC);
	*ret = sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int(st, 0) != 0;
	sqlite3_reset(st);
	return 0;
}

static void
store__count(struct store *s, const struct record *r)
{
	s->stats.records++;
	s->stats.text += r->kind == RECORD_TEXT || r->kind == RECORD_NOMSG;
	s->stats.bad += r->kind == RECORD_BAD;
	s->stats.torn += r->kind == RECORD_TORN;
	s->stats.foreign += r->kind == RECORD_FOREIGN;
	s->stats.gaps += (r->flags & (RECORD_WITHHELD | RECORD_CUT)) != 0;
}

/* What journald says that it dropped; once, since its notice is there once. */
static int
store__suppressed(struct store *s, const struct store_input *in,
    const struct record *r, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_SUPPRESSED, err);

	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, in->id);
	sqlite3_bind_int64(st, 2, r->time_ns);
	store_bind_text(st, 3, r->about);
	store_bind_known(st, 4, r->dropped);
	sqlite3_bind_text(st, 5, buf_str(&r->raw), (int)r->raw.len,
	    SQLITE_TRANSIENT);
	s->stats.gaps++;
	return store_run_stmt(s, st, err);
}

/*
 * Does the reading begin where the last one stopped?  What it gives until it
 * gets beyond that is known, and no duplicate.
 */
static bool
store__resumes(const struct store_input *in, const struct record *r)
{
	if (r->pos.safe_cursor != NULL)
		return in->cursor.len > 0 &&
		    strcmp(in->cursor.data, r->pos.safe_cursor) == 0;
	return in->resume_offset > 0 && file_id_is_set(&r->pos.file) &&
	    in->resume_offset == r->pos.safe_offset;
}

/* Is the transaction large or old enough to end? */
static bool
store__is_time(const struct store *s)
{
	if (s->rows >= STORE_TXN_ROWS || map_len(s->live) > STORE_LIVE_MAX)
		return true;
	return s->rows % STORE_TXN_LOOK == 0 &&
	    clock_mono_ns() - s->began_ns >= STORE_TXN_NS;
}

static int
store__has_op(struct store *s, const struct opid *id, bool *ret,
    struct error *err)
{
	struct store_live *live;

	if (!opid_is_set(id))
		return 0;
	if (store_live(s, id, &live, err) < 0)
		return -EIO;
	*ret = *ret || live->op->records > 0;
	return 0;
}

/*
 * Is it of an age of which all was pruned?  Then what is not here has gone,
 * and does not come back, unless it belongs to an operation that stayed.
 */
static int
store__is_pruned(struct store *s, const struct record *r, bool *ret,
    struct error *err)
{
	bool stayed = false;

	*ret = false;
	if (r->time_from == RECORD_TIME_NONE || r->time_ns >= s->pruned_ns)
		return 0;
	if (store__has_op(s, &r->op, &stayed, err) < 0 ||
	    store__has_op(s, &r->other_op, &stayed, err) < 0)
		return -EIO;
	*ret = !stayed;
	return 0;
}

/* Stores the line where it is not there yet. */
static int
store__take(struct store *s, struct store_input *in, const struct record *r,
    bool *ret_new, struct error *err)
{
	struct store_run *run;
	bool known = false, same = false, pruned;
	uint64_t hash = 0;
	int64_t ord = 0;

	if (store_find_run(s, r, &run, err) < 0)
		return -EIO;
	if (run != NULL &&
	    store_span_find(s, run, event_num(&r->ev, FIELD_SEQ, 0), &known,
		err) < 0)
		return -EIO;
	if (known && store__same(s, r, run, &same, err) < 0)
		return -EIO;
	*ret_new = false;
	if (same)
		return 0;
	/* Another line under a number that is taken: kept by hash. */
	if (known)
		run = NULL;
	if (run == NULL)
		store_identity(in, r, &hash, &ord);
	if (store__is_pruned(s, r, &pruned, err) < 0)
		return -EIO;
	if (pruned)
		return 0;
	return store_place(s, in->id, r, run, hash, ord, ret_new, err);
}

int
store_append(struct store *s, const struct record *r, struct error *err)
{
	struct store_input *in = &s->inputs[r->pos.source];
	bool fresh;

	if (store_begin(s, err) < 0 || store_turn_input(s, in, r, err) < 0 ||
	    store_mend_torn(s, in, r, err) < 0)
		return -EIO;
	if (in->opening)
		in->resuming = store__resumes(in, r);
	in->opening = false;
	store_enter_group(in, r);
	if (store__take(s, in, r, &fresh, err) < 0)
		return -EIO;
	if (fresh && (r->flags & RECORD_SUPPRESSED) != 0 &&
	    store__suppressed(s, in, r, err) < 0)
		return -EIO;
	in->resuming = in->resuming && !fresh;
	if (fresh)
		store__count(s, r);
	else if (!in->resuming)
		s->stats.duplicates++;
	if (store_is_timed(r)) {
		buf_reset(&in->anchor);
		buf_put(&in->anchor, buf_str(&r->raw), r->raw.len);
		in->anchored = true;
	}
	in->offset = r->pos.offset;
	in->lines = r->pos.lines;
	s->rows++;
	if (s->rows % STORE_SWEEP_ROWS == 0 && store_live_sweep(s, err) < 0)
		return -EIO;
	return store__is_time(s) && !r->pos.more ? store_commit_on(s, err) : 0;
}

int
store_gap(struct store *s, unsigned source, const char *reason,
    const char *detail, bool once, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_begin(s, err) < 0 ||
	    store_prepare(s,
		"INSERT INTO gap (reason, input, at_ns, detail) "
		"SELECT ?1, ?2, ?3, ?4 WHERE NOT ?5 OR NOT EXISTS (SELECT 1 "
		"FROM gap WHERE reason = ?1 AND input IS ?2 AND detail = ?4)",
		&st, err) < 0)
		return -EIO;
	store_bind_text(st, 1, reason);
	if (source < s->n_inputs && s->inputs[source].known)
		sqlite3_bind_int64(st, 2, s->inputs[source].id);
	sqlite3_bind_int64(st, 3, clock_real_ns());
	store_bind_text(st, 4, detail);
	sqlite3_bind_int(st, 5, once);
	rc = store_run_stmt(s, st, err);
	sqlite3_finalize(st);
	s->stats.gaps += rc == 0 && sqlite3_changes(s->db) > 0;
	return rc;
}
