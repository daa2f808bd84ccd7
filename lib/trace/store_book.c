/* SPDX-License-Identifier: ISC */
/* The codebook of packed lines, in the index and as a function for its views.
 */
#include <errno.h>

#include "base/jsonw.h"
#include "trace/squeeze.h"
#include "trace/store_int.h"

/* Words that a reader fetches one by one, before it reads them all. */
#define STORE_FETCH_MAX 256

/* Reads what was added of one kind since the last time. */
static int
store__book_kind(struct store *s, enum codebook_kind k, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_CODES, err);
	int rc;

	if (st == NULL)
		return -EIO;
	sqlite3_bind_int(st, 1, (int)k);
	sqlite3_bind_int64(st, 2, s->codes[k]);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (sqlite3_column_int64(st, 0) != s->codes[k] ||
		    !codebook_restore(s->book, k, sqlite3_column_blob(st, 1),
			(size_t)sqlite3_column_bytes(st, 1)))
			return error_kind(err, STORE_DAMAGED, -EILSEQ,
			    "%s is damaged (code %d.%u); move it "
			    "aside and index again",
			    s->path, (int)k, s->codes[k]);
		s->codes[k]++;
	}
	if (rc != SQLITE_DONE)
		return store_fail(s, err, "reading the codes");
	sqlite3_reset(st);
	return 0;
}

/* One word for a reader; NULL: the index has none of that number. */
static const char *
store__fetch(void *arg, uint32_t number, size_t *ret_len)
{
	struct store *s = arg;
	sqlite3_stmt *st;

	if (s->fetched == STORE_FETCH_MAX) {
		/* What is new since the last time: a writer may have gone on.
		 */
		if (store__book_kind(s, CODEBOOK_WORD, NULL) < 0 ||
		    number >= s->codes[CODEBOOK_WORD])
			return NULL;
		return codebook_text(s->book, CODEBOOK_WORD, number, ret_len);
	}
	s->fetched++;
	st = store_stmt(s, STMT_CODE_GET, NULL);
	if (st == NULL)
		return NULL;
	sqlite3_bind_int(st, 1, CODEBOOK_WORD);
	sqlite3_bind_int64(st, 2, number);
	if (sqlite3_step(st) != SQLITE_ROW)
		return NULL;
	*ret_len = (size_t)sqlite3_column_bytes(st, 0);
	return sqlite3_column_blob(st, 0);
}

int
store_book_load(struct store *s, struct error *err)
{
	if (!s->writer)
		codebook_lazy(s->book, store__fetch, s);
	for (int k = 0; k < CODEBOOK_KINDS; k++)
		if ((s->writer || k != CODEBOOK_WORD) &&
		    store__book_kind(s, (enum codebook_kind)k, err) < 0)
			return -EIO;
	return 0;
}

int
store_book_flush(struct store *s, struct error *err)
{
	sqlite3_stmt *st;
	const char *text;
	size_t len;

	for (int k = 0; k < CODEBOOK_KINDS; k++) {
		for (; s->codes[k] <
		     codebook_count(s->book, (enum codebook_kind)k);
		     s->codes[k]++) {
			text = codebook_text(s->book, (enum codebook_kind)k,
			    s->codes[k], &len);
			st = store_stmt(s, STMT_CODE_PUT, err);
			if (st == NULL)
				return -EIO;
			sqlite3_bind_int(st, 1, k);
			sqlite3_bind_int64(st, 2, s->codes[k]);
			sqlite3_bind_blob(st, 3, text, (int)len, SQLITE_STATIC);
			if (store_run_stmt(s, st, err) < 0)
				return -EIO;
		}
	}
	return 0;
}

/* ---- for SQL ----------------------------------------------------------- */

static void
store__line_json(struct jsonw *w, const struct record *r, int64_t input)
{
	jsonw_object(w, NULL);
	jsonw_int(w, "time_ns", r->time_ns);
	jsonw_string(w, "kind", record_kind_name(r->kind));
	if (r->ev.has_level)
		jsonw_int(w, "level", r->ev.level);
	jsonw_string(w, "msg", r->ev.msg);
	jsonw_string(w, "run", record_run(r));
	jsonw_int(w, "seq", event_num(&r->ev, FIELD_SEQ, -1));
	jsonw_string(w, "unit", r->unit[0] != '\0' ? r->unit : NULL);
	if (r->pid >= 0)
		jsonw_int(w, "pid", r->pid);
	jsonw_int(w, "input", input);
	jsonw_int(w, "offset", (int64_t)r->pos.offset);
	jsonw_string(w, "line", buf_str(&r->raw));
	jsonw_object_end(w);
}

/* banger_lines(op.lines): a JSON array of objects. */
static void
store__lines(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	struct store *s = sqlite3_user_data(ctx);
	_cleanup_record_ struct record r;
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_(pack_done) struct pack p = PACK_INIT;
	struct jsonw w = JSONW_INIT(&out);
	int64_t input;
	int rc;

	(void)argc;
	record_init(&r);
	if (sqlite3_value_type(argv[0]) == SQLITE_NULL)
		return;
	if (store_book_load(s, NULL) < 0) {
		sqlite3_result_error(ctx, "the codes cannot be read", -1);
		return;
	}
	pack_load(&p, sqlite3_value_blob(argv[0]),
	    (size_t)sqlite3_value_bytes(argv[0]));
	jsonw_array(&w, NULL);
	while ((rc = pack_next(&p, s->book, &r, &input)) == 1)
		store__line_json(&w, &r, input);
	jsonw_array_end(&w);
	if (rc < 0)
		sqlite3_result_error(ctx, "packed lines are damaged", -1);
	else
		sqlite3_result_text(ctx, out.data, (int)out.len,
		    SQLITE_TRANSIENT);
}

/* banger_raw(record.raw): the text of a line that is stored by itself. */
static void
store__raw(sqlite3_context *ctx, int argc, sqlite3_value **argv)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	(void)argc;
	if (sqlite3_value_type(argv[0]) == SQLITE_NULL)
		return;
	squeeze_get(sqlite3_value_blob(argv[0]),
	    (size_t)sqlite3_value_bytes(argv[0]), &text);
	sqlite3_result_blob(ctx, buf_str(&text), (int)text.len,
	    SQLITE_TRANSIENT);
}

int
store_book_register(struct store *s, struct error *err)
{
	int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;

	if (sqlite3_create_function(s->db, "banger_lines", 1, flags, s,
		store__lines, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function(s->db, "banger_raw", 1,
		flags | SQLITE_DETERMINISTIC, s, store__raw, NULL,
		NULL) != SQLITE_OK)
		return store_fail(s, err, "preparing");
	return 0;
}
