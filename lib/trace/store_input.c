/* SPDX-License-Identifier: ISC */
/* What lines come from: the inputs that are read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "trace/store_int.h"

/* The lines that an earlier reading of this file found cut off at its end. */
static int
store__find_torn(struct store *s, struct store_input *in, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s,
		"SELECT id, offset FROM record WHERE input = ?1 AND "
		"kind = 'torn' ORDER BY offset DESC LIMIT ?2",
		&st, err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, in->id);
	sqlite3_bind_int(st, 2, STORE_TORN_MAX);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_torn *torn = &in->torn[in->n_torn++];

		torn->id = sqlite3_column_int64(st, 0);
		torn->offset = (uint64_t)sqlite3_column_int64(st, 1);
	}
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : store_fail(s, err, "reading torn lines");
}

#define STORE_INPUT_COLUMNS                                          \
	"id, offset, lines, resume_offset, resume_lines, head_len, " \
	"head_hash, cursor"

/* The position that an earlier reading left; columns as above. */
static void
store__input_load(struct store_input *in, sqlite3_stmt *st)
{
	const char *cursor = (const char *)sqlite3_column_text(st, 7);

	in->id = sqlite3_column_int64(st, 0);
	in->offset = (uint64_t)sqlite3_column_int64(st, 1);
	in->lines = (uint64_t)sqlite3_column_int64(st, 2);
	in->resume_offset = (uint64_t)sqlite3_column_int64(st, 3);
	in->resume_lines = (uint64_t)sqlite3_column_int64(st, 4);
	if (in->file.head_len == 0) {
		in->file.head_len = (uint64_t)sqlite3_column_int64(st, 5);
		in->file.head_hash = (uint64_t)sqlite3_column_int64(st, 6);
	}
	buf_reset(&in->cursor);
	if (cursor != NULL)
		buf_puts(&in->cursor, cursor);
}

/* The row of the input's file, made where it is missing. */
static int
store__input_row(struct store *s, struct store_input *in, struct error *err)
{
	static const char *const find_or_make[] = {
		"SELECT " STORE_INPUT_COLUMNS " FROM input WHERE path = ?1 "
		"AND dev IS ?2 AND ino IS ?3",
		"INSERT INTO input (path, dev, ino, read_ns) VALUES "
		"(?1, ?2, ?3, 0) RETURNING " STORE_INPUT_COLUMNS,
	};
	sqlite3_stmt *st;
	int rc = SQLITE_DONE;

	for (size_t i = 0; i < 2 && rc == SQLITE_DONE; i++) {
		if (store_prepare(s, find_or_make[i], &st, err) < 0)
			return -EIO;
		store_bind_text(st, 1, in->path);
		if (file_id_is_set(&in->file)) {
			sqlite3_bind_int64(st, 2, (int64_t)in->file.dev);
			sqlite3_bind_int64(st, 3, (int64_t)in->file.ino);
		}
		rc = sqlite3_step(st);
		if (rc == SQLITE_ROW)
			store__input_load(in, st);
		else if (rc != SQLITE_DONE)
			store_fail(s, err, "writing the index");
		sqlite3_finalize(st);
	}
	return rc == SQLITE_ROW ? 0 : -EIO;
}

/* Turns the input to the file that in->file names, before its first line. */
static int
store__begin_file(struct store *s, struct store_input *in, struct error *err)
{
	if (store__input_row(s, in, err) < 0)
		return -EIO;
	in->n_torn = 0;
	if (file_id_is_set(&in->file) && store__find_torn(s, in, err) < 0)
		return -EIO;
	map_free(in->counts);
	in->counts = map_new(NULL);
	in->group = HASH_FNV_START;
	in->anchored = false;
	in->timed = false;
	in->opening = true;
	return 0;
}

/* Writes how far the input has been read. */
static int
store__flush_input(struct store *s, const struct store_input *in,
    struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_INPUT_SET, err);

	if (st == NULL)
		return -EIO;
	sqlite3_bind_int64(st, 1, in->id);
	sqlite3_bind_int64(st, 2, (int64_t)in->offset);
	sqlite3_bind_int64(st, 3, (int64_t)in->lines);
	sqlite3_bind_int64(st, 4, clock_real_ns());
	sqlite3_bind_int64(st, 5, (int64_t)in->resume_offset);
	sqlite3_bind_int64(st, 6, (int64_t)in->resume_lines);
	if (in->cursor.len > 0)
		store_bind_text(st, 7, in->cursor.data);
	sqlite3_bind_int64(st, 8, (int64_t)in->file.head_len);
	sqlite3_bind_int64(st, 9, (int64_t)in->file.head_hash);
	return store_run_stmt(s, st, err);
}

int
store_input(struct store *s, unsigned source, const char *path,
    struct error *err)
{
	_cleanup_free_ char *whole = realpath(path, NULL);
	struct store_input *in;
	struct stat st;
	bool file = strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode);

	if (file && whole != NULL)
		path = whole;
	if (source >= s->n_inputs) {
		s->inputs = xreallocarray(s->inputs, source + 1,
		    sizeof(*s->inputs));
		memset(s->inputs + s->n_inputs, 0,
		    (source + 1 - s->n_inputs) * sizeof(*s->inputs));
		s->n_inputs = source + 1;
	}
	in = &s->inputs[source];
	if (in->known)
		return 0;
	in->path = xstrdup(path);
	if (file) {
		in->file.dev = (uint64_t)st.st_dev;
		in->file.ino = (uint64_t)st.st_ino;
	}
	if (store_begin(s, err) < 0 || store__begin_file(s, in, err) < 0)
		return -EIO;
	in->known = true;
	return 0;
}

