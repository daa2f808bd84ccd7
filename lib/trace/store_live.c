/* SPDX-License-Identifier: ISC */
/* Operations whose lines are coming: in memory, written at each commit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "trace/store_bulk.h"
#include "trace/store_int.h"

/* Of so many it is known whether they are in the index (16 MiB). */
#define STORE_STORED_MAX (1 << 20)

static void
store__live_free(void *p)
{
	struct store_live *live = p;

	pack_done(&live->pack);
	op_free(live->op);
	free(live->known);
	free(live);
}

void
store_live_init(struct store *s)
{
	s->live = map_new(store__live_free);
	s->stored.max = STORE_STORED_MAX;
	s->seed = hash_seed();
}

void
store_live_done(struct store *s)
{
	struct store_live *live;

	map_free(s->live);
	hashset_done(&s->stored);
	free(s->dirty);
	while ((live = s->spare) != NULL) {
		s->spare = live->next;
		store__live_free(live);
	}
}

/* One for that operation, of a spare one where there is any. */
static struct store_live *
store__live_new(struct store *s, const struct opid *id)
{
	uint64_t hash = hash_bytes(s->seed, id->text, strlen(id->text));
	struct store_live *live = s->spare;

	hashset_expect(&s->stored, hash);
	if (live == NULL) {
		live = xcalloc(1, sizeof(*live));
		live->op = op_new(id);
	} else {
		s->spare = live->next;
		pack_reset(&live->pack);
		op_reset(live->op, id);
		memset((char *)live + STORE_LIVE_KEPT, 0,
		    sizeof(*live) - STORE_LIVE_KEPT);
	}
	live->id = *id;
	live->hash = hash;
	map_put(s->live, id->text, live);
	return live;
}

void
store_live_spare(struct store *s, struct store_live *live)
{
	live->next = s->spare;
	s->spare = live;
}

/* ---- one of them ------------------------------------------------------- */

static void
store__live_add(void *arg, const struct record *r)
{
	struct store_live *live = arg;

	op_add(live->op, r);
	live->time_ns = r->time_ns;
	live->seq = event_num(&r->ev, FIELD_SEQ, -1);
}

/* Brings the pack's memory to its end, so that it takes more lines. */
static int
store__live_rewind(struct store *s, struct store_live *live, struct error *err)
{
	_cleanup_record_ struct record r;
	int64_t input;
	int rc;

	record_init(&r);
	while ((rc = pack_next(&live->pack, s->book, &r, &input)) == 1)
		continue;
	return rc < 0 ? store_damaged(s, live->id.text, err) : 0;
}

/* Puts together anew what an operation's lines say. */
int
store_live_rebuild(struct store *s, struct store_live *live, struct error *err)
{
	op_reset(live->op, &live->id);
	live->rebuild = false;
	return store_walk(s, live->id.text, live->pack.bytes.data,
	    live->pack.bytes.len, store__live_add, live, err);
}

/* An index that was empty has no operations but those that left memory. */
static bool
store__live_is_new(const struct store *s, const struct store_live *live)
{
	return s->old_rows == 0 && !hashset_may_have(&s->stored, live->hash);
}

/* Takes the operation from the index, when it is there. */
static int
store__live_load(struct store *s, struct store_live *live, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	/* To look for one takes the index. */
	if (store_end_bulk(s, err) < 0)
		return -EIO;
	st = store_stmt(s, STMT_OP_PACK, err);
	if (st == NULL)
		return -EIO;
	store_bind_text(st, 1, live->id.text);
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_fail(s, err, "looking for an operation");
	if (rc == SQLITE_DONE) {
		sqlite3_reset(st);
		return 0;
	}
	live->row = sqlite3_column_int64(st, 0);
	pack_load(&live->pack, sqlite3_column_blob(st, 1),
	    (size_t)sqlite3_column_bytes(st, 1));
	live->counted = sqlite3_column_int(st, 2) != 0;
	sqlite3_reset(st);
	return store__live_rewind(s, live, err) < 0
	    ? -EIO
	    : store_live_rebuild(s, live, err);
}

int
store_live(struct store *s, const struct opid *id, struct store_live **ret,
    struct error *err)
{
	struct store_live *live = map_find(s->live, id->text);

