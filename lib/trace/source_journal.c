/* SPDX-License-Identifier: ISC */
/* The caller's side of journal_child: its entries as records, and its death. */
#include "trace/source.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/journal_child.h"
#include "trace/journal_frame.h"
#include "trace/journal_place.h"
#include "trace/parse.h"

#define JOURNAL_CHUNK (256 * 1024)
/* Deaths without an entry between them: then past the place; then the end. */
#define JOURNAL_SKIP_DEATHS 3
#define JOURNAL_MAX_DEATHS 10

struct source_journal {
	struct source head;
	char *path;               /* NULL: this host's */
	const char *const *units; /* NULL: whatever unit */
	unsigned flags;
	uint64_t from_us, until_us; /* 0: from its start, to its end */
	uint64_t check_us; /* of files that end behind it nobody knows yet */
	pid_t child;       /* -1: none */
	int fd;
	bool opened, ended; /* the child said so; nothing more, ever */

	struct journal_place place;
	uint64_t last_us; /* wall clock of the last entry, 0: none was read */
	unsigned deaths;  /* since the last entry */

	struct buf in; /* the first `taken` bytes are done */
	size_t taken;
	struct journal_frame frame;
	struct parser *parser;
	uint64_t count;
	bool piece;      /* the last entry is one of a split line */
	bool whole;      /* no line lacks a piece behind it */
	int64_t last_ns; /* carried time */
	bool has_last;
	struct source_stats stats;
};

/* ---- the child --------------------------------------------------------- */

static int
source_journal__start(struct source_journal *j, struct error *err)
{
	struct journal_job job = {
		.path = j->path,
		.units = j->units,
		.follow = (j->flags & SOURCE_FOLLOW) != 0,
		.from_end = (j->flags & SOURCE_FROM_END) != 0,
		.careful = j->deaths > 0,
		.cursor = j->place.cursor,
		.skip_us = j->place.cursor == NULL ? j->from_us : 0,
		.until_us = j->until_us,
		.check_us = j->place.held ? j->check_us
					  : journal_place_us(&j->place),
	};

	/* Each death at one place goes a hundred times further past it. */
	if (j->deaths >= JOURNAL_SKIP_DEATHS && j->last_us != 0) {
		job.skip_us = 1;
		for (unsigned i = JOURNAL_SKIP_DEATHS; i < j->deaths; i++)
			job.skip_us *= 100;
		job.skip_us += j->last_us;
	}
	buf_reset(&j->in);
	j->taken = 0;
	journal_frame_begin(&j->frame, parser_entry(j->parser));
	j->child = journal_child_start(&job, &j->fd);
	if (j->child < 0)
		return error_errno(err, -j->child, "starting to read %s",
		    j->path != NULL ? j->path : "the journal");
	return 0;
}

/* Once it is known to be open, a followed journal keeps nobody waiting. */
static void
source_journal__unblock(const struct source_journal *j)
{
	if ((j->flags & SOURCE_FOLLOW) != 0)
		fcntl(j->fd, F_SETFL, O_NONBLOCK);
}

/* Ends the child and gives its status as of waitpid(). */
static int
source_journal__reap(struct source_journal *j, bool stop)
{
	int status = 0;

	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
	if (j->child <= 0)
		return 0;
	if (stop)
		kill(j->child, SIGKILL);
	while (waitpid(j->child, &status, 0) < 0 && errno == EINTR)
		;
	j->child = -1;
	return status;
}

/* The child is gone without having said why, or has to go (garbled). */
static enum source_status
source_journal__died(struct source_journal *j, bool garbled, struct error *err)
{
	int status = source_journal__reap(j, garbled);
	const char *what = "starting again from there";

	j->deaths++;
	journal_place_died(&j->place);
	if (j->deaths >= JOURNAL_MAX_DEATHS) {
		j->ended = true;
		what = "given up";
	} else if (j->deaths >= JOURNAL_SKIP_DEATHS && j->last_us != 0) {
		what = "going past what comes next";
	}
	error_set(err, -EIO,
	    "reading the journal failed (%s %d) after cursor %s; %s",
	    garbled                   ? "its reader makes no sense:"
		: WIFSIGNALED(status) ? "signal"
				      : "status",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
	    j->place.cursor != NULL ? j->place.cursor : "none", what);
	if (!j->ended && source_journal__start(j, err) < 0)
		j->ended = true;
	if (!j->ended && j->opened)
		source_journal__unblock(j);
	return SOURCE_LOST;
}

