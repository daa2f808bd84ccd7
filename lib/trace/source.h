/* SPDX-License-Identifier: ISC */
/*
 * Where records come from.  A source is pulled: source_next() until it says
 * WAIT or END.  A following source never ends; between two WAITs the caller
 * polls source_fd() for POLLIN and calls again at the latest after
 * source_timeout().  A recorded and a live source cannot be told apart
 * otherwise.
 *
 *	while ((st = source_next(s, &r, &err)) == SOURCE_MORE)
 *		opset_add(set, &r);
 *
 * Records of one source come in its own order.  One without a time has the
 * time of the one before it.
 */
#ifndef TRACE_SOURCE_H
#define TRACE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "trace/record.h"

enum source_status {
	SOURCE_MORE, /* r was filled */
	SOURCE_WAIT, /* nothing now; only of a following source */
	SOURCE_END,  /* nothing more, ever */
	SOURCE_LOST, /* something could not be had, err says what; go on.
			-EBADMSG: the input is damaged, and this will be said
			again each time that it is read */
};

/* What was read so far. */
struct source_stats {
	uint64_t bytes; /* of text: unpacked; of a journal its messages */
	uint64_t lines, blank; /* entries too; the blank make no record */
	/* As they lie in the files: taken, and there (0: unknown). */
	uint64_t read, total;
};

struct source;

struct source_ops {
	enum source_status (
	    *next)(struct source *s, struct record *r, struct error *err);
	/* Or NULL: as source_borrow(), of a source that has records itself. */
	enum source_status (*borrow)(struct source *s,
	    const struct record **ret, struct error *err);
	int (*fd)(const struct source *s);
	int64_t (*timeout)(const struct source *s);
	void (*stats)(const struct source *s, struct source_stats *ret);
	const char *(*name)(const struct source *s, unsigned source);
	void (*units)(struct source *s, const char *const *units);
	/* Or NULL: it reads all messages itself; see source_unread(). */
	void (*unread)(struct source *s, bool unread);
	void (*close)(struct source *s);
};

/* The head of every kind of source; theirs stands behind it. */
struct source {
	const struct source_ops *ops;
};

enum source_flags {
	SOURCE_FOLLOW = 1,   /* wait for more, through rotation */
	SOURCE_FROM_END = 2, /* with FOLLOW: skip what is there already */
};

/* Where an earlier reading of an input stopped. */
struct source_resume {
	struct file_id file; /* all 0: of no file */
	uint64_t offset, lines;
	int64_t read_ns; /* wall clock: when that was; 0 unknown */
	char *cursor;    /* of a journal; owned; NULL: none */
};

/*
 * A file, or standard input for "-"; what form it has is seen from its first
 * bytes (export.h, parse.h).  Followed, it is read on through rotation
 * by rename (the rest of the old file, then the new one) and through
 * truncation (from the start again, after a LOST); a file that is not there
 * yet is waited for.  gzip and zstd are unpacked, and told by their first
 * bytes too.  Not followed, a file that cannot be opened is an error.
 *
 * With `resume` (NULL: from the start; borrowed for the call) it reads on from
 * that offset when the file is the same as then.  When the name is another
 * file's by now, the rest of the old one comes first where it, or a packed
 * copy, still lies in the same folder, and else a LOST says that it is gone;
 * then what the name was rotated to meanwhile (source_rotate.h), each from its
 * start, with a LOST where one of them is gone; then the new one.
 */
int source_open_file(const char *path, unsigned flags,
    const struct source_resume *resume, struct source **ret, struct error *err);
/*
 * The systemd journal: this host's (path NULL), a file, or a folder of them.
 * What `journalctl -u` shows of the units (ending in NULL; borrowed for the
 * source's life; NULL: the usual ones of parse.h).  It is read by a child
 * process, which libsystemd may kill: the source says LOST, starts another one
 * behind the last entry, and after three deaths at one place goes past it.
 * The child also ends with the thread that called this.
 *
 * Each record has a safe_cursor: few entries have one, so most records have
 * that of an earlier entry.  With `resume` that has a cursor the entry of that
 * cursor comes again first; when it is gone, a LOST and then all there is from
 * the first entry on.  A journal that cannot be read, or is not there, is
 * an error; only this host's is waited for with SOURCE_FOLLOW.
 */
