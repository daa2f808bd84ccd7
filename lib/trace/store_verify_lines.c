/* SPDX-License-Identifier: ISC */
/*
 * The spans of each run against the lines that are there, by their number and
 * the sum of their numbers; then against the inputs that still are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/source.h"
#include "trace/store_verify_int.h"

struct verify_span {
	int64_t from, to;
};

struct verify_run {
	struct verify_span *spans; /* by number */
	size_t n, cap;
	uint64_t lines, sum; /* of the lines; sums wrap */
};

static void
verify__run_free(void *p)
{
	struct verify_run *run = p;

	free(run->spans);
	free(run);
}

static struct verify_run *
verify__run(struct map *runs, const char *name)
{
	struct verify_run *run = map_find(runs, name);

	if (run == NULL) {
		run = xcalloc(1, sizeof(*run));
		map_put(runs, name, run);
	}
	return run;
}

static int
verify__load_spans(struct store *s, struct map *runs, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s,
		"SELECT u.name, s.from_seq, s.to_seq FROM span s JOIN run u "
		"ON u.id = s.run ORDER BY s.run, s.from_seq",
		&st, err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct verify_run *run = verify__run(runs,
		    (const char *)sqlite3_column_text(st, 0));

		if (run->n == run->cap) {
			run->cap = run->cap == 0 ? 8 : 2 * run->cap;
			run->spans = xreallocarray(run->spans, run->cap,
			    sizeof(*run->spans));
		}
		run->spans[run->n].from = sqlite3_column_int64(st, 1);
		run->spans[run->n++].to = sqlite3_column_int64(st, 2);
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "reading the spans");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

static bool
verify__has(const struct verify_run *run, int64_t seq)
{
	size_t low = 0, high = run->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (seq > run->spans[mid].to)
			low = mid + 1;
		else
			high = mid;
	}
	return low < run->n && seq >= run->spans[low].from;
}

/* ---- what is there ----------------------------------------------------- */

static void
verify__count(struct verify_run *run, int64_t lines, int64_t sum)
{
	run->lines += (uint64_t)lines;
	run->sum += (uint64_t)sum;
}

