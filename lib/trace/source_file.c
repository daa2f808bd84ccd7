/* SPDX-License-Identifier: ISC */
/* A file as a source: its bytes to lines or entries, and these to records. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/source_int.h"

/* A longer line is cut: sixteen times the journal's LineMax as byte array. */
#define SOURCE_LINE_MAX (4 * 1024 * 1024)
/*
 * How often a followed file is looked at when nothing calls: inotify does not
 * see what another host writes to a network file system.
 */
#define SOURCE_POLL_NS NSEC_PER_SEC
#define SOURCE_POLL_BLIND_NS (NSEC_PER_SEC / 5)

/* ---- lines ------------------------------------------------------------- */

/* Tells the parser where the line or entry is that is fed next. */
static void
source_file__at(struct source_file *f)
{
	f->pos.safe_offset = f->pos.offset;
	f->pos.safe_lines = f->line;
	f->pos.lines = ++f->line;
	f->flushed = false;
	parser_at(f->parser, &f->pos);
}

/* Hands len bytes to the parser, and takes them and their newline away. */
static void
source_file__feed(struct source_file *f, size_t len, size_t newline,
    bool complete)
{
	const char *line = f->in.data + f->taken;
	bool blank = *line != '{' && strspn(line, " \t\r") >= len;

	f->stats.lines++;
	f->stats.blank += blank;
	f->pos.offset = f->offset;
	source_file__at(f);
	parser_feed(f->parser, line, len, complete);
	f->taken += len + newline;
	f->scanned = f->taken;
	f->offset += len + newline;
}

/* Hands the entry that is complete to the parser. */
static void
source_file__feed_entry(struct source_file *f, bool complete)
{
	f->stats.lines++;
	source_file__at(f);
	f->cut = false;
	parser_feed_entry(f->parser, complete);
}

/* Feeds the next whole entry in memory; what is not one stays. */
static enum export_status
source_file__export(struct source_file *f)
{
	enum export_status st;
	size_t used;
	bool open;

	do {
		open = f->export.open;
		if (!open) {
			entry_reset(f->export.entry);
			f->pos.offset = f->offset;
		}
		st = export_take(&f->export, buf_str(&f->in) + f->taken,
		    f->in.len - f->taken, &used);
		f->taken += used;
		f->offset += used;
		f->scanned = f->taken;
	} while (st == EXPORT_FIELD);
	if (st == EXPORT_ENTRY)
		source_file__feed_entry(f, true);
	return st;
}

/* Sees from the first bytes what the input is; false: there are too few. */
static bool
source_file__recognize(struct source_file *f, bool all)
{
	const char *at = buf_str(&f->in) + f->taken;
	size_t len = f->in.len - f->taken;

	if (f->form != SOURCE_UNKNOWN)
		return true;
	if (len < SOURCE_FORM_BYTES && memchr(at, '\n', len) == NULL && !all)
		return false;
	f->form = export_is_start(at, len) ? SOURCE_EXPORT : SOURCE_LINES;
	return true;
}

/* The same where it is a usual entry, whose end needs not be looked for. */
static bool
source_file__usual(struct source_file *f)
{
	size_t len = parser_scan(f->parser, f->in.data + f->taken,
	    f->in.len - f->taken);

	if (len == 0)
		return false;
	f->pos.offset = f->offset;
	source_file__feed_entry(f, true);
	f->taken += len + 1;
	f->scanned = f->taken;
	f->offset += len + 1;
	return true;
}

/* Feeds the next whole line that is in memory; false when there is none. */
static bool
source_file__text(struct source_file *f)
{
	const char *at = buf_str(&f->in), *nl;
	size_t len;

	if (!f->skipping && f->scanned == f->taken && f->taken < f->in.len &&
	    source_file__usual(f))
		return true;
	for (;;) {
		nl = f->in.len == f->scanned
		    ? NULL
		    : memchr(at + f->scanned, '\n', f->in.len - f->scanned);
		len = (nl != NULL ? (size_t)(nl - at) : f->in.len) - f->taken;
		if (f->skipping) {
			len += nl != NULL;
			f->taken += len;
			f->scanned = f->taken;
			f->offset += len;
			f->skipping = nl == NULL;
			if (nl == NULL)
				return false;
			continue;
		}
		f->cut = len > SOURCE_LINE_MAX;
		if (f->cut) {
			source_file__feed(f, SOURCE_LINE_MAX, 0, true);
			f->skipping = true;
			return true;
		}
		if (nl != NULL) {
			source_file__feed(f, len, 1, true);
			return true;
		}
		f->scanned = f->in.len;
		return false;
	}
}

/* Feeds the next whole entry or line; false when there is none. */
static bool
source_file__line(struct source_file *f)
{
	enum export_status st;

	if (!source_file__recognize(f, false))
		return false;
	if (f->form == SOURCE_EXPORT && !f->skipping) {
		st = source_file__export(f);
		if (st != EXPORT_LINE)
			return st == EXPORT_ENTRY;
	}
	return source_file__text(f);
}

/*
 * Feeds what stands behind the last newline, then has the parser give up lines
 * that lack a piece; false when nothing more comes of either.
 */
bool
source_file_rest(struct source_file *f)
{
	size_t len = f->in.len - f->taken;

	f->skipping = false;
	if (len > 0)
		source_file__recognize(f, true);
	if (f->form == SOURCE_EXPORT) {
		if (len > 0)
			export_rest(&f->export, f->in.data + f->taken, len);
		if (f->export.open) {
			f->export.open = false;
			f->taken += len;
			f->scanned = f->taken;
			f->offset += len;
			source_file__feed_entry(f, false);
			return true;
		}
	}
	if (len == 0 && !f->flushed) {
		f->flushed = true;
		parser_flush(f->parser);
		return true;
	}
	if (len == 0)
		return false;
	f->cut = false;
	source_file__feed(f, len, 0, false);
	return true;
}

