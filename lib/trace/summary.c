/* SPDX-License-Identifier: ISC */
/*
 * The writer's side: what has changed is gathered in memory, one cell for each
 * row of `summary`, and written when the transaction is flushed.
 *
 * Counts and sums can be taken back; the largest cannot.  Where it may have
 * been taken off, it is looked for again among the operations of that hour.
 */
#include "trace/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "trace/store_int.h"

/* So many cells stay in memory from one transaction to the next. */
#define SUMMARY_CELLS_MAX 4096
#define SUMMARY_TABLE 1024 /* lists of cells */
/* Operations of one name nearly always have the same parts in turn. */
#define SUMMARY_PLACES 256

struct cell {
	uint64_t hash;
	struct summary_part key; /* its names are in `names` */
	char *names;
	struct hist total, change;
	int64_t gone_us, come_us; /* the largest of this transaction */
	bool loaded, dirty, unsure;
	struct cell *next;  /* in its list */
	struct cell *after; /* of those that are dirty */
};

struct summary {
	struct cell *table[SUMMARY_TABLE];
	struct cell *places[SUMMARY_PLACES]; /* of the last part there */
	size_t n;
	struct cell *dirty;
	uint64_t seed;
	struct buf bytes;
};

struct summary *
summary_new(void)
{
	struct summary *sum = xcalloc(1, sizeof(*sum));

	sum->seed = hash_seed();
	return sum;
}

/* ---- cells ------------------------------------------------------------- */

static void
summary__forget(struct summary *sum)
{
	struct cell *c;

	for (size_t i = 0; i < SUMMARY_TABLE; i++) {
		while ((c = sum->table[i]) != NULL) {
			sum->table[i] = c->next;
			hist_done(&c->total);
			hist_done(&c->change);
			free(c->names);
			free(c);
		}
	}
	memset(sum->places, 0, sizeof(sum->places));
	sum->n = 0;
	sum->dirty = NULL;
}

struct summary *
summary_free(struct summary *sum)
{
	if (sum == NULL)
		return NULL;
	summary__forget(sum);
	buf_done(&sum->bytes);
	free(sum);
	return NULL;
}

/* Many of them are empty. */
static bool
summary__is_name(const char *a, const char *b)
{
	return *a == *b && (*a == '\0' || strcmp(a, b) == 0);
}

static bool
summary__is(const struct cell *c, const struct summary_part *p)
{
	return c->key.kind == p->kind && c->key.hour == p->hour &&
	    summary__is_name(c->key.name, p->name) &&
	    summary__is_name(c->key.method, p->method) &&
	    summary__is_name(c->key.operation, p->operation);
}

static struct cell *
summary__new_cell(struct summary *sum, const struct summary_part *p,
    uint64_t hash)
{
	struct cell *c = xcalloc(1, sizeof(*c));
	size_t operation = strlen(p->operation) + 1, name = strlen(p->name) + 1,
	       method = strlen(p->method) + 1;

	c->hash = hash;
	c->key = *p;
	c->names = xmalloc(operation + name + method);
	c->key.operation = memcpy(c->names, p->operation, operation);
	c->key.name = memcpy(c->names + operation, p->name, name);
	c->key.method = memcpy(c->names + operation + name, p->method, method);
	c->next = sum->table[hash % SUMMARY_TABLE];
	sum->table[hash % SUMMARY_TABLE] = c;
	sum->n++;
	return c;
}

static struct cell *
summary__find(struct summary *sum, const struct summary_part *p)
{
	uint64_t hash = sum->seed + (uint64_t)p->hour * HASH_A + p->kind;
	struct cell *c;

	hash = hash_bytes(hash, p->operation, strlen(p->operation));
	hash = hash_bytes(hash, p->name, strlen(p->name));
	hash = hash_bytes(hash, p->method, strlen(p->method));
	for (c = sum->table[hash % SUMMARY_TABLE]; c != NULL; c = c->next)
		if (c->hash == hash && summary__is(c, p))
			return c;
	return summary__new_cell(sum, p, hash);
}

static struct cell *
summary__cell(struct summary *sum, const struct summary_part *p)
{
	/* The end of its name tells operations apart well enough. */
	size_t len = strlen(p->operation);
	unsigned place = len > 0 ? (unsigned char)p->operation[len - 1] : 0;
	struct cell **last, *c;

	last = &sum->places[(place * 16 + p->place) % SUMMARY_PLACES];
	c = *last;
	if (c == NULL || !summary__is(c, p))
		c = *last = summary__find(sum, p);
	if (!c->dirty) {
		c->dirty = true;
		c->unsure = false;
		c->gone_us = c->come_us = -1;
		c->after = sum->dirty;
		sum->dirty = c;
	}
	return c;
}

static void
summary__add(void *arg, const struct summary_part *p)
{
	struct cell *c = summary__cell(arg, p);

	hist_add(&c->change, p->us, p->failed, 1);
	if (p->us > c->come_us)
		c->come_us = p->us;
}

static void
summary__take(void *arg, const struct summary_part *p)
{
	struct cell *c = summary__cell(arg, p);

	hist_add(&c->change, p->us, p->failed, -1);
	if (p->us > c->gone_us)
		c->gone_us = p->us;
	/* It may be one that this transaction has added. */
	if (p->us == c->come_us)
		c->unsure = true;
}