/* The lines that are rows of their own. */
static int
verify__count_rows(struct store *s, struct map *runs, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s,
		"SELECT u.name, r.seq FROM record r JOIN run u ON u.id = r.run",
		&st, err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		verify__count(verify__run(runs,
				  (const char *)sqlite3_column_text(st, 0)),
		    1, sqlite3_column_int64(st, 1));
	if (rc != SQLITE_DONE)
		store_fail(s, err, "reading the lines");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

/* Those that are packed; one that cannot be read was told of before. */
static int
verify__count_packed(struct store *s, struct store_verify *v, struct map *runs,
    struct error *err)
{
	_cleanup_(pack_done) struct pack p = PACK_INIT;
	_cleanup_record_ struct record r;
	sqlite3_stmt *st;
	uint64_t done = 0;
	int64_t input;
	int rc;

	record_init(&r);
	if (store_prepare(s, "SELECT lines FROM op", &st, err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		pack_load(&p, sqlite3_column_blob(st, 0),
		    (size_t)sqlite3_column_bytes(st, 0));
		while (pack_next(&p, s->book, &r, &input) == 1) {
			verify__count(verify__run(runs, record_run(&r)), 1,
			    event_num(&r.ev, FIELD_SEQ, 0));
			v->lines++;
		}
		v->progress(v->arg, "lines", ++done, v->all_operations);
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "reading the lines");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

/* The sum of from to to, as it wraps. */
static uint64_t
verify__sum(const struct verify_span *sp)
{
	uint64_t n = (uint64_t)sp->to - (uint64_t)sp->from + 1;
	uint64_t both = (uint64_t)sp->from + (uint64_t)sp->to;

	return n % 2 == 0 ? n / 2 * both : both / 2 * n;
}

static void
verify__spans(struct store_verify *v, const struct map *runs)
{
	const struct verify_run *run;
	const char *name;
	size_t pos = 0;

	while ((run = map_next(runs, &pos, &name)) != NULL) {
		uint64_t lines = 0, sum = 0;

		for (size_t i = 0; i < run->n; i++) {
			lines += (uint64_t)run->spans[i].to -
			    (uint64_t)run->spans[i].from + 1;
			sum += verify__sum(&run->spans[i]);
		}
		v->runs++;
		if (lines != run->lines)
			verify_problem(v,
			    "run %s: its spans have %llu lines, and %llu are "
			    "there",
			    name, (unsigned long long)lines,
			    (unsigned long long)run->lines);
		else if (sum != run->sum)
			verify_problem(v,
			    "run %s: its spans are of other lines than those "
			    "that are there",
			    name);
	}
}

/* ---- the inputs -------------------------------------------------------- */

struct verify_input {
	char *path;
	struct file_id file;
	uint64_t offset;
};

/* Is the file that was read still under its name? */
static bool
verify__is_there(const struct verify_input *in)
{
	_cleanup_close_ int fd = -1;

	if (!file_id_is_set(&in->file))
		return false;
	fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return fd >= 0 && file_id_matches(fd, &in->file);
}

/* Reads it again, as far as it was read, and looks for each of its lines. */
static void
verify__read(struct store_verify *v, const struct map *runs,
    const struct verify_input *in)
{
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_record_ struct record own;
	struct error why = ERROR_INIT;
	const struct record *r;
	enum source_status st;
	uint64_t gone = 0;

	record_init(&own);
	if (source_open_file(in->path, 0, NULL, &src, &why) < 0)
		return;
	while ((st = source_borrow(src, &own, &r, &why)) == SOURCE_MORE ||
	    st == SOURCE_LOST) {
		const struct verify_run *run;
		int64_t seq;

		if (st == SOURCE_LOST)
			continue;
		/* What was written since is not in the index yet. */
		if (r->pos.offset > in->offset)
			break;
		v->progress(v->arg, in->path, ++v->input_lines, 0);
		seq = event_num(&r->ev, FIELD_SEQ, -1);
		if (r->kind == RECORD_FOREIGN || record_run(r) == NULL ||
		    seq < 0)
			continue;
		run = map_find(runs, record_run(r));
		if (run == NULL || !verify__has(run, seq))
			gone++;
	}
	v->inputs++;
	if (gone > 0)
		verify_problem(v,
		    "%s: %llu of the lines that were read are not in the "
		    "index; bangerlog index --rescan adds them",
		    in->path, (unsigned long long)gone);
}

static int
verify__inputs(struct store *s, struct store_verify *v, const struct map *runs,
    struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s,
		"SELECT path, dev, ino, head_len, head_hash, offset FROM input "
		"WHERE dev IS NOT NULL ORDER BY id",
		&st, err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct verify_input in = { store_column_dup(st, 0), { 0 }, 0 };

		in.file.dev = (uint64_t)sqlite3_column_int64(st, 1);
		in.file.ino = (uint64_t)sqlite3_column_int64(st, 2);
		in.file.head_len = (uint64_t)sqlite3_column_int64(st, 3);
		in.file.head_hash = (uint64_t)sqlite3_column_int64(st, 4);
		in.offset = (uint64_t)sqlite3_column_int64(st, 5);
		if (verify__is_there(&in))
			verify__read(v, runs, &in);
		free(in.path);
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "reading the inputs");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int
verify_lines(struct store *s, struct store_verify *v, struct error *err)
{
	_cleanup_(map_freep) struct map *runs = map_new(verify__run_free);

	if (store_book_load(s, err) < 0 ||
	    verify__load_spans(s, runs, err) < 0 ||
	    verify__count_rows(s, runs, err) < 0 ||
	    verify__count_packed(s, v, runs, err) < 0)
		return -EIO;
	verify__spans(v, runs);
	return verify__inputs(s, v, runs, err);
}
