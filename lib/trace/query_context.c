/* SPDX-License-Identifier: ISC */
/* What else was logged while an operation ran, and by which version. */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/query.h"
#include "trace/query_int.h"
#include "trace/store_int.h"

/* Columns as in STMT_OP_LINES. */
static const char around_sql[] =
    "SELECT raw, kind, flags, time_ns, time_from, unit, boot, real_ns, "
    "mono_ns, pid, priority FROM record WHERE time_ns BETWEEN ?1 AND ?2 AND "
    "op_id IS NULL AND other_op IS NULL ORDER BY time_ns, id";

int
query_around(struct store *s, int64_t from_ns, int64_t to_ns, query_line_fn *fn,
    void *arg, struct error *err)
{
	sqlite3_stmt *st;

	if (store_prepare(s, around_sql, &st, err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, from_ns);
	sqlite3_bind_int64(st, 2, to_ns);
	return query_lines_run(s, st, fn, arg, err);
}

/* ---- versions ----------------------------------------------------------- */

static const char daemons_sql[] =
    "SELECT r.raw, r.kind, r.flags, r.time_ns, r.time_from, r.unit, r.boot, "
    "r.real_ns, r.mono_ns, r.pid, r.priority FROM run u JOIN record r "
    "ON r.run = u.id AND r.time_ns = u.start_ns WHERE r.kind = 'event' AND "
    "r.msg = 'daemon started' ORDER BY u.start_ns DESC";

/* The newest version, and the one before it, while they are looked for. */
struct versions {
	char *names[2];
	int64_t since_ns[2];
	size_t n;
	bool third; /* what is older does not count */
};

static void
versions__done(struct versions *v)
{
	free(v->names[0]);
	free(v->names[1]);
}

static void
versions__start(void *arg, const struct record *r)
{
	struct versions *v = arg;
	const char *name = event_str(&r->ev, FIELD_VERSION);

	if (name == NULL || v->third)
		return;
	if (v->n == 0 || strcmp(v->names[v->n - 1], name) != 0) {
		v->third = v->n == ARRAY_LEN(v->names);
		if (v->third)
			return;
		v->names[v->n++] = xstrdup(name);
	}
	v->since_ns[v->n - 1] = r->time_ns;
}

int
query_versions(struct store *s, int64_t *ret_since_ns, int64_t *ret_before_ns,
    struct error *err)
{
	_cleanup_(versions__done) struct versions v = { 0 };
	sqlite3_stmt *st;

	if (store_prepare(s, daemons_sql, &st, err) < 0 ||
	    query_lines_run(s, st, versions__start, &v, err) < 0)
		return -EIO;
	if (v.n < 2)
		return error_set(err, -ENODATA,
		    "%s has no start of bangerd of another version than the "
		    "newest",
		    store_path(s));
	*ret_since_ns = v.since_ns[0];
	*ret_before_ns = v.since_ns[1];
	return 0;
}