/* ---- entries ----------------------------------------------------------- */

/* What the child has to say itself; MORE: nothing for the caller. */
static enum source_status
source_journal__word(struct source_journal *j, const struct journal_word *w,
    struct error *err)
{
	_cleanup_free_ char *text = xmemdup(w->text, w->len);

	switch (w->what) {
	case JOURNAL_GONE:
		journal_place_gone(&j->place);
		/* fallthrough */
	case JOURNAL_LOST:
		error_set(err, -EIO, "%s", text);
		return SOURCE_LOST;
	case JOURNAL_DAMAGED:
		error_set(err, -EBADMSG, "%s", text);
		return SOURCE_LOST;
	case JOURNAL_ERROR:
		j->ended = true;
		source_journal__reap(j, true);
		error_set(err, w->aux > 0 ? -(int)w->aux : -EIO,
		    "opening %s: %s",
		    j->path != NULL ? j->path : "this host's journal", text);
		return SOURCE_LOST;
	case JOURNAL_CHECKED:
		journal_place_release(&j->place);
		break;
	case JOURNAL_AT:
		journal_place_behind(&j->place, text);
		j->flags &= ~(unsigned)SOURCE_FROM_END;
		break;
	case JOURNAL_END:
		j->ended = true;
		source_journal__reap(j, false);
		parser_flush(j->parser);
		break;
	default:
		j->opened = true;
	}
	return SOURCE_MORE;
}

/* Hands a complete entry to the parser. */
static enum source_status
source_journal__entry(struct source_journal *j, struct error *err)
{
	const struct entry *e = j->frame.entry;
	struct record_pos at = { 0 };
	int64_t real_us;

	switch (journal_place_take(&j->place, e, j->whole)) {
	case JOURNAL_PLACE_BAD:
		return source_journal__died(j, true, err);
	case JOURNAL_PLACE_KNOWN:
		return SOURCE_MORE;
	case JOURNAL_PLACE_NEW:
		break;
	}
	real_us = entry_num(e, ENTRY_REALTIME, 1);
	if (real_us > 0)
		j->last_us = (uint64_t)real_us;
	j->deaths = 0;
	at.offset = at.safe_offset = at.safe_lines = j->count++;
	at.lines = ++j->stats.lines;
	for (size_t i = 0; i < e->n; i++)
		j->stats.bytes += e->messages[i].len + 1;
	at.safe_cursor = j->place.safe;
	j->piece = entry_has(e, ENTRY_LINE_BREAK);
	j->whole = false; /* until a record shows it */
	parser_at(j->parser, &at);
	parser_feed_entry(j->parser, true);
	return SOURCE_MORE;
}

/* Takes the next entry out of memory; WAIT: there is no whole one. */
static enum source_status
source_journal__take(struct source_journal *j, struct error *err)
{
	struct journal_word word;
	enum journal_frame_status st;
	size_t used;

	st = journal_frame_take(&j->frame, buf_str(&j->in) + j->taken,
	    j->in.len - j->taken, &used, &word);
	j->taken += used;
	switch (st) {
	case JOURNAL_FRAME_ENTRY:
		return source_journal__entry(j, err);
	case JOURNAL_FRAME_WORD:
		return source_journal__word(j, &word, err);
	case JOURNAL_FRAME_BAD:
		return source_journal__died(j, true, err);
	default:
		return SOURCE_WAIT;
	}
}

