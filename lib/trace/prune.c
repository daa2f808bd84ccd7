/* SPDX-License-Identifier: ISC */
#include "trace/prune.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "trace/mask.h"
#include "trace/store_int.h"
#include "trace/summary.h"

/* Rows that are looked at in one transaction. */
#define PRUNE_CHUNK 1000

struct prune {
	struct store *s;
	const struct prune_want *want;
	struct prune_result *done;
	struct mask *mask;
	struct buf text;
	sqlite3_stmt *find_ops, *drop_op, *error, *find_lines, *drop_line;
};

static const char prune_find_ops[] =
    "SELECT id, start_ns, last_ns, records, error, status, operation, stage, "
    "vm_name, vm_id, image_name FROM op WHERE (start_ns, id) > (?2, ?3) AND "
    "start_ns < ?1 ORDER BY start_ns, id LIMIT ?4";

static const char prune_error[] =
    "INSERT INTO pruned_error VALUES (coalesce(?1, ''), coalesce(?2, ''), "
    "?3, 1, ?4, ?4) ON CONFLICT DO UPDATE SET n = n + 1, "
    "first_ns = min(first_ns, ?4), last_ns = max(last_ns, ?4)";

/* Lines of an operation go with it; of two operations, with the later one. */
static const char prune_find_lines[] =
    "SELECT id, time_ns, op_id IS NULL AND other_op IS NULL, "
    "EXISTS (SELECT 1 FROM op o WHERE o.op_id = r.op_id) OR "
    "EXISTS (SELECT 1 FROM op o WHERE o.op_id = r.other_op) "
    "FROM record r WHERE (time_ns, id) > (?2, ?3) AND time_ns < ?1 "
    "ORDER BY time_ns, id LIMIT ?4";

static void
prune__done(struct prune *p)
{
	sqlite3_finalize(p->find_ops);
	sqlite3_finalize(p->drop_op);
	sqlite3_finalize(p->error);
	sqlite3_finalize(p->find_lines);
	sqlite3_finalize(p->drop_line);
	mask_free(p->mask);
	buf_done(&p->text);
}

static int
prune__prepare(struct prune *p, struct error *err)
{
	struct store *s = p->s;

	p->mask = mask_new();
	if (store_prepare(s, prune_find_ops, &p->find_ops, err) < 0 ||
	    store_prepare(s, "DELETE FROM op WHERE id = ?1", &p->drop_op, err) <
		0 ||
	    store_prepare(s, prune_error, &p->error, err) < 0 ||
	    store_prepare(s, prune_find_lines, &p->find_lines, err) < 0 ||
	    store_prepare(s, "DELETE FROM record WHERE id = ?1", &p->drop_line,
		err) < 0)
		return -EIO;
	return 0;
}

/* In use, of the file. */
static int
prune__bytes(struct store *s, int64_t *ret, struct error *err)
{
	int64_t pages, unused, size;

	if (store_number(s, "PRAGMA page_count", &pages, err) < 0 ||
	    store_number(s, "PRAGMA freelist_count", &unused, err) < 0 ||
	    store_number(s, "PRAGMA page_size", &size, err) < 0)
		return -EIO;
	*ret = (pages - unused) * size;
	return 0;
}

/* A dry run is one transaction that is taken back at its end. */
static int
prune__begin(struct prune *p, struct error *err)
{
	return p->want->dry_run ? 0 : store_exec(p->s, "BEGIN IMMEDIATE", err);
}

static int
prune__commit(struct prune *p, struct error *err)
{
	return p->want->dry_run ? 0 : store_exec(p->s, "COMMIT", err);
}

/* ---- operations -------------------------------------------------------- */

