/* SPDX-License-Identifier: ISC */
#include "trace/query_stats.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "trace/query_int.h"
#include "trace/query_parts.h"
#include "trace/stats_group.h"
#include "trace/store_int.h"
#include "trace/summary.h"

struct ask {
	const struct stats_want *want;
	struct stats_groups *groups[STATS_BY_MAX]; /* NULL: not asked for */
	struct buf scratch;
	const char *vm; /* of the operation at hand; "" unknown */
	int64_t *odd;   /* rows whose lists are read the general way */
	size_t n_odd;
};
/* What is worked out from the lists of a row. */
#define STATS_OF_LISTS \
	(1u << STATS_STAGE | 1u << STATS_HELPER | 1u << STATS_LENT)
/* What is of an operation as a whole. */
#define STATS_OF_WHOLE \
	(1u << STATS_OPERATION | 1u << STATS_VM | 1u << STATS_IMAGE)

static void
stats__done_ask(struct ask *ask)
{
	for (size_t i = 0; i < STATS_BY_MAX; i++)
		stats_groups_free(ask->groups[i]);
	buf_done(&ask->scratch);
	free(ask->odd);
}

/* ---- from operations --------------------------------------------------- */

static struct stats_text
stats__text(const char *text)
{
	return (struct stats_text){ text, strlen(text) };
}

static void
stats__sample(struct ask *ask, enum stats_by by, const char *operation,
    const char *name, const struct summary_part *p)
{
	if (ask->groups[by] != NULL)
		stats_groups_add(ask->groups[by], stats__text(operation),
		    stats__text(name), p->us, p->failed);
}

static void
stats__part(void *arg, const struct summary_part *p)
{
	struct ask *ask = arg;

	switch (p->kind) {
	case SUMMARY_OPERATION:
		stats__sample(ask, STATS_OPERATION, p->operation, "", p);
		if (ask->vm[0] != '\0')
			stats__sample(ask, STATS_VM, p->operation, ask->vm, p);
		break;
	case SUMMARY_REST:
		stats__sample(ask, STATS_REST, p->operation, "", p);
		break;
	case SUMMARY_STAGE:
		stats__sample(ask, STATS_STAGE, p->operation, p->name, p);
		break;
	case SUMMARY_CALL:
		stats__sample(ask, STATS_HELPER, "", p->method, p);
		stats__sample(ask, STATS_LENT, p->operation, p->name, p);
		break;
	case SUMMARY_IMAGE:
		stats__sample(ask, STATS_IMAGE, p->operation, p->name, p);
		break;
	case SUMMARY_KIND_MAX:
		break;
	}
}

/* The row, without its lists; behind it the VM, and what the lists need. */
#define STATS_COLUMNS                                       \
	"status, reads, operation, start_ns, duration_ns, " \
	"unaccounted_ns, image_name, NULL, NULL, vm_name, "
_Static_assert(SUMMARY_COLUMNS_N == 9, "STATS_COLUMNS begins so too");
#define STATS_LISTS "stages, calls, id FROM op "
#define STATS_NO_LISTS "NULL, NULL, 0 FROM op "
enum {
	STATS_AT_VM = SUMMARY_COLUMNS_N,
	STATS_AT_STAGES,
	STATS_AT_CALLS,
	STATS_AT_ID
};

static void
stats__op(void *arg, struct sqlite3_stmt *st)
{
	struct ask *ask = arg;
	struct summary_part p = {
		.operation = (const char *)sqlite3_column_text(st, 2),
	};

	ask->vm = (const char *)sqlite3_column_text(st, STATS_AT_VM);
	if (ask->vm == NULL)
		ask->vm = "";
	if (!summary_of_row(st, stats__part, ask) ||
	    (ask->want->by & STATS_OF_LISTS) == 0)
		return;
	if (p.operation == NULL)
		p.operation = "";
	if (query_parts((const char *)sqlite3_column_text(st, STATS_AT_STAGES),
		(const char *)sqlite3_column_text(st, STATS_AT_CALLS), &p,
		&ask->scratch, stats__part, ask))
		return;
	/* Grows by doubling: at 0, 1, 2, 4 … of them. */
	if ((ask->n_odd & (ask->n_odd - 1)) == 0)
		ask->odd = xreallocarray(ask->odd,
		    ask->n_odd == 0 ? 1 : 2 * ask->n_odd, sizeof(*ask->odd));
	ask->odd[ask->n_odd++] = sqlite3_column_int64(st, STATS_AT_ID);
}

/* Of a row that was counted: only what its lists say. */
static void
stats__listed(void *arg, const struct summary_part *p)
{
	if (p->kind == SUMMARY_STAGE || p->kind == SUMMARY_CALL)
		stats__part(arg, p);
}

