/* SPDX-License-Identifier: ISC */
#include "refresh.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/query.h"
#include "trace/store_rest.h"
#include "trace/unpack.h"

#include "indexing.h"
#include "journal_name.h"

/* A longer last line is told by the times alone. */
#define REFRESH_LINE_MAX 65536
/* Times of files are as coarse as a tick, and a commit takes its time. */
#define REFRESH_SLACK_NS (2 * NSEC_PER_SEC)
/* How often the index of another writer is looked at. */
#define REFRESH_POLL_NS (20 * NSEC_PER_MSEC)
/* What a follower of the journal takes to see an entry, and to commit it. */
#define REFRESH_JOURNAL_NS (300 * NSEC_PER_MSEC)

/* What went wrong: the first, and how many more. */
struct trouble {
	struct buf text;
	size_t n;
};

static void
refresh__trouble(struct trouble *t, const char *path, const char *what)
{
	if (t->n++ == 0) {
		if (path != NULL)
			text_escape(&t->text, path, strlen(path), false);
		buf_puts(&t->text, path != NULL ? ": " : "");
		text_escape(&t->text, what, strlen(what), false);
	}
}

static void
refresh__say(const struct trouble *t, bool quiet)
{
	if (t->n == 0 || quiet)
		return;
	fprintf(stderr, "bangerlog: the answer may lack the newest lines: %s",
	    buf_str(&t->text));
	if (t->n > 1)
		fprintf(stderr, " (and %zu more)", t->n - 1);
	fputs("; --no-refresh does not look\n", stderr);
}

/* ---- has it changed? --------------------------------------------------- */

/*
 * Is there one line from `offset` to the end?  Only then its end is known to
 * be where the reading stopped.
 */
static bool
refresh__one_line(int fd, uint64_t offset, uint64_t end)
{
	_cleanup_buf_ struct buf tail = BUF_INIT;
	size_t len = (size_t)(end - offset);
	char *newline;

	buf_reserve(&tail, len);
	if (pread(fd, tail.data, len, (off_t)offset) != (ssize_t)len)
		return false;
	newline = memchr(tail.data, '\n', len);
	return newline == tail.data + len - 1;
}

/* Has all of the file up to that size been read, as the index says? */
static bool
refresh__is_read(const struct query_input *in, int fd, const struct stat *st)
{
	char head[UNPACK_HEAD];
	uint64_t size = (uint64_t)st->st_size;
	int64_t changed = st->st_mtim.tv_sec * NSEC_PER_SEC +
	    st->st_mtim.tv_nsec;
	ssize_t n = pread(fd, head, sizeof(head), 0);
	bool packed = n > 0 && unpack_recognize(head, (size_t)n) != UNPACK_NONE;

	if (!in->file || in->dev != (uint64_t)st->st_dev ||
	    in->ino != (uint64_t)st->st_ino)
		return false;
	if (!packed && size < in->offset)
		return false;
	/* A line that was torn may be whole by now. */
	if (!packed && !in->torn && size > in->offset &&
	    size - in->offset <= REFRESH_LINE_MAX &&
	    refresh__one_line(fd, in->offset, size))
		return true;
	return changed + REFRESH_SLACK_NS < in->read_ns;
}

/* What of the inputs is to be read on. */
struct stale {
	const struct query_input *in; /* NULL: no file, or all was read */
	struct stat st;               /* of the file, when it was asked */
	bool journal;
};

/* Looks at one input; false when there is nothing to be done with it. */
static bool
refresh__look(const struct query_input *in, struct stale *ret,
    struct trouble *t)
{
	_cleanup_journal_name_ struct journal_name name = JOURNAL_NAME_INIT;
	_cleanup_close_ int fd = -1;

