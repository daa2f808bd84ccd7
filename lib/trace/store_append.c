/* SPDX-License-Identifier: ISC */
/* Records to rows: who a line is, and that it is there once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/store_int.h"

/* Rows of one transaction; it also ends when the caller says so. */
#define STORE_TXN_ROWS 5000

/* FNV-1a, chained over several pieces. */
static uint64_t
store__hash(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

/*
 * The identity of a line without (run, seq): its text and its own time, else
 * the journal's stamps, else the line before it that had a time; and how many
 * equal ones this input had with the same of these.
 */
static void
store__identity(struct store_input *in, const struct record *r,
    uint64_t *ret_hash, int64_t *ret_ord)
{
	uint64_t group = STORE_HASH_START, hash;
	uintptr_t count;
	char key[20];

	if (r->time_from == RECORD_TIME_OWN) {
		group = store__hash(group, &r->time_ns, sizeof(r->time_ns));
	} else if (r->real_ns >= 0) {
		group = store__hash(group, &r->real_ns, sizeof(r->real_ns));
		group = store__hash(group, &r->mono_ns, sizeof(r->mono_ns));
		group = store__hash(group, r->boot, strlen(r->boot) + 1);
		group = store__hash(group, r->unit, strlen(r->unit) + 1);
	} else {
		group = in->anchor;
	}
	hash = store__hash(group, buf_str(&r->raw), r->raw.len);
	if (group != in->group) {
		map_free(in->counts);
		in->counts = map_new(NULL);
		in->group = group;
	}
	snprintf(key, sizeof(key), "%016llx", (unsigned long long)hash);
	count = (uintptr_t)map_find(in->counts, key);
	map_put(in->counts, key, (void *)(count + 1));
	*ret_hash = hash;
	*ret_ord = (int64_t)count;
}

/* Binds everything but the identity. */
static void
store__bind(sqlite3_stmt *st, const struct store_input *in,
    const struct record *r)
{
	bool json = r->kind == RECORD_EVENT || r->kind == RECORD_OTHER;

	if (opid_is_set(&r->op))
		store_bind_text(st, 5, r->op.text);
	if (r->time_from != RECORD_TIME_NONE)
		sqlite3_bind_int64(st, 6, r->time_ns);
	sqlite3_bind_int(st, 7, (int)r->time_from);
	store_bind_text(st, 8, record_kind_name(r->kind));
	sqlite3_bind_int(st, 9, (int)r->flags);
	if (json && r->ev.has_level)
		sqlite3_bind_int(st, 10, r->ev.level);
	if (json)
		store_bind_text(st, 11, r->ev.msg);
	store_bind_text(st, 12, r->unit[0] != '\0' ? r->unit : NULL);
	store_bind_text(st, 13, r->boot[0] != '\0' ? r->boot : NULL);
	store_bind_known(st, 14, r->real_ns);
	store_bind_known(st, 15, r->mono_ns);
	store_bind_known(st, 16, r->pid);
	store_bind_known(st, 17, r->priority);
	sqlite3_bind_int64(st, 18, in->id);
	sqlite3_bind_int64(st, 19, (int64_t)r->pos.offset);
	sqlite3_bind_blob(st, 20, buf_str(&r->raw), (int)r->raw.len,
	    SQLITE_TRANSIENT);
}

/* Inserts the row; *ret_new is false when the identity is there already. */
static int
store__insert(struct store *s, const struct store_input *in,
    const struct record *r, const struct store_run *run, uint64_t hash,
    int64_t ord, bool *ret_new, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_RECORD, err);

	if (st == NULL)
		return -EIO;
	store__bind(st, in, r);
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

/* Is the line that has this (run, seq) the same as r? */
static int
store__same(struct store *s, const struct record *r,
    const struct store_run *run, bool *ret, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_SAME, err);

	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, run->id);
	sqlite3_bind_int64(st, 2, event_num(&r->ev, FIELD_SEQ, 0));
	sqlite3_bind_blob(st, 3, buf_str(&r->raw), (int)r->raw.len,
	    SQLITE_TRANSIENT);
	*ret = sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int(st, 0) != 0;
	sqlite3_reset(st);
	return 0;
}

static void
store__count(struct store *s, const struct record *r)
{
	s->stats.records++;
	s->stats.text += r->kind == RECORD_TEXT;
	s->stats.bad += r->kind == RECORD_BAD;
	s->stats.torn += r->kind == RECORD_TORN;
	s->stats.foreign += r->kind == RECORD_FOREIGN;
	s->stats.gaps += (r->flags & (RECORD_WITHHELD | RECORD_CUT)) != 0;
	if (opid_is_set(&r->op)) {
		map_put(s->touched, r->op.text, STORE_PRESENT);
		map_put(s->seen, r->op.text, STORE_PRESENT);
	}
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

int
store_append(struct store *s, const struct record *r, struct error *err)
{
	struct store_input *in = &s->inputs[r->pos.source];
	struct store_run *run;
	uint64_t hash = 0;
	int64_t ord = 0;
	bool fresh, same = false;

	if (store_begin(s, err) < 0 || store_mend_torn(s, in, r, err) < 0 ||
	    store_find_run(s, r, &run, err) < 0)
		return -EIO;
	if (run == NULL)
		store__identity(in, r, &hash, &ord);
	if (store__insert(s, in, r, run, hash, ord, &fresh, err) < 0)
		return -EIO;
	if (!fresh && run != NULL) {
		if (store__same(s, r, run, &same, err) < 0)
			return -EIO;
		/* Another line under a number that is taken: kept by hash. */
		if (!same) {
			store__identity(in, r, &hash, &ord);
			if (store__insert(s, in, r, NULL, hash, ord, &fresh,
				err) < 0)
				return -EIO;
		}
	}
	if (fresh && (r->flags & RECORD_SUPPRESSED) != 0 &&
	    store__suppressed(s, in, r, err) < 0)
		return -EIO;
	if (fresh)
		store__count(s, r);
	else
		s->stats.duplicates++;
	if (r->time_from == RECORD_TIME_OWN || r->real_ns >= 0)
		in->anchor = store__hash(STORE_HASH_START, buf_str(&r->raw),
		    r->raw.len);
	in->offset = r->pos.offset;
	in->lines = r->pos.lines;
	return ++s->rows >= STORE_TXN_ROWS ? store_commit(s, err) : 0;
}

int
store_gap(struct store *s, unsigned source, const char *reason,
    const char *detail, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_begin(s, err) < 0 ||
	    store_prepare(s,
		"INSERT INTO gap (reason, input, at_ns, detail) VALUES "
		"(?1, ?2, ?3, ?4)",
		&st, err) < 0)
		return -EIO;
	store_bind_text(st, 1, reason);
	if (source < s->n_inputs && s->inputs[source].known)
		sqlite3_bind_int64(st, 2, s->inputs[source].id);
	sqlite3_bind_int64(st, 3, clock_real_ns());
	store_bind_text(st, 4, detail);
	rc = store_run_stmt(s, st, err);
	sqlite3_finalize(st);
	s->stats.gaps += rc == 0;
	return rc;
}
