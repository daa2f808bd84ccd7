/* SPDX-License-Identifier: ISC */
/* The file behind a source: what it is packed in, and its rotation. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "trace/source_int.h"
#include "trace/source_rotate.h"

/* ---- the file ---------------------------------------------------------- */

static void
source_input__watch(struct source_file *f)
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

void
source_input_watch(struct source_file *f)
{
	_cleanup_free_ char *copy = xstrdup(f->path);

	f->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (f->notify >= 0)
		inotify_add_watch(f->notify, dirname(copy),
		    IN_CREATE | IN_MOVED_TO);
}

void
source_input_restart(struct source_file *f)
{
	f->offset = f->line = 0;
	f->form = SOURCE_UNKNOWN;
	f->export = (struct export){ .entry = parser_entry(f->parser) };
	parser_restart(f->parser);
}

int
source_input_use(struct source_file *f, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	if (f->fd >= 0)
		close(f->fd);
	f->fd = fd;
	f->stream = !S_ISREG(st.st_mode);
	if (f->unpack != NULL)
		f->unpacked += unpack_taken(f->unpack);
	f->unpack = unpack_free(f->unpack);
	f->fresh = true;
	f->copy = false;
	/* What standard input is has no name to find it by again. */
	if (strcmp(f->path, "-") != 0)
		file_id_get(fd, &f->pos.file);
	source_input_restart(f);
	if (!f->stream)
		f->stats.total += (uint64_t)st.st_size;
	if ((f->flags & SOURCE_FOLLOW) != 0 && !f->stream)
		source_input__watch(f);
	return 0;
}

int
source_input_next(struct source_file *f)
{
	int fd = strcmp(f->path, "-") == 0
	    ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
	    : open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : source_input_use(f, fd);
}

void
source_input_close(struct source_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->notify >= 0)
		close(f->notify);
	f->unpack = unpack_free(f->unpack);
}

int
source_input_advance(struct source_file *f)
{
	bool missing;
	int fd = source_rotate_next(f->path, f->fd, 0, &missing);

	if (missing)
		error_set(&f->lost, -ESTALE,
		    "of the files that %s was rotated to, one is gone that was "
		    "not read yet",
		    f->path);
	f->behind = fd >= 0;
	return fd >= 0 ? source_input_use(f, fd) : source_input_next(f);
}

/* ---- reading ----------------------------------------------------------- */

/* Skips what is there, to the first line that begins after it. */
void
source_input_to_end(struct source_file *f)
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

/* The first bytes tell what it is packed in; those of a pipe may be few. */
static void
source_input__see(struct source_file *f, size_t from)
{
	const char *first = f->in.data + from;
	size_t len = f->in.len - from;
	enum unpack_form form;
	ssize_t n;

	while (f->stream && len > 0 && len < UNPACK_HEAD &&
	    strchr("\x1f\x28", *first) != NULL) {
		n = read(f->fd, f->in.data + f->in.len, UNPACK_HEAD - len);
		if (n <= 0)
			break;
		f->in.len += (size_t)n;
		len += (size_t)n;
	}
	f->in.data[f->in.len] = '\0';
	f->fresh = false;
	form = unpack_recognize(first, len);
	if (form == UNPACK_NONE)
		return;
	f->unpack = unpack_new(form, first, len);
	f->in.len = from;
}

/* Reads bytes as they lie in the file; as source_input_read(). */
static ssize_t
source_input__bytes(struct source_file *f, struct error *err)
{
	size_t from = f->in.len, want = f->fresh ? 64 * 1024 : SOURCE_CHUNK;
	ssize_t n;

	do
		n = read(f->fd, f->in.data + from, want);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, errno, "reading %s", f->path);
	f->in.len += (size_t)n;
	if (f->fresh && n > 0)
		source_input__see(f, from);
	if (f->unpack == NULL)
		f->unpacked += f->in.len - from;
	return (ssize_t)(f->in.len - from);
}

ssize_t
source_input_read(struct source_file *f, struct error *err)
{
	struct pollfd p = { .fd = f->fd, .events = POLLIN };
	ssize_t n = 0;

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
	if (f->unpack == NULL)
		n = source_input__bytes(f, err);
	if (f->unpack != NULL) {
		n = unpack_read(f->unpack, f->fd, f->in.data + f->in.len,
		    SOURCE_CHUNK, err);
		if (n < 0)
			return error_wrap(err, (int)n, "unpacking %s", f->path);
		f->in.len += (size_t)n;
	}
	f->in.data[f->in.len] = '\0';
	f->stats.bytes += n > 0 ? (uint64_t)n : 0;
	if (n > 0 && !f->copy && file_id_is_set(&f->pos.file) &&
	    f->pos.file.head_len < FILE_ID_HEAD)
		file_id_get(f->fd, &f->pos.file);
	return n;
}

uint64_t
source_input_taken(const struct source_file *f)
{
	return f->unpacked + (f->unpack != NULL ? unpack_taken(f->unpack) : 0);
}

/* ---- following --------------------------------------------------------- */

void
source_input_drain(const struct source_file *f)
{
	char events[4096];

	while (f->notify >= 0 && read(f->notify, events, sizeof(events)) > 0)
		;
}

/*
 * At the end of a followed file: has it been cut short, or is the name another
 * file's now?  MORE: go on reading.
 */
enum source_status
source_input_rotated(struct source_file *f, struct error *err)
{
	struct stat open_st, name_st;
	uint64_t read_to = f->offset + (f->in.len - f->taken);

	if (f->fd < 0)
		return source_input_next(f) < 0 ? SOURCE_WAIT : SOURCE_MORE;
	if (fstat(f->fd, &open_st) == 0 && f->unpack == NULL &&
	    (uint64_t)open_st.st_size < read_to) {
		if (source_file_rest(f))
			return SOURCE_MORE;
		lseek(f->fd, 0, SEEK_SET);
		f->fresh = true;
		file_id_get(f->fd, &f->pos.file);
		source_input_restart(f);
		error_set(err, -ESTALE,
		    "%s was cut short; reading on from its start", f->path);
		return SOURCE_LOST;
	}
	if (stat(f->path, &name_st) < 0 ||
	    (name_st.st_dev == open_st.st_dev &&
		name_st.st_ino == open_st.st_ino))
		return SOURCE_WAIT;
	/* Its writer may have added to it before it let go of it. */
	if (source_input_read(f, NULL) > 0 || source_file_rest(f))
		return SOURCE_MORE;
	if (source_input_advance(f) < 0)
		return SOURCE_WAIT;
	return f->lost.code != 0 ? source_file_tell(&f->lost, err)
				 : SOURCE_MORE;
}