bool
summary_add_op(struct summary *sum, const struct op *op)
{
	return summary_of_op(op, summary__add, sum);
}

int
summary_take_row(struct store *s, int64_t row, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OP_PARTS, err);

	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, row);
	if (sqlite3_step(st) != SQLITE_ROW)
		return store_fail(s, err, "reading an operation");
	summary_of_row(st, summary__take, s->summary);
	sqlite3_reset(st);
	return 0;
}

/* ---- the largest ------------------------------------------------------- */

struct largest {
	const struct cell *cell;
	int64_t us;
};

static void
summary__largest(void *arg, const struct summary_part *p)
{
	struct largest *l = arg;

	if (p->us > l->us && summary__is(l->cell, p))
		l->us = p->us;
}

/*
 * Looks through the operations of the cell's hour.  Where those that had the
 * largest are gone (pruned), the end of its bucket stands for it.
 */
static int
summary__find_largest(struct store *s, struct cell *c, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OP_HOUR, err);
	struct largest l = { c, 0 };
	int64_t from;
	int rc;

	if (st == NULL)
		return -EIO;
	if (__builtin_mul_overflow(c->key.hour, SUMMARY_HOUR_NS, &from))
		from = INT64_MIN;
	sqlite3_bind_int64(st, 1, from);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		summary_of_row(st, summary__largest, &l);
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "reading an hour's operations");
	sqlite3_reset(st);
	hist_find_max(&c->total, l.us > HIST_US_MAX ? HIST_US_MAX : l.us);
	return 0;
}

/* ---- writing ----------------------------------------------------------- */

static void
summary__bind_key(sqlite3_stmt *st, const struct cell *c)
{
	sqlite3_bind_int(st, 1, (int)c->key.kind);
	sqlite3_bind_int64(st, 2, c->key.hour);
	store_bind_text(st, 3, c->key.operation);
	store_bind_text(st, 4, c->key.name);
	store_bind_text(st, 5, c->key.method);
}

/* What the index has of it. */
static int
summary__load(struct store *s, struct cell *c, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_SUMMARY_GET, err);
	int rc;

	if (st == NULL)
		return -EIO;
	c->loaded = true;
	summary__bind_key(st, c);
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return store_fail(s, err, "reading a summary");
	if (rc == SQLITE_ROW) {
		c->total.n = sqlite3_column_int64(st, 0);
		c->total.failed = sqlite3_column_int64(st, 1);
		c->total.sum_us = (uint64_t)sqlite3_column_int64(st, 2);
		c->total.max_us = sqlite3_column_int64(st, 3);
		if (!hist_decode(&c->total, sqlite3_column_blob(st, 4),
			(size_t)sqlite3_column_bytes(st, 4)))
			return error_set(err, -EILSEQ,
			    "%s: a summary is damaged; move it aside and "
			    "index again",
			    s->path);
	}
	sqlite3_reset(st);
	return 0;
}

static int
summary__put(struct store *s, struct cell *c, struct error *err)
{
	struct summary *sum = s->summary;
	sqlite3_stmt *st = store_stmt(s,
	    c->total.n > 0 ? STMT_SUMMARY_PUT : STMT_SUMMARY_DEL, err);

	if (st == NULL)
		return -EIO;
	summary__bind_key(st, c);
	if (c->total.n <= 0) {
		hist_reset(&c->total);
		return store_run_stmt(s, st, err);
	}
	buf_reset(&sum->bytes);
	hist_encode(&c->total, &sum->bytes);
	sqlite3_bind_int64(st, 6, c->total.n);
	sqlite3_bind_int64(st, 7, c->total.failed);
	sqlite3_bind_int64(st, 8, (int64_t)c->total.sum_us);
	sqlite3_bind_int64(st, 9, c->total.max_us);
	sqlite3_bind_blob(st, 10, buf_str(&sum->bytes), (int)sum->bytes.len,
	    SQLITE_STATIC);
	return store_run_stmt(s, st, err);
}

static int
summary__write(struct store *s, struct cell *c, struct error *err)
{
	int64_t was;

	if (!c->loaded && summary__load(s, c, err) < 0)
		return -EIO;
	was = c->total.max_us;
	hist_merge(&c->total, &c->change);
	hist_reset(&c->change);
	if (c->total.n > 0 && c->gone_us >= 0 &&
	    (c->unsure || (c->gone_us >= was && c->come_us < c->gone_us)) &&
	    summary__find_largest(s, c, err) < 0)
		return -EIO;
	c->dirty = false;
	return summary__put(s, c, err);
}

int
summary_flush(struct store *s, struct error *err)
{
	struct summary *sum = s->summary;
	struct cell *c;

	while ((c = sum->dirty) != NULL) {
		if (summary__write(s, c, err) < 0)
			return -EIO;
		sum->dirty = c->after;
	}
	if (sum->n > SUMMARY_CELLS_MAX)
		summary__forget(sum);
	return 0;
}

int
summary_build(struct store *s, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s, "SELECT " SUMMARY_COLUMNS "FROM op", &st, err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		summary_of_row(st, summary__add, s->summary);
	if (rc != SQLITE_DONE)
		store_fail(s, err, "reading the operations");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? summary_flush(s, err) : -EIO;
}