void
store_done_input(struct store_input *in)
{
	map_free(in->counts);
	buf_done(&in->cursor);
	buf_done(&in->anchor);
	free(in->path);
}

int
store_turn_input(struct store *s, struct store_input *in,
    const struct record *r, struct error *err)
{
	const struct file_id *file = &r->pos.file;

	if (!file_id_is_set(file))
		return 0;
	if (file->dev == in->file.dev && file->ino == in->file.ino) {
		/* It may have grown past the head that is known of it. */
		in->file = *file;
		return 0;
	}
	/* What was read of the old one stands, and is left as it is. */
	if (store__flush_input(s, in, err) < 0)
		return -EIO;
	in->file = *file;
	return store__begin_file(s, in, err);
}

/* The newest reading of that name, or of the file that bears it now. */
static const char store_resume_sql[] =
    "SELECT dev, ino, head_len, head_hash, resume_offset, resume_lines, "
    "cursor, "
    "read_ns FROM input WHERE path = ?1 OR (dev = ?2 AND ino = ?3) "
    "ORDER BY dev IS ?2 AND ino IS ?3 DESC, read_ns DESC, id DESC LIMIT 1";

int
store_resume(struct store *s, const char *path, struct source_resume *ret,
    struct error *err)
{
	_cleanup_free_ char *whole = realpath(path, NULL);
	struct source_resume found = { 0 };
	struct stat sb;
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s, store_resume_sql, &st, err) < 0)
		return -EIO;
	store_bind_text(st, 1, whole != NULL ? whole : path);
	if (stat(path, &sb) == 0 && S_ISREG(sb.st_mode)) {
		sqlite3_bind_int64(st, 2, (int64_t)sb.st_dev);
		sqlite3_bind_int64(st, 3, (int64_t)sb.st_ino);
	}
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		found.file.dev = (uint64_t)sqlite3_column_int64(st, 0);
		found.file.ino = (uint64_t)sqlite3_column_int64(st, 1);
		found.file.head_len = (uint64_t)sqlite3_column_int64(st, 2);
		found.file.head_hash = (uint64_t)sqlite3_column_int64(st, 3);
		found.offset = (uint64_t)sqlite3_column_int64(st, 4);
		found.lines = (uint64_t)sqlite3_column_int64(st, 5);
		found.cursor = store_column_dup(st, 6);
		found.read_ns = sqlite3_column_int64(st, 7);
	} else if (rc != SQLITE_DONE) {
		store_fail(s, err, "reading where it stopped");
	}
	sqlite3_finalize(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return -EIO;
	*ret = found;
	return 0;
}

/* Deletes the torn row if r is more of it; *ret_id: its operation, or "". */
static int
store__mend(struct store *s, const struct store_torn *torn,
    const struct record *r, bool *ret_mended, struct opid *ret_id,
    struct error *err)
{
	const char *op_id;
	sqlite3_stmt *st;

	if (store_prepare(s,
		"DELETE FROM record WHERE id = ?1 AND "
		"length(banger_raw(raw)) < ?3 AND banger_raw(raw) = "
		"substr(?2, 1, length(banger_raw(raw))) RETURNING op_id",
		&st, err) < 0)
		return -EIO;
	sqlite3_bind_int64(st, 1, torn->id);
	sqlite3_bind_blob(st, 2, buf_str(&r->raw), (int)r->raw.len,
	    SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, (int64_t)r->raw.len);
	ret_id->text[0] = '\0';
	*ret_mended = sqlite3_step(st) == SQLITE_ROW;
	if (*ret_mended) {
		op_id = (const char *)sqlite3_column_text(st, 0);
		if (op_id != NULL)
			opid_parse(op_id, strlen(op_id), ret_id);
	}
	if (sqlite3_finalize(st) != SQLITE_OK)
		return store_fail(s, err, "mending a torn line");
	return 0;
}

int
store_mend_torn(struct store *s, struct store_input *in, const struct record *r,
    struct error *err)
{
	struct store_live *live;
	struct opid id;
	bool mended;

	for (size_t i = 0; i < in->n_torn; i++) {
		if (in->torn[i].offset != r->pos.offset)
			continue;
		if (store__mend(s, &in->torn[i], r, &mended, &id, err) < 0)
			return -EIO;
		if (!mended)
			continue;
		in->torn[i--] = in->torn[--in->n_torn];
		if (!opid_is_set(&id))
			continue;
		/* What it had said of its operation no longer counts. */
		if (store_live(s, &id, &live, err) < 0)
			return -EIO;
		store_live_dirty(s, live);
		live->rebuild = true;
	}
	return 0;
}

int
store_flush_inputs(struct store *s, struct error *err)
{
	for (size_t i = 0; i < s->n_inputs; i++)
		if (s->inputs[i].known &&
		    store__flush_input(s, &s->inputs[i], err) < 0)
			return -EIO;
	return 0;
}
