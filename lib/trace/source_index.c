/* SPDX-License-Identifier: ISC */
/*
 * An index as a source: the lines of its newest operations, and of those under
 * way, by time; following, those that come to it.  What changed is asked when
 * another process has committed: the operations with new rows, and of those
 * that were under way or ended lately how many lines they have now.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/hashset.h"
#include "base/map.h"
#include "base/mem.h"
#include "trace/gather.h"
#include "trace/parse.h"
#include "trace/query.h"
#include "trace/query_changes.h"
#include "trace/source.h"

#define INDEX_ASK_NS (NSEC_PER_SEC / 20)
/* Lines that come later than this after an operation's end are not seen. */
#define INDEX_LINGER_NS (60 * NSEC_PER_SEC)

/* An operation that may get more lines. */
struct index_op {
	struct hashset given;
	uint64_t records;
	bool running;
	int64_t changed_ns; /* monotonic */
};

struct source_index {
	struct source head;
	char *path;
	unsigned flags;
	size_t limit;
	struct store *store;
	struct map *ops;
	int64_t row, version;
	int64_t ask_ns; /* monotonic: when to ask next */
	bool read;      /* what was there at first has been read */
	struct gather lines;
	size_t at;
	struct parser *parser;
	struct source_stats stats;
	/* For the lines of one operation. */
	struct index_op *taking;
};

static void
source_index__free_op(void *arg)
{
	struct index_op *op = arg;

	hashset_done(&op->given);
	free(op);
}

/* ---- what there is --------------------------------------------------------
 */

static void
source_index__line(void *arg, const struct record *r)
{
	struct source_index *x = arg;
	uint64_t hash = hash_bytes(0, r->raw.data, r->raw.len) | 1;

	if (hashset_may_have(&x->taking->given, hash))
		return;
	hashset_add(&x->taking->given, hash);
	gather_take(&x->lines, r);
}

/* The lines that it has now and had not before. */
static int
source_index__take(struct source_index *x, const char *op_id, uint64_t records,
    bool running, struct error *err)
{
	struct index_op *op = map_find(x->ops, op_id);

	if (op == NULL) {
		op = xcalloc(1, sizeof(*op));
		map_put(x->ops, op_id, op);
	} else if (op->records == records && op->running == running) {
		return 0;
	}
	op->records = records;
	op->running = running;
	op->changed_ns = clock_mono_ns();
	x->taking = op;
	return query_lines(x->store, op_id, source_index__line, x, err);
}

static int
source_index__change(void *arg, const struct query_change *c, struct error *err)
{
	struct source_index *x = arg;

	x->row = c->row > x->row ? c->row : x->row;
	return source_index__take(x, c->op_id, c->records, c->running, err);
}