int source_open_journal(const char *path, const char *const *units,
    unsigned flags, const struct source_resume *resume, struct source **ret,
    struct error *err);
/*
 * What a journal holds from one wall-clock time (of journald's stamps) to
 * another, whatever unit wrote it; a clock that was set back in between ends it
 * early.  Records of units that are not the usual ones are foreign.  Only the
 * entries of that time are read, and nothing is said of other damage.
 */
int source_open_journal_span(const char *path, int64_t from_ns,
    int64_t until_ns, struct source **ret, struct error *err);
/*
 * An index: the lines of its newest `limit` operations and of all that are
 * under way, by time; with SOURCE_FOLLOW then those that come to it.  What
 * belongs to no operation is left out.
 */
int source_open_index(const char *path, size_t limit, unsigned flags,
    struct source **ret, struct error *err);
/*
 * What bangerd tells of its operations as it logs them, by op.watch on that
 * socket; it follows.  The helper's lines are not among it.  Fails where
 * bangerd is not there or refuses; later it is waited for, with a LOST.
 */
int source_open_watch(const char *socket, struct source **ret,
    struct error *err);
/*
 * Several sources merged by time; pos.source numbers them.  Takes the sources
 * over (not the array).  Following, it waits no longer than a tenth of a
 * second for a source that is silent.
 */
struct source *source_merge(struct source *const *sources, size_t n);
/*
 * Each path through source_open_file(), with its own resume (NULL: none has
 * one), merged when there are several.
 */
int source_open_files(const char *const *paths,
    const struct source_resume *resumes, size_t n, unsigned flags,
    struct source **ret, struct error *err);

/*
 * Reads ahead of its caller on a thread of its own, so that parsing and what
 * is done with the records go on side by side.  Takes over a source that ends,
 * does not follow, and has been given its units; one whose reads may take long
 * (a pipe that somebody types into) would hold up the closing.  A WAIT of it
 * has waited a tenth of a second: ask again.
 *
 * So many batches, of some hundred lines each, may be on their way.  Of files:
 * enough to read on for while the caller ends a transaction, some 20 ms.  The
 * journal is slower to come, and its pipe holds something too; there it does
 * not pay to take more memory, which is dear when it is new.
 */
#define SOURCE_AHEAD_FILES 128
#define SOURCE_AHEAD_JOURNAL 16
struct source *source_ahead(struct source *inner, size_t batches);

static inline enum source_status
source_next(struct source *s, struct record *r, struct error *err)
{
	return s->ops->next(s, r, err);
}

/*
 * As source_next(), for who only looks at the record: it stays the source's,
 * or is `own` filled, until the next call.
 */
static inline enum source_status
source_borrow(struct source *s, struct record *own, const struct record **ret,
    struct error *err)
{
	if (s->ops->borrow != NULL)
		return s->ops->borrow(s, ret, err);
	*ret = own;
	return source_next(s, own, err);
}

/*
 * To poll for POLLIN; borrowed; -1: there is nothing to wait for.  After a LOST
 * it may be another one, also one of the same number.
 */
static inline int
source_fd(const struct source *s)
{
	return s->ops->fd(s);
}

/* Nanoseconds until it wants to be called even so; -1: never. */
static inline int64_t
source_timeout(const struct source *s)
{
	return s->ops->timeout(s);
}

static inline void
source_stats(const struct source *s, struct source_stats *ret)
{
	s->ops->stats(s, ret);
}

/* The path of the source with that number; borrowed. */
static inline const char *
source_name(const struct source *s, unsigned source)
{
	return s->ops->name(s, source);
}

/*
 * Lets it leave messages unread (record.h); false: it never does.  Who reads
 * them then also gives the records without a time that of the one before.
 */
static inline bool
source_unread(struct source *s, bool unread)
{
	if (s->ops->unread != NULL)
		s->ops->unread(s, unread);
	return s->ops->unread != NULL;
}

/*
 * The units whose entries count, ending in NULL, in place of the usual ones
 * (parse.h); borrowed for the source's life, before the first record.
 */
static inline void
source_units(struct source *s, const char *const *units)
{
	s->ops->units(s, units);
}

/* Takes NULL; returns NULL. */
struct source *source_free(struct source *s);
/* Sleeps as a caller without a loop of its own would; false on a signal. */
bool source_wait(const struct source *s);

DEFINE_FREEP(struct source *, source_free);

#endif
