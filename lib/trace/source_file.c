/* SPDX-License-Identifier: ISC */
#include "trace/source.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/export.h"
#include "trace/parse.h"

#define SOURCE_CHUNK (256 * 1024)
/* A longer line is cut: sixteen times the journal's LineMax as byte array. */
#define SOURCE_LINE_MAX (4 * 1024 * 1024)
/*
 * How often a followed file is looked at when nothing calls: inotify does not
 * see what another host writes to a network file system.
 */
#define SOURCE_POLL_NS NSEC_PER_SEC
#define SOURCE_POLL_BLIND_NS (NSEC_PER_SEC / 5)

/* As many bytes tell an export stream from lines. */
#define SOURCE_FORM_BYTES 24

enum source_form { SOURCE_UNKNOWN, SOURCE_LINES, SOURCE_EXPORT };

struct source_file {
	struct source head;
	char *path;
	unsigned flags;
	int fd;      /* -1: the followed file is not there */
	int notify;  /* inotify, or -1 */
	int watch;   /* of the file itself, or -1 */
	bool stream; /* a pipe or terminal, not a file */
	bool ended;

	struct buf in; /* from offset on; the first `taken` bytes are done */
	size_t taken;
	size_t scanned; /* no newline before this one */
	bool skipping;  /* the rest of an overlong line */
	bool cut;       /* the line that was fed is the head of one */

	uint64_t offset; /* in the file, of the next line */
	uint64_t line;   /* lines fed of this file */
	struct record_pos pos;
	int64_t last_ns; /* carried time */
	bool has_last;

	enum source_form form;
	struct export export;

	struct parser *parser;
	struct source_stats stats;
};

/* ---- the file ---------------------------------------------------------- */