	ret->in = in;
	ret->journal = journal_name_of(in, &name);
	/* A pipe, or standard input, has been what it was. */
	if (ret->journal || !in->file)
		return ret->journal;
	fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &ret->st) < 0) {
		refresh__trouble(t, in->path, strerror(errno));
		return false;
	}
	return S_ISREG(ret->st.st_mode) && !refresh__is_read(in, fd, &ret->st);
}

/* ---- reading on -------------------------------------------------------- */

static int
refresh__read(struct indexing *in, struct store *w, bool quiet,
    struct error *err)
{
	_cleanup_(source_freep) struct source *src = NULL;
	struct indexing_run run = { NULL };

	if (indexing_open(in, w, &src, err) < 0)
		return -1;
	progress_init(&run.progress, !quiet);
	return indexing_read(w, src, &run, err);
}

/* The files together, as `index` merges them; then each journal. */
static void
refresh__index(struct store *w, const struct stale *stale, size_t n, bool quiet,
    struct trouble *t)
{
	_cleanup_(indexing_done) struct indexing files = INDEXING_INIT;
	struct error err = ERROR_INIT;

	for (size_t i = 0; i < n; i++)
		if (!stale[i].journal)
			indexing_add(&files, stale[i].in->path);
	if (files.n > 0 && refresh__read(&files, w, quiet, &err) < 0)
		refresh__trouble(t, NULL, err.text);
}

static void
refresh__journal(const char *db, const struct journal_name *name, bool quiet,
    struct trouble *t)
{
	_cleanup_(indexing_done) struct indexing in = INDEXING_INIT;
	_cleanup_(store_freep) struct store *w = NULL;
	struct error err = ERROR_INIT;

	in.journal = name->path != NULL ? name->path : "";
	in.units = name->units;
	indexing_add(&in, name->name);
	if (store_open_write(db, &w, &err) < 0 ||
	    refresh__read(&in, w, quiet, &err) < 0)
		refresh__trouble(t, NULL, err.text);
}

/* ---- waiting for another writer ---------------------------------------- */

/* Has the index that input, as far as it went when it was looked at? */
static bool
refresh__has(const struct query_inputs *now, const struct stale *old,
    int64_t asked_ns)
{
	for (size_t i = 0; i < now->n; i++) {
		const struct query_input *in = &now->inputs[i];
		_cleanup_close_ int fd = -1;

		if (strcmp(in->path, old->in->path) != 0)
			continue;
		if (old->journal)
			return in->read_ns >= asked_ns;
		fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		return in->offset >= (uint64_t)old->st.st_size ||
		    (fd >= 0 && refresh__is_read(in, fd, &old->st));
	}
	return false;
}

static void
refresh__wait(struct store *s, const struct stale *stale, size_t n,
    const char *why, struct trouble *t)
{
	const struct timespec poll = { 0, REFRESH_POLL_NS };
	int64_t asked = clock_real_ns(), began = clock_mono_ns(), waited;
	size_t missing = n;
	bool files = true;

	while (missing > 0 && files) {
		_cleanup_inputs_ struct query_inputs now = QUERY_INPUTS_INIT;

		if (query_inputs(s, &now, NULL) < 0)
			return;
		waited = clock_mono_ns() - began;
		missing = 0;
		files = false;
		for (size_t i = 0; i < n; i++) {
			if (refresh__has(&now, &stale[i], asked))
				continue;
			missing++;
			/* Nothing tells where a journal's end is. */
			if (!stale[i].journal || waited < REFRESH_JOURNAL_NS)
				files = true;
		}
		if (missing > 0 && waited > REFRESH_WAIT_NS) {
			refresh__trouble(t, NULL, why);
			return;
		}
		if (missing > 0 && files)
			nanosleep(&poll, NULL);
	}
}

/* ---- an index that is not ours ----------------------------------------- */

static bool
refresh__is_ours(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);

	return access(path, W_OK) == 0 && access(dirname(copy), W_OK) == 0;
}