	if (live == NULL) {
		live = store__live_new(s, id);
		if (!store__live_is_new(s, live) &&
		    store__live_load(s, live, err) < 0)
			return -EIO;
	}
	*ret = live;
	return 0;
}

void
store_live_dirty(struct store *s, struct store_live *live)
{
	live->sweep = s->sweep;
	if (live->dirty)
		return;
	live->dirty = true;
	if (s->n_dirty == s->cap_dirty) {
		s->cap_dirty = s->cap_dirty == 0 ? 64 : 2 * s->cap_dirty;
		s->dirty = xreallocarray(s->dirty, s->cap_dirty,
		    sizeof(struct store_live *));
	}
	s->dirty[s->n_dirty++] = live;
}

void
store_live_touch(struct store *s, struct store_live *live,
    const struct record *r)
{
	int64_t seq = event_num(&r->ev, FIELD_SEQ, -1);

	store_live_dirty(s, live);
	/* Lines count in the order in which they would be read back. */
	if (live->op->records > 0 &&
	    (r->time_ns < live->time_ns ||
		(r->time_ns == live->time_ns && seq < live->seq)))
		live->rebuild = true;
	store__live_add(live, r);
}

/* ---- is a line there already? ------------------------------------------ */

static uint64_t
store__line_hash(const struct record *r)
{
	uint64_t h = hash_bytes(1, record_run(r), strlen(record_run(r)));

	h = hash_bytes(h, r->raw.data, r->raw.len);
	return h;
}

/* Notes the hashes of all that is packed. */
static int
store__live_index(struct store *s, struct store_live *live, struct error *err)
{
	_cleanup_(pack_done) struct pack p = PACK_INIT;
	_cleanup_record_ struct record r;
	int64_t input;
	int rc;

	record_init(&r);
	live->n_known = 0;
	live->known = xreallocarray(live->known, live->pack.lines,
	    sizeof(*live->known));
	pack_load(&p, live->pack.bytes.data, live->pack.bytes.len);
	while ((rc = pack_next(&p, s->book, &r, &input)) == 1)
		live->known[live->n_known++] = store__line_hash(&r);
	return rc < 0 ? store_damaged(s, live->id.text, err) : 0;
}

int
store_live_has(struct store *s, struct store_live *live, const struct record *r,
    bool *ret, struct error *err)
{
	uint64_t hash = store__line_hash(r);

	*ret = false;
	if (live->n_known != live->pack.lines &&
	    store__live_index(s, live, err) < 0)
		return -EIO;
	for (size_t i = 0; i < live->n_known && !*ret; i++)
		*ret = live->known[i] == hash;
	return 0;
}

/* ---- writing, and letting go ------------------------------------------- */

static bool
store__live_is_over(const struct store *s, const struct store_live *live)
{
	return live->sweep != s->sweep && !op_in_flight(live->op);
}

void
store_live_drop(struct store *s, struct store_live *live)
{
	if (s->old_rows == 0)
		hashset_add(&s->stored, live->hash);
	map_take(s->live, live->id.text);
}

int
store_live_sweep(struct store *s, struct error *err)
{
	struct store_live **over = xcalloc(s->n_dirty + 1,
	    sizeof(struct store_live *));
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < s->n_dirty; i++) {
		struct store_live *live = s->dirty[i];

		if (live->sweep != s->sweep && !live->rebuild &&
		    op_has_ended(live->op))
			over[n++] = live;
		else
			s->dirty[kept++] = live;
	}
	s->n_dirty = kept;
	s->sweep++;
	return store_rows_put_over(s, over, n, err);
}

int
store_live_flush(struct store *s, struct error *err)
{
	_cleanup_free_ struct store_live **gone = xcalloc(map_len(s->live) + 1,
	    sizeof(struct store_live *));
	bool all = map_len(s->live) > STORE_LIVE_MAX;
	struct store_live *live;
	size_t pos = 0, n = 0;

	if (store_rows_put(s, s->dirty, s->n_dirty, err) < 0)
		return -EIO;
	s->n_dirty = 0;
	while ((live = map_next(s->live, &pos, NULL)) != NULL) {
		live->dirty = false;
		if (all || store__live_is_over(s, live))
			gone[n++] = live;
	}
	s->sweep++;
	for (size_t i = 0; i < n; i++) {
		store_live_drop(s, gone[i]);
		store_live_spare(s, gone[i]);
	}
	return 0;
}