/* The lists that were left. */
static int
stats__odd(struct store *s, struct ask *ask, struct error *err)
{
	int rc = SQLITE_ROW;
	sqlite3_stmt *st;

	if (ask->n_odd == 0)
		return 0;
	if (store_prepare(s, "SELECT " SUMMARY_COLUMNS "FROM op WHERE id = ?1",
		&st, err) < 0)
		return -EIO;
	for (size_t i = 0; rc == SQLITE_ROW && i < ask->n_odd; i++) {
		sqlite3_reset(st);
		sqlite3_bind_int64(st, 1, ask->odd[i]);
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW)
			summary_of_row(st, stats__listed, ask);
	}
	ask->n_odd = 0;
	if (rc != SQLITE_ROW)
		store_fail(s, err, "asking the index");
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : -EIO;
}

/*
 * Of what is asked of whole operations alone less is read, and all that is may
 * stand in an index (op_start).  What counts is what summary_of_row() says.
 */
#define STATS_WHOLE "operation, duration_ns, status, vm_name, "

/* Where it lies: for a string SQLite would have to copy it. */
static struct stats_text
stats__column(sqlite3_stmt *st, int at)
{
	return (struct stats_text){ sqlite3_column_blob(st, at),
		(size_t)sqlite3_column_bytes(st, at) };
}

static bool
stats__is(struct stats_text text, enum op_status status)
{
	const char *name = op_status_name(status);

	return text.len == strlen(name) &&
	    memcmp(text.text, name, text.len) == 0;
}

static void
stats__whole(void *arg, struct sqlite3_stmt *st)
{
	struct ask *ask = arg;
	struct stats_groups *const *groups = ask->groups;
	struct stats_text operation = stats__column(st, 0),
			  status = stats__column(st, 2),
			  vm = stats__column(st, 3);
	int64_t us = sqlite3_column_int64(st, 1) / NSEC_PER_USEC;
	bool failed = stats__is(status, OP_FAILED);

	if (sqlite3_column_type(st, 1) == SQLITE_NULL || us < 0 ||
	    stats__is(status, OP_RUNNING))
		return;
	if (groups[STATS_OPERATION] != NULL)
		stats_groups_add(groups[STATS_OPERATION], operation,
		    (struct stats_text){ NULL, 0 }, us, failed);
	if (groups[STATS_VM] != NULL && vm.len > 0)
		stats_groups_add(groups[STATS_VM], operation, vm, us, failed);
	if (groups[STATS_IMAGE] != NULL &&
	    sqlite3_column_type(st, 4) != SQLITE_NULL)
		stats_groups_add(groups[STATS_IMAGE], operation,
		    stats__column(st, 4), us, failed);
}

/* Takes the operations of a window one by one. */
static int
stats__ops(struct store *s, struct ask *ask, int64_t since_ns, int64_t until_ns,
    struct error *err)
{
	struct query_want want = QUERY_WANT_INIT;
	unsigned by = ask->want->by;

	if (since_ns > until_ns)
		return 0;
	want.since_ns = since_ns;
	want.until_ns = until_ns;
	want.filter = ask->want->filter;
	want.now_ns = ask->want->now_ns;
	if ((by & ~STATS_OF_WHOLE) == 0)
		return query_scan(s, &want,
		    (by & 1u << STATS_IMAGE) != 0 ? STATS_WHOLE
			"image_name FROM op "
						  : STATS_WHOLE "NULL FROM op ",
		    NULL, QUERY_ANY, stats__whole, ask, err);
	if (query_scan(s, &want,
		(by & STATS_OF_LISTS) != 0 ? STATS_COLUMNS STATS_LISTS
					   : STATS_COLUMNS STATS_NO_LISTS,
		NULL, QUERY_ANY, stats__op, ask, err) < 0)
		return -EIO;
	return stats__odd(s, ask, err);
}

/* ---- from summaries ---------------------------------------------------- */

/* Where the rows of a summary go; calls go to two. */
static const struct {
	enum summary_kind kind;
	int operation, name; /* columns; -1: none */
} stats_sources[STATS_BY_MAX] = {
	[STATS_OPERATION] = { SUMMARY_OPERATION, 0, -1 },
	[STATS_STAGE] = { SUMMARY_STAGE, 0, 1 },
	[STATS_HELPER] = { SUMMARY_CALL, -1, 2 },
	[STATS_VM] = { SUMMARY_KIND_MAX, 0, 0 },
	[STATS_IMAGE] = { SUMMARY_IMAGE, 0, 1 },
	[STATS_REST] = { SUMMARY_REST, 0, -1 },
	[STATS_LENT] = { SUMMARY_CALL, 0, 1 },
};

/* That column; -1: none. */
static struct stats_text
stats__column_or(sqlite3_stmt *st, int at)
{
	return at < 0 ? (struct stats_text){ NULL, 0 } : stats__column(st, at);
}

static int
stats__summary(struct store *s, struct ask *ask, enum stats_by by,
    sqlite3_stmt *st, struct error *err)
{
	int operation = stats_sources[by].operation,
	    name = stats_sources[by].name;
	_cleanup_hist_ struct hist h = { 0 };

	h.n = sqlite3_column_int64(st, 3);
	h.failed = sqlite3_column_int64(st, 4);
	h.sum_us = (uint64_t)sqlite3_column_int64(st, 5);
	h.max_us = sqlite3_column_int64(st, 6);
	if (!hist_decode(&h, sqlite3_column_blob(st, 7),
		(size_t)sqlite3_column_bytes(st, 7)))
		return error_set(err, -EILSEQ,
		    "%s: a summary is damaged; move it aside and index again",
		    store_path(s));
	stats_groups_merge(ask->groups[by], stats__column_or(st, operation),
	    stats__column_or(st, name), &h);
	return 0;
}