/* When the newest reading of its inputs was. */
static void
refresh__as_of(const struct store *s, const struct query_inputs *inputs)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	char text[CLOCK_RFC3339_MAX];
	int64_t ns = 0;

	for (size_t i = 0; i < inputs->n; i++)
		if (inputs->inputs[i].read_ns > ns)
			ns = inputs->inputs[i].read_ns;
	text_escape(&path, store_path(s), strlen(store_path(s)), false);
	clock_format_rfc3339(ns, text);
	text[10] = ' ';
	text[19] = '\0';
	fprintf(stderr,
	    "bangerlog: the index %s as of %s (UTC): it is not yours to bring "
	    "up to date; --no-refresh does not ask\n",
	    buf_str(&path), text);
}

static void
refresh__not_ours(struct store *s, const struct query_inputs *inputs,
    const struct stale *stale, size_t n, bool unknown, bool quiet)
{
	struct trouble t = { BUF_INIT, 0 };

	if (store_writer(store_path(s)) != 0)
		refresh__wait(s, stale, n, "its writer is busy", &t);
	else if ((n > 0 || unknown) && !quiet)
		refresh__as_of(s, inputs);
	refresh__say(&t, quiet);
	buf_done(&t.text);
}

/* ---- all of it --------------------------------------------------------- */

/* Each with a writer of its own: one that fails leaves the others alone. */
static void
refresh__stale(struct store *s, const struct stale *stale, size_t n, bool quiet,
    struct trouble *t)
{
	_cleanup_(store_freep) struct store *w = NULL;
	struct error err = ERROR_INIT;

	if (store_open_write(store_path(s), &w, &err) < 0) {
		if (err.kind != NULL && strcmp(err.kind, STORE_LOCKED) == 0)
			refresh__wait(s, stale, n, err.text, t);
		else
			refresh__trouble(t, NULL, err.text);
		return;
	}
	refresh__index(w, stale, n, quiet, t);
	w = store_free(w);
	for (size_t i = 0; i < n; i++) {
		_cleanup_journal_name_ struct journal_name name =
		    JOURNAL_NAME_INIT;

		if (stale[i].journal && journal_name_of(stale[i].in, &name))
			refresh__journal(store_path(s), &name, quiet, t);
	}
}

void
refresh(struct store *s, bool quiet)
{
	_cleanup_inputs_ struct query_inputs inputs = QUERY_INPUTS_INIT;
	_cleanup_free_ struct stale *stale = NULL;
	struct trouble t = { BUF_INIT, 0 };
	struct error err = ERROR_INIT;
	bool ours = refresh__is_ours(store_path(s));
	size_t n = 0;

	if (query_inputs(s, &inputs, &err) < 0)
		refresh__trouble(&t, NULL, err.text);
	stale = xcalloc(inputs.n + 1, sizeof(*stale));
	for (size_t i = 0; i < inputs.n; i++)
		if (refresh__look(&inputs.inputs[i], &stale[n], &t))
			n++;
	/* What of its inputs may not be read is its writer's to read. */
	if (!ours)
		refresh__not_ours(s, &inputs, stale, n, t.n > 0, quiet);
	else if (n > 0)
		refresh__stale(s, stale, n, quiet, &t);
	if (ours)
		refresh__say(&t, quiet);
	buf_done(&t.text);
}

void
refresh_new(const char *path)
{
	_cleanup_(source_freep) struct source *probe = NULL;
	_cleanup_journal_name_ struct journal_name name = JOURNAL_NAME_INIT;
	struct trouble t = { BUF_INIT, 0 };
	struct error err = ERROR_INIT;

	journal_name_given("", NULL, &name, NULL);
	/* No journal, no index: an empty one would answer that all is well. */
	if (source_open_journal(NULL, NULL, 0, NULL, &probe, &err) < 0)
		refresh__trouble(&t, NULL, err.text);
	else
		refresh__journal(path, &name, false, &t);
	refresh__say(&t, false);
	buf_done(&t.text);
}
