/* SPDX-License-Identifier: ISC */
/* Lines by a pattern.  One operation is in memory at a time. */
#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "trace/filter_int.h"
#include "trace/query_int.h"
#include "trace/store_int.h"

struct grep {
	struct regex *re;
	struct query_hit hit;
	query_hit_fn *fn;
	void *arg;
	bool enough;
};

/* A value of the line, decoded, where its text was written otherwise. */
static bool
grep__values(struct grep *g, const struct record *r, struct regex_hit *at)
{
	for (size_t i = 0; i < r->line.n; i++) {
		const struct line_attr *a = &r->line.attrs[i];

		/* Two quotes more: it stands there as it is. */
		if (a->type != LINE_STRING || a->span == a->text_len + 2)
			continue;
		if (regex_find(g->re, a->text, a->text_len, 0, at) == 1) {
			g->hit.key = a->key;
			at->start = at->end = 0;
			return true;
		}
	}
	return false;
}

static void
grep__line(void *arg, const struct record *r)
{
	struct grep *g = arg;
	struct regex_hit at = { 0 };

	if (g->enough)
		return;
	g->hit.key = NULL;
	if (regex_find(g->re, buf_str(&r->raw), r->raw.len, 0, &at) != 1 &&
	    (memchr(buf_str(&r->raw), '\\', r->raw.len) == NULL ||
		!grep__values(g, r, &at)))
		return;
	g->hit.r = r;
	g->hit.start = at.start;
	g->hit.end = at.end;
	g->enough = !g->fn(g->arg, &g->hit);
}

/* ---- the operations ----------------------------------------------------- */

static int
grep__ops(struct store *s, struct grep *g, const struct query_want *want,
    struct error *err)
{
	_cleanup_(query_filter_done) struct query_filter find =
	    QUERY_FILTER_INIT(want->filter);
	sqlite3_stmt *st;
	int rc, step = SQLITE_DONE;

	rc = query_find_prepare(s, "op_id, operation, vm_name, lines FROM op ",
	    NULL, QUERY_OLDEST, want, &find, &st, err);
	while (
	    rc == 0 && !g->enough && (step = sqlite3_step(st)) == SQLITE_ROW) {
		g->hit.op_id = (const char *)sqlite3_column_text(st, 0);
		g->hit.operation = (const char *)sqlite3_column_text(st, 1);
		g->hit.vm = (const char *)sqlite3_column_text(st, 2);
		rc = store_walk(s, g->hit.op_id, sqlite3_column_blob(st, 3),
		    (size_t)sqlite3_column_bytes(st, 3), grep__line, g, err);
	}
	if (rc == 0 && !g->enough && step != SQLITE_DONE)
		rc = query_find_failed(s, &find, err);
	sqlite3_finalize(st);
	return rc;
}

/* Columns as in STMT_OP_LINES. */
static const char grep_rest_sql[] =
    "SELECT raw, kind, flags, time_ns, time_from, unit, boot, real_ns, "
    "mono_ns, pid, priority FROM record WHERE op_id IS NULL AND "
    "other_op IS NULL AND time_ns BETWEEN ?1 AND ?2 ORDER BY time_ns";

static int
grep__rest(struct store *s, struct grep *g, const struct query_want *want,
    struct error *err)
{
	_cleanup_record_ struct record r;
	sqlite3_stmt *st;
	int step = SQLITE_DONE;

	record_init(&r);
	memset(&g->hit, 0, sizeof(g->hit));
	if (g->enough)
		return 0;
	if (store_prepare(s, grep_rest_sql, &st, err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, want->since_ns);
	sqlite3_bind_int64(st, 2, want->until_ns);
	while (!g->enough && (step = sqlite3_step(st)) == SQLITE_ROW) {
		store_restore(st, &r);
		grep__line(g, &r);
	}
	if (!g->enough && step != SQLITE_DONE)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	return g->enough || step == SQLITE_DONE ? 0 : -EIO;
}

int
query_grep(struct store *s, struct query_grep *grep, query_hit_fn *fn,
    void *arg, struct error *err)
{
	_cleanup_(regex_freep) struct regex *re = NULL;
	struct query_want want = grep->want;
	struct grep g = { .fn = fn, .arg = arg };
	struct error why = ERROR_INIT;
	size_t at;
	int rc;

	grep->hard = 0;
	if (regex_new(grep->pattern, strlen(grep->pattern), grep->caseless,
		&grep->hard, &re, &at, &why) < 0)
		return error_kind(err, QUERY_PATTERN, -EINVAL,
		    "byte %zu of the pattern: %s", at + 1, why.text);
	g.re = re;
	want.limit = want.skip = 0;
	/* A writer may have given the lines new codes meanwhile. */
	rc = store_book_load(s, err);
	if (rc == 0)
		rc = grep__ops(s, &g, &want, err);
	if (rc == 0 && want.filter == NULL)
		rc = grep__rest(s, &g, &want, err);
	return rc;
}