enum source_status
source_file_tell(struct error *what, struct error *err)
{
	if (err != NULL)
		*err = *what;
	error_clear(what);
	return SOURCE_LOST;
}

/* More bytes, or why not; MORE: look for a line again. */
static enum source_status
source_file__more(struct source_file *f, struct error *err)
{
	bool follow = (f->flags & SOURCE_FOLLOW) != 0;
	struct error why = ERROR_INIT;
	ssize_t n;

	/* Before the read, so that what comes during it wakes us again. */
	if (follow)
		source_input_drain(f);
	n = source_input_read(f, &why);
	/* First what was read before it broke, then why it did. */
	if (n < 0 && n != -EAGAIN && f->broken.code == 0)
		f->broken = why;
	if (n > 0)
		return SOURCE_MORE;
	if (n == -EAGAIN)
		return SOURCE_WAIT;
	if (f->broken.code != 0) {
		if (source_file_rest(f))
			return SOURCE_MORE;
		/* What is packed has ended; else it would break for ever. */
		f->ended = f->unpack == NULL;
		return source_file_tell(&f->broken, err);
	}
	if (n == 0 && follow && !f->stream)
		return source_input_rotated(f, err);
	if (source_file_rest(f))
		return SOURCE_MORE;
	f->ended = !f->behind || source_input_advance(f) < 0;
	if (f->lost.code != 0)
		return source_file_tell(&f->lost, err);
	return f->ended ? SOURCE_END : SOURCE_MORE;
}

/* ---- as a source ------------------------------------------------------- */

static enum source_status
source_file__next(struct source *s, struct record *r, struct error *err)
{
	struct source_file *f = (struct source_file *)s;
	enum source_status st;

	if (f->lost.code != 0)
		return source_file_tell(&f->lost, err);
	while (!parser_next(f->parser, r)) {
		if (f->ended)
			return SOURCE_END;
		if (source_file__line(f))
			continue;
		st = source_file__more(f, err);
		if (st != SOURCE_MORE)
			return st;
	}
	if (f->cut && r->pos.lines == f->pos.lines)
		r->flags |= RECORD_CUT;
	/* Whether an unread one has a time is for its reader to find. */
	if (r->unread)
		return SOURCE_MORE;
	if (r->time_from != RECORD_TIME_NONE) {
		f->last_ns = r->time_ns;
		f->has_last = true;
	} else if (f->has_last) {
		r->time_ns = f->last_ns;
		r->time_from = RECORD_TIME_CARRIED;
	}
	return SOURCE_MORE;
}

static int
source_file__fd(const struct source *s)
{
	const struct source_file *f = (const struct source_file *)s;

	if (f->ended || (f->flags & SOURCE_FOLLOW) == 0)
		return -1;
	return f->stream ? f->fd : f->notify;
}

static int64_t
source_file__timeout(const struct source *s)
{
	const struct source_file *f = (const struct source_file *)s;

	if (f->ended || f->stream || (f->flags & SOURCE_FOLLOW) == 0)
		return -1;
	return f->notify >= 0 && (f->fd < 0 || f->watch >= 0)
	    ? SOURCE_POLL_NS
	    : SOURCE_POLL_BLIND_NS;
}

static void
source_file__stats(const struct source *s, struct source_stats *ret)
{
	const struct source_file *f = (const struct source_file *)s;

	*ret = f->stats;
	ret->read = source_input_taken(f);
}

static const char *
source_file__name(const struct source *s, unsigned source)
{
	(void)source;
	return ((const struct source_file *)s)->path;
}

static void
source_file__units(struct source *s, const char *const *units)
{
	parser_units(((struct source_file *)s)->parser, units);
}

static void
source_file__unread(struct source *s, bool unread)
{
	parser_leave_unread(((struct source_file *)s)->parser, unread);
}

static void
source_file__close(struct source *s)
{
	struct source_file *f = (struct source_file *)s;

	source_input_close(f);
	parser_free(f->parser);
	buf_done(&f->in);
	free(f->path);
	free(f);
}

static const struct source_ops source_file_ops = {
	.next = source_file__next,
	.fd = source_file__fd,
	.timeout = source_file__timeout,
	.stats = source_file__stats,
	.name = source_file__name,
	.units = source_file__units,
	.unread = source_file__unread,
	.close = source_file__close,
};

int
source_open_file(const char *path, unsigned flags,
    const struct source_resume *resume, struct source **ret, struct error *err)
{
	struct source_file *f = xcalloc(1, sizeof(*f));
	int rc;

	f->head.ops = &source_file_ops;
	f->path = xstrdup(path);
	f->flags = flags;
	f->fd = f->notify = f->watch = -1;
	f->parser = parser_new();
	rc = source_input_open(f, resume);
	if (rc < 0 && (rc != -ENOENT || (flags & SOURCE_FOLLOW) == 0)) {
		source_file__close(&f->head);
		return error_errno(err, -rc, "opening %s", path);
	}
	/* A file on standard input has no name under which it could change. */
	if (strcmp(path, "-") == 0 && !f->stream)
		f->flags &= ~(unsigned)SOURCE_FOLLOW;
	if ((f->flags & SOURCE_FROM_END) != 0)
		source_input_to_end(f);
	*ret = &f->head;
	return 0;
}