/* Keeps the family of an error that goes. */
static int
prune__keep_error(struct prune *p, struct error *err)
{
	sqlite3_stmt *from = p->find_ops, *to = p->error;
	const char *text = (const char *)sqlite3_column_text(from, 4);
	const char *const names[] = {
		(const char *)sqlite3_column_text(from, 8),
		(const char *)sqlite3_column_text(from, 9),
		(const char *)sqlite3_column_text(from, 10),
	};

	buf_reset(&p->text);
	mask_text(p->mask, text != NULL ? text : "", names, ARRAY_LEN(names),
	    &p->text);
	sqlite3_reset(to);
	sqlite3_clear_bindings(to);
	store_bind_text(to, 1, (const char *)sqlite3_column_text(from, 6));
	store_bind_text(to, 2, (const char *)sqlite3_column_text(from, 7));
	store_bind_text(to, 3, buf_str(&p->text));
	sqlite3_bind_int64(to, 4, sqlite3_column_int64(from, 2));
	return store_run_stmt(p->s, to, err);
}

static int
prune__op(struct prune *p, int64_t before_ns, struct error *err)
{
	sqlite3_stmt *st = p->find_ops;
	const char *status = (const char *)sqlite3_column_text(st, 5);

	if (strcmp(status, op_status_name(OP_RUNNING)) == 0 ||
	    sqlite3_column_int64(st, 2) >= before_ns)
		return 0;
	if ((sqlite3_column_type(st, 4) != SQLITE_NULL ||
		strcmp(status, op_status_name(OP_FAILED)) == 0) &&
	    prune__keep_error(p, err) < 0)
		return -EIO;
	p->done->operations++;
	p->done->lines += sqlite3_column_int64(st, 3);
	sqlite3_reset(p->drop_op);
	sqlite3_bind_int64(p->drop_op, 1, sqlite3_column_int64(st, 0));
	return store_run_stmt(p->s, p->drop_op, err);
}

/* A line that is a row of its own. */
static int
prune__line(struct prune *p, struct error *err)
{
	sqlite3_stmt *st = p->find_lines;

	if (sqlite3_column_int(st, 3) != 0)
		return 0;
	/* Those of an operation were counted with it. */
	p->done->lines += sqlite3_column_int(st, 2);
	sqlite3_reset(p->drop_line);
	sqlite3_bind_int64(p->drop_line, 1, sqlite3_column_int64(st, 0));
	return store_run_stmt(p->s, p->drop_line, err);
}

/* ---- one limit --------------------------------------------------------- */

/* Where a walk over rows by time, then id, stands. */
struct cursor {
	int64_t time_ns, id;
	bool end;
};

static int
prune__chunk(struct prune *p, bool lines, int64_t before_ns, struct cursor *at,
    struct error *err)
{
	sqlite3_stmt *st = lines ? p->find_lines : p->find_ops;
	int rc = 0, n = 0, step = SQLITE_DONE;

	sqlite3_reset(st);
	sqlite3_bind_int64(st, 1, before_ns);
	sqlite3_bind_int64(st, 2, at->time_ns);
	sqlite3_bind_int64(st, 3, at->id);
	sqlite3_bind_int(st, 4, PRUNE_CHUNK);
	while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW) {
		n++;
		at->id = sqlite3_column_int64(st, 0);
		at->time_ns = sqlite3_column_int64(st, 1);
		rc = lines ? prune__line(p, err) : prune__op(p, before_ns, err);
	}
	if (rc == 0 && step != SQLITE_DONE)
		rc = store_fail(p->s, err, "reading what is old");
	sqlite3_reset(st);
	at->end = n < PRUNE_CHUNK;
	return rc;
}

/* Notes the limit, which only ever grows, in the transaction. */
static int
prune__limit(struct prune *p, int64_t before_ns, struct error *err)
{
	_cleanup_free_ char *sql = xasprintf(
	    "INSERT INTO pruned VALUES (1, %lld) ON CONFLICT DO UPDATE SET "
	    "before_ns = max(before_ns, excluded.before_ns)",
	    (long long)before_ns);

	return store_exec(p->s, sql, err);
}

static int
prune__gaps(struct prune *p, int64_t before_ns, struct error *err)
{
	_cleanup_free_ char
	    *sql = xasprintf("DELETE FROM gap WHERE at_ns < %lld",
		(long long)before_ns);

	if (store_exec(p->s, sql, err) < 0)
		return -EIO;
	p->done->gaps += sqlite3_changes(p->s->db);
	return 0;
}