/* Hours from one on, up to and without another. */
static int
stats__hours(struct store *s, struct ask *ask, enum stats_by by, int64_t from,
    int64_t to, struct error *err)
{
	sqlite3_stmt *st;
	int rc = 0, step = SQLITE_DONE;

	if (store_prepare(s,
		"SELECT operation, name, method, n, failed, sum_us, max_us, "
		"counts FROM summary WHERE kind = ?1 AND hour >= ?2 AND "
		"hour < ?3",
		&st, err) < 0)
		return -EIO;
	sqlite3_bind_int(st, 1, (int)stats_sources[by].kind);
	sqlite3_bind_int64(st, 2, from);
	sqlite3_bind_int64(st, 3, to);
	while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW)
		rc = stats__summary(s, ask, by, st, err);
	if (rc == 0 && step != SQLITE_DONE)
		rc = store_fail(s, err, "reading the summaries");
	sqlite3_finalize(st);
	return rc;
}

/*
 * Whole hours, and the operations of those that the window cuts; where they
 * were pruned, all of that hour.
 */
static int
stats__window(struct store *s, struct ask *ask, int64_t pruned_ns,
    struct error *err)
{
	int64_t since = ask->want->since_ns, until = ask->want->until_ns;
	int64_t from = summary_hour(since), to = summary_hour(until);
	int64_t begin, end;
	bool cut_from = since != INT64_MIN && from * SUMMARY_HOUR_NS != since;
	bool cut_to = until != INT64_MAX &&
	    until % SUMMARY_HOUR_NS != SUMMARY_HOUR_NS - 1;

	/* Hours are far from the ends of what an int64_t holds. */
	begin = cut_from ? from * SUMMARY_HOUR_NS : since;
	end = cut_to ? to * SUMMARY_HOUR_NS : until;
	cut_from = cut_from && begin >= pruned_ns;
	cut_to = cut_to && end >= pruned_ns;
	if (cut_from && cut_to && from == to)
		return stats__ops(s, ask, since, until, err);
	if (cut_from &&
	    stats__ops(s, ask, since, begin + SUMMARY_HOUR_NS - 1, err) < 0)
		return -EIO;
	if (cut_to && stats__ops(s, ask, end, until, err) < 0)
		return -EIO;
	for (int by = 0; by < STATS_BY_MAX; by++)
		if (ask->groups[by] != NULL &&
		    stats__hours(s, ask, (enum stats_by)by, from + cut_from,
			to + !cut_to, err) < 0)
			return -EIO;
	return 0;
}

/* ---- all of it --------------------------------------------------------- */

void
stats_done(struct stats *st)
{
	for (size_t by = 0; by < STATS_BY_MAX; by++) {
		for (size_t i = 0; i < st->by[by].n; i++) {
			free(st->by[by].rows[i].operation);
			free(st->by[by].rows[i].name);
		}
		free(st->by[by].rows);
	}
	*st = (struct stats){ 0 };
}

int
query_pruned(struct store *s, int64_t *ret_ns, struct error *err)
{
	return store_number(s,
	    "SELECT coalesce((SELECT before_ns FROM pruned), "
	    "-9223372036854775808)",
	    ret_ns, err);
}

int
query_stats(struct store *s, const struct stats_want *want, struct stats *ret,
    struct error *err)
{
	_cleanup_(stats__done_ask) struct ask ask = {
		.want = want,
		.vm = "",
	};
	struct stats st = { .pruned_ns = INT64_MIN };
	int64_t pruned_ns;
	int rc;

	st.exact = want->filter != NULL || (want->by & 1u << STATS_VM) != 0;
	for (size_t i = 0; i < STATS_BY_MAX; i++)
		if ((want->by & 1u << i) != 0)
			ask.groups[i] = stats_groups_new(st.exact);
	/* One snapshot, whatever a writer does meanwhile. */
	if (store_exec(s, "BEGIN", err) < 0)
		return -EIO;
	rc = query_pruned(s, &pruned_ns, err);
	if (rc == 0)
		rc = st.exact
		    ? stats__ops(s, &ask, want->since_ns, want->until_ns, err)
		    : stats__window(s, &ask, pruned_ns, err);
	if (store_exec(s, "COMMIT", rc == 0 ? err : NULL) < 0 || rc < 0)
		return -EIO;
	if (want->since_ns < pruned_ns)
		st.pruned_ns = pruned_ns;
	for (int by = 0; by < STATS_BY_MAX; by++)
		if (ask.groups[by] != NULL)
			stats_groups_rows(ask.groups[by], &st.by[by]);
	*ret = st;
	return 0;
}