static void
source_file__watch(struct source_file *f)
{
	char link[32];

	if (f->notify < 0)
		return;
	if (f->watch >= 0)
		inotify_rm_watch(f->notify, f->watch);
	/* The name may stand for another file by now: watch what is open. */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", f->fd);
	f->watch = inotify_add_watch(f->notify, link,
	    IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
}

/* What comes next is the start of a file. */
static void
source_file__restart(struct source_file *f)
{
	f->offset = f->line = 0;
	f->form = SOURCE_UNKNOWN;
	f->export = (struct export){ .entry = parser_entry(f->parser) };
	parser_restart(f->parser);
}

/* Begins with the file that stands under the name; -errno. */
static int
source_file__open(struct source_file *f)
{
	struct stat st;
	int fd = strcmp(f->path, "-") == 0
	    ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
	    : open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	if (f->fd >= 0)
		close(f->fd);
	f->fd = fd;
	f->stream = !S_ISREG(st.st_mode);
	source_file__restart(f);
	if (!f->stream)
		f->stats.total += (uint64_t)st.st_size;
	if ((f->flags & SOURCE_FOLLOW) != 0 && !f->stream)
		source_file__watch(f);
	return 0;
}

/* Skips what is there, to the first line that begins after it. */
static void
source_file__to_end(struct source_file *f)
{
	char last, first[SOURCE_FORM_BYTES];
	off_t end;
	ssize_t n;

	end = f->fd < 0 || f->stream ? 0 : lseek(f->fd, 0, SEEK_END);
	if (end <= 0)
		return;
	n = pread(f->fd, first, sizeof(first), 0);
	f->form = n > 0 && export_is_start(first, (size_t)n) ? SOURCE_EXPORT
							     : SOURCE_LINES;
	f->offset = (uint64_t)end;
	f->skipping = pread(f->fd, &last, 1, end - 1) == 1 && last != '\n';
}

/* Watches the folder, where a new file of that name will appear. */
static void
source_file__watch_folder(struct source_file *f)
{
	_cleanup_free_ char *copy = xstrdup(f->path);

	f->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (f->notify >= 0)
		inotify_add_watch(f->notify, dirname(copy),
		    IN_CREATE | IN_MOVED_TO);
}

/* Reads more; the count, 0 at the end, negative -errno (-EAGAIN: later). */
static ssize_t
source_file__read(struct source_file *f)
{
	struct pollfd p = { .fd = f->fd, .events = POLLIN };
	ssize_t n;

	if (f->fd < 0)
		return 0;
	if (f->taken > 0) {
		buf_consume(&f->in, f->taken);
		f->scanned -= f->taken;
		f->taken = 0;
	}
	if (f->stream && (f->flags & SOURCE_FOLLOW) != 0 && poll(&p, 1, 0) == 0)
		return -EAGAIN;
	buf_reserve(&f->in, SOURCE_CHUNK);
	do
		n = read(f->fd, f->in.data + f->in.len, SOURCE_CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	f->in.len += (size_t)n;
	f->in.data[f->in.len] = '\0';
	f->stats.bytes += (uint64_t)n;
	return n;
}

/* ---- lines ------------------------------------------------------------- */

/* Hands len bytes to the parser, and takes them and their newline away. */
static void
source_file__feed(struct source_file *f, size_t len, size_t newline,
    bool complete)
{
	const char *line = f->in.data + f->taken;
	bool blank = strspn(line, " \t\r") >= len;

	f->stats.lines++;
	f->stats.blank += blank;
	f->pos.offset = f->offset;
	f->pos.lines = ++f->line;
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
	f->pos.lines = ++f->line;
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

/* Feeds the next whole line that is in memory; false when there is none. */
static bool
source_file__text(struct source_file *f)
{
	const char *at = buf_str(&f->in), *nl;
	size_t len;

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

/* Feeds what stands behind the last newline; false when nothing does. */
static bool
source_file__rest(struct source_file *f)
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
	if (len == 0)
		return false;
	f->cut = false;
	source_file__feed(f, len, 0, false);
	return true;
}

/* ---- following --------------------------------------------------------- */

static void
source_file__drain(const struct source_file *f)
{
	char events[4096];

	while (f->notify >= 0 && read(f->notify, events, sizeof(events)) > 0)
		;
}

/*
 * At the end of a followed file: has it been cut short, or is the name another
 * file's now?  MORE: go on reading.
 */
static enum source_status
source_file__rotated(struct source_file *f, struct error *err)
{
	struct stat open_st, name_st;
	uint64_t read_to = f->offset + (f->in.len - f->taken);

	if (f->fd < 0)
		return source_file__open(f) < 0 ? SOURCE_WAIT : SOURCE_MORE;
	if (fstat(f->fd, &open_st) == 0 &&
	    (uint64_t)open_st.st_size < read_to) {
		if (source_file__rest(f))
			return SOURCE_MORE;
		lseek(f->fd, 0, SEEK_SET);
		source_file__restart(f);
		error_set(err, -ESTALE,
		    "%s was cut short; reading on from its start", f->path);
		return SOURCE_LOST;
	}
	if (stat(f->path, &name_st) < 0 ||
	    (name_st.st_dev == open_st.st_dev &&
		name_st.st_ino == open_st.st_ino))
		return SOURCE_WAIT;
	/* Its writer may have added to it before it let go of it. */
	if (source_file__read(f) > 0 || source_file__rest(f))
		return SOURCE_MORE;
	return source_file__open(f) < 0 ? SOURCE_WAIT : SOURCE_MORE;
}

/* More bytes, or why not; MORE: look for a line again. */
static enum source_status
source_file__more(struct source_file *f, struct error *err)
{
	bool follow = (f->flags & SOURCE_FOLLOW) != 0;
	ssize_t n;

	/* Before the read, so that what comes during it wakes us again. */
	if (follow)
		source_file__drain(f);
	n = source_file__read(f);
	if (n > 0)
		return SOURCE_MORE;
	if (n == -EAGAIN)
		return SOURCE_WAIT;
	if (n == 0 && follow && !f->stream)
		return source_file__rotated(f, err);
	f->ended = !source_file__rest(f);
	if (n < 0) {
		f->ended = true;
		error_errno(err, (int)-n, "reading %s", f->path);
		return SOURCE_LOST;
	}
	return f->ended ? SOURCE_END : SOURCE_MORE;
}

/* ---- as a source ------------------------------------------------------- */

static enum source_status
source_file__next(struct source *s, struct record *r, struct error *err)
{
	struct source_file *f = (struct source_file *)s;
	enum source_status st;
	unsigned sub;

	while (!parser_next(f->parser, r)) {
		if (f->ended)
			return SOURCE_END;
		if (source_file__line(f))
			continue;
		st = source_file__more(f, err);
		if (st != SOURCE_MORE)
			return st;
	}
	sub = r->pos.sub;
	r->pos = f->pos;
	r->pos.safe_offset = r->pos.offset;
	r->pos.safe_lines = r->pos.lines - 1;
	r->pos.sub = sub;
	if (f->cut)
		r->flags |= RECORD_CUT;
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
	*ret = ((const struct source_file *)s)->stats;
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
source_file__close(struct source *s)
{
	struct source_file *f = (struct source_file *)s;

	if (f->fd >= 0)
		close(f->fd);
	if (f->notify >= 0)
		close(f->notify);
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
	.close = source_file__close,
};

int
source_open_file(const char *path, unsigned flags,
    const struct source_resume *resume, struct source **ret, struct error *err)
{
	struct source_file *f = xcalloc(1, sizeof(*f));
	int rc;

	(void)resume;

	f->head.ops = &source_file_ops;
	f->path = xstrdup(path);
	f->flags = flags;
	f->fd = f->notify = f->watch = -1;
	f->parser = parser_new();
	if ((flags & SOURCE_FOLLOW) != 0)
		source_file__watch_folder(f);
	rc = source_file__open(f);
	if (rc < 0 && (rc != -ENOENT || (flags & SOURCE_FOLLOW) == 0)) {
		source_file__close(&f->head);
		return error_errno(err, -rc, "opening %s", path);
	}
	/* A file on standard input has no name under which it could change. */
	if (strcmp(path, "-") == 0 && !f->stream)
		f->flags &= ~(unsigned)SOURCE_FOLLOW;
	if ((f->flags & SOURCE_FROM_END) != 0)
		source_file__to_end(f);
	*ret = &f->head;
	return 0;
}