/* All that is older; operations first, since their lines go with them. */
static int
prune__before(struct prune *p, int64_t before_ns, struct error *err)
{
	for (int lines = 0; lines < 2; lines++) {
		struct cursor at = { INT64_MIN, INT64_MIN, false };

		while (!at.end)
			if (prune__begin(p, err) < 0 ||
			    prune__limit(p, before_ns, err) < 0 ||
			    prune__chunk(p, lines != 0, before_ns, &at, err) <
				0 ||
			    prune__commit(p, err) < 0)
				return -EIO;
	}
	if (prune__begin(p, err) < 0 || prune__gaps(p, before_ns, err) < 0 ||
	    prune__commit(p, err) < 0)
		return -EIO;
	if (before_ns > p->done->before_ns)
		p->done->before_ns = before_ns;
	return 0;
}

/* ---- down to a size ---------------------------------------------------- */

/* The end of the next hour that has anything; INT64_MAX: there is none. */
static int
prune__next(struct prune *p, int64_t from_ns, int64_t *ret, struct error *err)
{
	_cleanup_free_ char *sql = xasprintf(
	    "SELECT coalesce(min(t), 9223372036854775807) FROM (SELECT "
	    "min(start_ns) AS t FROM op WHERE start_ns >= %lld UNION ALL "
	    "SELECT min(time_ns) FROM record WHERE time_ns >= %lld)",
	    (long long)from_ns, (long long)from_ns);
	int64_t first_ns;

	if (store_number(p->s, sql, &first_ns, err) < 0)
		return -EIO;
	if (first_ns > INT64_MAX - SUMMARY_HOUR_NS)
		*ret = INT64_MAX;
	else
		*ret = (summary_hour(first_ns) + 1) * SUMMARY_HOUR_NS;
	return 0;
}

static int
prune__size(struct prune *p, struct error *err)
{
	int64_t bytes, limit = p->done->before_ns;

	for (;;) {
		if (prune__bytes(p->s, &bytes, err) < 0 ||
		    prune__next(p, limit, &limit, err) < 0)
			return -EIO;
		if (bytes <= p->want->max_bytes || limit == INT64_MAX)
			return 0;
		if (prune__before(p, limit, err) < 0)
			return -EIO;
	}
}

/* ---- all of it --------------------------------------------------------- */

static int
prune__all(struct prune *p, struct error *err)
{
	struct store *s = p->s;

	if (prune__prepare(p, err) < 0 ||
	    prune__bytes(s, &p->done->bytes_before, err) < 0 ||
	    (p->want->before_ns != INT64_MIN &&
		prune__before(p, p->want->before_ns, err) < 0) ||
	    (p->want->max_bytes >= 0 && prune__size(p, err) < 0))
		return -EIO;
	return prune__bytes(s, &p->done->bytes_after, err);
}

int
prune(struct store *s, const struct prune_want *want, struct prune_result *ret,
    struct error *err)
{
	struct prune_result done = { .before_ns = INT64_MIN };
	_cleanup_(prune__done) struct prune p = { .s = s,
		.want = want,
		.done = &done };

	if (want->dry_run && store_exec(s, "BEGIN IMMEDIATE", err) < 0)
		return -EIO;
	if (prune__all(&p, err) < 0)
		/* Closing takes back what was not committed. */
		return -EIO;
	if (want->dry_run && store_exec(s, "ROLLBACK", err) < 0)
		return -EIO;
	if (!want->dry_run && want->vacuum && store_exec(s, "VACUUM", err) < 0)
		return error_wrap(err, -EIO,
		    "pruned, but giving the space back failed (it takes as "
		    "much free space as the index has)");
	if (!want->dry_run &&
	    store_exec(s, "PRAGMA wal_checkpoint(TRUNCATE)", err) < 0)
		return -EIO;
	*ret = done;
	return 0;
}