/* Reads more from the child. */
static enum source_status
source_journal__more(struct source_journal *j, struct error *err)
{
	ssize_t n;

	buf_consume(&j->in, j->taken);
	j->taken = 0;
	buf_reserve(&j->in, JOURNAL_CHUNK);
	do
		n = read(j->fd, j->in.data + j->in.len, JOURNAL_CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return SOURCE_WAIT;
	if (n <= 0)
		return source_journal__died(j, false, err);
	j->in.len += (size_t)n;
	j->in.data[j->in.len] = '\0';
	return SOURCE_MORE;
}

/* ---- as a source ------------------------------------------------------- */

static enum source_status
source_journal__next(struct source *s, struct record *r, struct error *err)
{
	struct source_journal *j = (struct source_journal *)s;
	enum source_status st;

	while (!parser_next(j->parser, r)) {
		if (j->ended)
			return SOURCE_END;
		st = source_journal__take(j, err);
		if (st == SOURCE_WAIT)
			st = source_journal__more(j, err);
		if (st != SOURCE_MORE)
			return st;
	}
	j->whole = !j->piece && r->pos.safe_offset + 1 == j->count;
	/* Whether an unread one has a time is for its reader to find. */
	if (r->unread)
		return SOURCE_MORE;
	if (r->time_from != RECORD_TIME_NONE) {
		j->last_ns = r->time_ns;
		j->has_last = true;
	} else if (j->has_last) {
		r->time_ns = j->last_ns;
		r->time_from = RECORD_TIME_CARRIED;
	}
	return SOURCE_MORE;
}

static int
source_journal__fd(const struct source *s)
{
	const struct source_journal *j = (const struct source_journal *)s;

	return (j->flags & SOURCE_FOLLOW) != 0 ? j->fd : -1;
}

static int64_t
source_journal__timeout(const struct source *s)
{
	(void)s;
	return -1;
}

static void
source_journal__stats(const struct source *s, struct source_stats *ret)
{
	*ret = ((const struct source_journal *)s)->stats;
}

static const char *
source_journal__name(const struct source *s, unsigned source)
{
	const struct source_journal *j = (const struct source_journal *)s;

	(void)source;
	return j->path != NULL ? j->path : "journal";
}

static void
source_journal__unread(struct source *s, bool unread)
{
	parser_leave_unread(((struct source_journal *)s)->parser, unread);
}

/* The child matches what it was opened with; this judges what it gives. */
static void
source_journal__units(struct source *s, const char *const *units)
{
	parser_units(((struct source_journal *)s)->parser, units);
}

static void
source_journal__close(struct source *s)
{
	struct source_journal *j = (struct source_journal *)s;

	source_journal__reap(j, true);
	parser_free(j->parser);
	journal_frame_done(&j->frame);
	buf_done(&j->in);
	journal_place_done(&j->place);
	free(j->path);
	free(j);
}

static const struct source_ops source_journal_ops = {
	.next = source_journal__next,
	.fd = source_journal__fd,
	.timeout = source_journal__timeout,
	.stats = source_journal__stats,
	.name = source_journal__name,
	.units = source_journal__units,
	.unread = source_journal__unread,
	.close = source_journal__close,
};

/* Takes j over. */
static int
source_journal__open(struct source_journal *j, const char *path,
    const char *cursor, struct source **ret, struct error *err)
{
	enum source_status st;
	struct error why = ERROR_INIT;
	int rc;

	j->head.ops = &source_journal_ops;
	xset(&j->path, path);
	j->child = j->fd = -1;
	j->parser = parser_new();
	parser_units(j->parser, j->units);
	j->whole = true;
	journal_place_begin(&j->place, cursor);
	j->check_us = journal_place_us(&j->place);
	rc = source_journal__start(j, &why);
	while (rc == 0 && !j->opened) {
		st = source_journal__take(j, &why);
		if (st == SOURCE_WAIT)
			st = source_journal__more(j, &why);
		if (st == SOURCE_LOST && j->ended)
			rc = why.code < 0 ? why.code : -EIO;
	}
	if (rc < 0) {
		source_journal__close(&j->head);
		return error_set(err, rc, "%s", why.text);
	}
	source_journal__unblock(j);
	*ret = &j->head;
	return 0;
}

int
source_open_journal(const char *path, const char *const *units, unsigned flags,
    const struct source_resume *resume, struct source **ret, struct error *err)
{
	struct source_journal *j = xcalloc(1, sizeof(*j));

	j->units = units != NULL ? units : parse_usual_units;
	j->flags = flags;
	return source_journal__open(j, path,
	    resume != NULL ? resume->cursor : NULL, ret, err);
}

int
source_open_journal_span(const char *path, int64_t from_ns, int64_t until_ns,
    struct source **ret, struct error *err)
{
	struct source_journal *j = xcalloc(1, sizeof(*j));

	/* 0 would be without an end. */
	j->from_us = from_ns > 0 ? (uint64_t)(from_ns / NSEC_PER_USEC) : 0;
	j->until_us = until_ns >= NSEC_PER_USEC
	    ? (uint64_t)(until_ns / NSEC_PER_USEC)
	    : 1;
	return source_journal__open(j, path, NULL, ret, err);
}