static int
source_index__first(struct source_index *x, struct error *err)
{
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	const struct query_row *row;

	if (query_newest_row(x->store, &x->row, err) < 0 ||
	    query_ops(x->store, x->limit, false, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++) {
		row = &rows.rows[i];
		if (source_index__take(x, row->op_id, row->records,
			strcmp(row->status, "running") == 0, err) < 0)
			return -1;
	}
	return query_running(x->store, source_index__change, x, err);
}

/* Those that are over and have been silent for long are let go. */
static int
source_index__again(struct source_index *x, struct error *err)
{
	int64_t now = clock_mono_ns();
	_cleanup_free_ char **ids = xcalloc(map_len(x->ops) + 1, sizeof(*ids));
	struct index_op *op;
	const char *id;
	size_t pos = 0, n = 0;
	int r = 0;

	while ((op = map_next(x->ops, &pos, &id)) != NULL)
		ids[n++] = xstrdup(id);
	for (size_t i = 0; i < n; i++) {
		op = map_find(x->ops, ids[i]);
		if (!op->running && now - op->changed_ns > INDEX_LINGER_NS)
			source_index__free_op(map_take(x->ops, ids[i]));
		else if (r >= 0)
			r = query_one(x->store, ids[i], source_index__change, x,
			    err);
		free(ids[i]);
	}
	return r < 0
	    ? r
	    : query_since(x->store, x->row, source_index__change, x, err);
}

/* Gathers what is new; false: nothing is, or LOST where err says so. */
static enum source_status
source_index__ask(struct source_index *x, struct error *err)
{
	int64_t version;
	int r;

	x->ask_ns = clock_mono_ns() + INDEX_ASK_NS;
	if (query_version(x->store, &version, err) < 0)
		return SOURCE_LOST;
	if (x->read && version == x->version)
		return SOURCE_WAIT;
	x->version = version;
	gather_reset(&x->lines);
	x->at = 0;
	r = x->read ? source_index__again(x, err) : source_index__first(x, err);
	x->read = true;
	gather_sort(&x->lines);
	return r < 0 ? SOURCE_LOST : x->lines.n > 0 ? SOURCE_MORE : SOURCE_WAIT;
}

/* ---- as a source ----------------------------------------------------------
 */

static enum source_status
source_index__next(struct source *s, struct record *r, struct error *err)
{
	struct source_index *x = (struct source_index *)s;
	enum source_status st;

	while (!parser_next(x->parser, r)) {
		if (x->at < x->lines.n) {
			parser_feed(x->parser, gather_text(&x->lines, x->at),
			    x->lines.lines[x->at].len, true);
			x->stats.lines++;
			x->stats.bytes += x->lines.lines[x->at++].len;
			continue;
		}
		if (x->read && (x->flags & SOURCE_FOLLOW) == 0)
			return SOURCE_END;
		if (x->read && clock_mono_ns() < x->ask_ns)
			return SOURCE_WAIT;
		st = source_index__ask(x, err);
		if (st == SOURCE_LOST ||
		    (st == SOURCE_WAIT && (x->flags & SOURCE_FOLLOW) != 0))
			return st;
	}
	return SOURCE_MORE;
}

static int
source_index__fd(const struct source *s)
{
	(void)s;
	return -1;
}

static int64_t
source_index__timeout(const struct source *s)
{
	const struct source_index *x = (const struct source_index *)s;
	int64_t left = x->ask_ns - clock_mono_ns();

	if ((x->flags & SOURCE_FOLLOW) == 0)
		return -1;
	return left > 0 ? left : 0;
}

static void
source_index__stats(const struct source *s, struct source_stats *ret)
{
	*ret = ((const struct source_index *)s)->stats;
}

static const char *
source_index__name(const struct source *s, unsigned source)
{
	(void)source;
	return ((const struct source_index *)s)->path;
}

/* What is in an index was ours when it was read. */
static void
source_index__units(struct source *s, const char *const *units)
{
	(void)s;
	(void)units;
}

static void
source_index__close(struct source *s)
{
	struct source_index *x = (struct source_index *)s;

	store_free(x->store);
	map_free(x->ops);
	gather_done(&x->lines);
	parser_free(x->parser);
	free(x->path);
	free(x);
}

static const struct source_ops source_index_ops = {
	.next = source_index__next,
	.fd = source_index__fd,
	.timeout = source_index__timeout,
	.stats = source_index__stats,
	.name = source_index__name,
	.units = source_index__units,
	.close = source_index__close,
};

int
source_open_index(const char *path, size_t limit, unsigned flags,
    struct source **ret, struct error *err)
{
	struct store *store;
	struct source_index *x;
	int r = store_open_read(path, &store, err);

	if (r < 0)
		return r;
	x = xcalloc(1, sizeof(*x));
	x->head.ops = &source_index_ops;
	x->path = xstrdup(path);
	x->flags = flags;
	x->limit = limit;
	x->store = store;
	x->ops = map_new(source_index__free_op);
	x->parser = parser_new();
	*ret = &x->head;
	return 0;
}
