/* SPDX-License-Identifier: ISC */
#include "trace/query_audit.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/query_int.h"
#include "trace/store_int.h"

void
audit_done(struct audit *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->findings[i].op_id);
		free(a->findings[i].operation);
		free(a->findings[i].unit);
		free(a->findings[i].detail);
	}
	free(a->findings);
	*a = (struct audit){ NULL, 0 };
}

static struct audit_finding *
audit__new(struct audit *a, enum audit_kind kind)
{
	struct audit_finding *f;

	/* Grows by doubling: at 0, 1, 2, 4 … of them. */
	if ((a->n & (a->n - 1)) == 0)
		a->findings = xreallocarray(a->findings,
		    a->n == 0 ? 1 : 2 * a->n, sizeof(*a->findings));
	f = &a->findings[a->n++];
	memset(f, 0, sizeof(*f));
	f->kind = kind;
	return f;
}

/* ---- operations -------------------------------------------------------- */

/*
 * Closed by a restart is an end like any other (its code says so); interrupted
 * without that means that only the daemon's next life tells.
 */
#define AUDIT_ENDLESS                                     \
	"status = 'lost' OR (status = 'interrupted' AND " \
	"code IS NOT 'interrupted')"
/* One in flight may be told of yet. */
#define AUDIT_ALONE                                    \
	"operation IS NULL AND calls IS NOT NULL AND " \
	"status <> 'running'"
#define AUDIT_COLUMNS                                                 \
	"op_id, operation, run, status, records, start_ns, last_ns, " \
	"conflict, " AUDIT_ENDLESS ", " AUDIT_ALONE " FROM op "

static void
audit__finding(struct audit *a, enum audit_kind kind, sqlite3_stmt *st)
{
	struct audit_finding *f = audit__new(a, kind);

	f->op_id = store_column_dup(st, 0);
	f->operation = store_column_dup(st, 1);
	f->detail = store_column_dup(st, 3);
	f->n = sqlite3_column_int64(st, 4);
	f->first_ns = sqlite3_column_int64(st, 5);
	f->last_ns = sqlite3_column_int64(st, 6);
}

static void
audit__op(void *arg, struct sqlite3_stmt *st)
{
	bool alone = sqlite3_column_int(st, 9) != 0;

	if (alone)
		audit__finding(arg, AUDIT_CALL, st);
	/* Of one that never began no end is missing. */
	if (!alone && sqlite3_column_int(st, 8) != 0)
		audit__finding(arg, AUDIT_NO_END, st);
	if (sqlite3_column_int(st, 7) != 0)
		audit__finding(arg, AUDIT_TWO_ENDS, st);
}

/* ---- lines ------------------------------------------------------------- */

/* Calls whose lines name no operation, and lines of others that name one. */
static const char audit_calls_sql[] =
    "SELECT unit, msg, count(*), min(time_ns), max(time_ns) FROM record "
    "WHERE msg IN ('helper rpc completed', 'helper rpc failed') AND "
    "op_id IS NULL AND kind = 'event' AND time_ns BETWEEN ?1 AND ?2 "
    "GROUP BY unit, msg ORDER BY 4";

static const char audit_foreign_sql[] =
    "SELECT unit, substr(CAST(raw AS TEXT), 1, 200), count(*), min(time_ns), "
    "max(time_ns) "
    "FROM record WHERE kind = 'foreign' AND substr(raw, 1, 1) = x'7b' AND "
    "instr(raw, CAST('\"op_id\"' AS BLOB)) > 0 AND "
    "time_ns BETWEEN ?1 AND ?2 GROUP BY unit ORDER BY 4";

/* What is not known to be of a time is of all. */
static const char audit_gaps_sql[] =
    "SELECT unit, reason, sum(n), min(time_ns), max(time_ns) FROM gaps "
    "WHERE time_ns IS NULL OR time_ns BETWEEN ?1 AND ?2 "
    "GROUP BY unit, reason, time_ns / 3600000000000 ORDER BY 4, 1, 2";

static int
audit__lines(struct store *s, const struct query_want *want,
    enum audit_kind kind, const char *sql, struct audit *a, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s, sql, &st, err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, want->since_ns);
	sqlite3_bind_int64(st, 2, want->until_ns);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct audit_finding *f = audit__new(a, kind);

		f->unit = store_column_dup(st, 0);
		f->detail = store_column_dup(st, 1);
		f->n = sqlite3_column_int64(st, 2);
		f->first_ns = sqlite3_column_int64(st, 3);
		f->last_ns = sqlite3_column_int64(st, 4);
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

/* ---- all of it --------------------------------------------------------- */

static int
audit__order_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int
audit__order(const void *a, const void *b)
{
	const struct audit_finding *x = a, *y = b;
	int order;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	order = audit__order_text(x->op_id, y->op_id);
	if (order == 0)
		order = audit__order_text(x->unit, y->unit);
	return order != 0 ? order : audit__order_text(x->detail, y->detail);
}

static int
audit__all(struct store *s, const struct query_want *want, struct audit *a,
    struct error *err)
{
	if (query_scan(s, want, AUDIT_COLUMNS,
		"conflict OR " AUDIT_ENDLESS " OR (" AUDIT_ALONE ")", QUERY_ANY,
		audit__op, a, err) < 0)
		return err != NULL ? err->code : -EIO;
	if (want->filter != NULL)
		return 0;
	if (audit__lines(s, want, AUDIT_CALL, audit_calls_sql, a, err) < 0 ||
	    audit__lines(s, want, AUDIT_FOREIGN, audit_foreign_sql, a, err) <
		0 ||
	    audit__lines(s, want, AUDIT_GAP, audit_gaps_sql, a, err) < 0)
		return -EIO;
	return 0;
}

int
query_audit(struct store *s, const struct query_want *want, struct audit *ret,
    struct error *err)
{
	_cleanup_audit_ struct audit a = { NULL, 0 };
	int rc;

	if (store_exec(s, "BEGIN", err) < 0)
		return -EIO;
	rc = audit__all(s, want, &a, err);
	if (store_exec(s, "COMMIT", rc == 0 ? err : NULL) < 0 || rc < 0)
		return rc < 0 ? rc : -EIO;
	if (a.n > 0)
		qsort(a.findings, a.n, sizeof(*a.findings), audit__order);
	*ret = a;
	a = (struct audit){ NULL, 0 };
	return 0;
}
