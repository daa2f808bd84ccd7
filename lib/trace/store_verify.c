/* SPDX-License-Identifier: ISC */
#include "trace/store_verify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "trace/store_verify_int.h"

void
verify_problem(struct store_verify *v, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list ap;

	if (++v->problems > STORE_VERIFY_TOLD)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_cut_utf8(text);
	v->problem(v->arg, text);
}

/* ---- the file ---------------------------------------------------------- */

/* SQLite's own look at its pages, and with deep at its indexes. */
static int
verify__pages(struct store *s, struct store_verify *v, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s,
		v->deep ? "PRAGMA integrity_check" : "PRAGMA quick_check", &st,
		err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(st, 0);

		if (text != NULL && strcmp(text, "ok") != 0)
			verify_problem(v, "the file: %s", text);
	}
	if (rc != SQLITE_DONE)
		verify_problem(v, "the file: %s", sqlite3_errmsg(s->db));
	sqlite3_finalize(st);
	return 0;
}

/* ---- operations -------------------------------------------------------- */

/* The columns of a summary, as store_bind_op() binds them from ?3 on. */
static const char *const verify_columns[] = { "operation", "status", "start_ns",
	"start_known", "duration_ns", "unaccounted_ns", "last_ns", "stage",
	"error", "code", "vm_id", "vm_name", "image_id", "image_name",
	"records", "conflict", "reads", "run", "stages", "calls" };

static int
verify__prepare(struct store *s, sqlite3_stmt **ret, struct error *err)
{
	_cleanup_buf_ struct buf sql = BUF_INIT;

	buf_puts(&sql, "SELECT ");
	for (size_t i = 0; i < ARRAY_LEN(verify_columns); i++)
		buf_printf(&sql, "%s%s IS ?%zu", i > 0 ? ", " : "",
		    verify_columns[i], i + 3);
	buf_puts(&sql, " FROM op WHERE op_id = ?2");
	return store_prepare(s, buf_str(&sql), ret, err);
}

/* The operation of the lines against the operation of the row. */
static void
verify__compare(struct store *s, struct store_verify *v, sqlite3_stmt *st,
    const char *op_id, const struct op *op)
{
	_cleanup_buf_ struct buf list = BUF_INIT;

	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	store_bind_op(s, st, op);
	if (sqlite3_step(st) != SQLITE_ROW) {
		verify_problem(v, "%s: %s", op_id, sqlite3_errmsg(s->db));
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(verify_columns); i++)
		if (sqlite3_column_int(st, (int)i) == 0)
			buf_printf(&list, "%s%s", list.len > 0 ? ", " : "",
			    verify_columns[i]);
	sqlite3_reset(st);
	if (list.len > 0)
		verify_problem(v,
		    "%s: its lines say otherwise than its row: %s", op_id,
		    buf_str(&list));
}

static void
verify__operation(struct store *s, struct store_verify *v, sqlite3_stmt *st,
    const char *op_id)
{
	_cleanup_(opset_freep) struct opset *set = opset_new(0);
	struct error why = ERROR_INIT;
	const struct op *op;
	struct opid id;

	if (!opid_parse(op_id, strlen(op_id), &id)) {
		verify_problem(v, "\"%s\" is no op_id", op_id);
		return;
	}
	if (store_load_op(s, op_id, set, &why) < 0) {
		verify_problem(v, "%s: %s", op_id, why.text);
		return;
	}
	op = opset_find(set, &id);
	if (op == NULL)
		verify_problem(v, "%s: it has no lines", op_id);
	else
		verify__compare(s, v, st, op_id, op);
}

static int
verify__operations(struct store *s, struct store_verify *v, struct error *err)
{
	sqlite3_stmt *ids, *st;
	int64_t every;
	int rc;

	every = v->deep
	    ? 1
	    : (int64_t)(v->all_operations / STORE_VERIFY_SAMPLE + 1);
	if (verify__prepare(s, &st, err) < 0)
		return -EIO;
	if (store_prepare(s, "SELECT op_id FROM op WHERE id % ?1 = 0", &ids,
		err) < 0) {
		sqlite3_finalize(st);
		return -EIO;
	}
	sqlite3_bind_int64(ids, 1, every);
	while ((rc = sqlite3_step(ids)) == SQLITE_ROW) {
		verify__operation(s, v, st,
		    (const char *)sqlite3_column_text(ids, 0));
		v->operations++;
		v->progress(v->arg, "operations", v->operations,
		    v->all_operations / (uint64_t)every);
	}
	if (rc != SQLITE_DONE)
		verify_problem(v, "the operations: %s", sqlite3_errmsg(s->db));
	sqlite3_finalize(ids);
	sqlite3_finalize(st);
	return 0;
}

/* ---- all of it --------------------------------------------------------- */

int
store_verify(struct store *s, struct store_verify *v, struct error *err)
{
	int64_t n = 0;
	int rc;

	if (store_exec(s, "BEGIN", err) < 0)
		return -EIO;
	rc = verify__pages(s, v, err);
	/* What is broken so far down cannot be asked anything else. */
	if (rc == 0 && v->problems == 0) {
		rc = store_number(s, "SELECT count(*) FROM op", &n, err);
		v->all_operations = (uint64_t)n;
		if (rc == 0)
			rc = verify__operations(s, v, err);
		if (rc == 0 && v->deep)
			rc = verify_lines(s, v, err);
	}
	store_exec(s, "ROLLBACK", NULL);
	return rc;
}
