/* SPDX-License-Identifier: ISC */
/* Where to go on in a file that was read before, wherever it lies by now. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/source_int.h"
#include "trace/source_rotate.h"

/* Takes from the input's first lines what form it has. */
static void
source_resume__learn(struct source_file *f)
{
	const char *at = buf_str(&f->in), *end = at + f->in.len, *nl;

	while ((nl = memchr(at, '\n', (size_t)(end - at))) != NULL &&
	    !parser_learn(f->parser, at, (size_t)(nl - at)))
		at = nl + 1;
}

/* Passes over what was read before; false when there is not so much. */
static bool
source_resume__skip(struct source_file *f, uint64_t offset)
{
	uint64_t at = 0;
	struct stat st;
	ssize_t n;

	while (at < offset) {
		n = source_input_read(f, NULL);
		if (n <= 0)
			return false;
		if (at == 0)
			source_resume__learn(f);
		if (f->unpack == NULL) {
			/* It is not packed: that much was only to see so. */
			buf_reset(&f->in);
			f->stats.bytes = 0;
			f->unpacked = offset;
			return fstat(f->fd, &st) == 0 &&
			    (uint64_t)st.st_size >= offset &&
			    lseek(f->fd, (off_t)offset, SEEK_SET) >= 0;
		}
		at += (uint64_t)n;
		buf_consume(&f->in,
		    at <= offset ? (size_t)n
				 : (size_t)(n - (ssize_t)(at - offset)));
	}
	return true;
}

/* Says that the file has become shorter, or another one in its place. */
static void
source_resume__cut_short(struct source_file *f,
    const struct source_resume *resume)
{
	error_set(&f->lost, -ESTALE,
	    "%s was cut short or written anew: it is not what was read up to "
	    "byte %llu; reading it from its start",
	    f->path, (unsigned long long)resume->offset);
}

/* Goes to where an earlier reading of this file stopped. */
static void
source_resume__resume(struct source_file *f, const struct source_resume *resume)
{
	if (source_resume__skip(f, resume->offset)) {
		f->offset = resume->offset;
		f->line = resume->lines;
		return;
	}
	source_resume__cut_short(f, resume);
	buf_reset(&f->in);
	lseek(f->fd, 0, SEEK_SET);
	f->unpack = unpack_free(f->unpack);
	f->fresh = true;
	source_input_restart(f);
}

/*
 * Turns to what was read then, where it lies under another name by now, or as
 * a copy: packed, say.  Its lines are those of that file all the same.
 */
static bool
source_resume__behind(struct source_file *f, const struct source_resume *resume)
{
	int fd = source_rotate_find(f->path, &resume->file);

	if (fd >= 0) {
		if (source_input_use(f, fd) < 0)
			return false;
		source_resume__resume(f, resume);
		return true;
	}
	fd = source_rotate_copy(f->path, &resume->file);
	if (fd < 0 || source_input_use(f, fd) < 0)
		return false;
	f->copy = true;
	f->pos.file = resume->file;
	if (source_resume__skip(f, resume->offset)) {
		f->offset = resume->offset;
		f->line = resume->lines;
		return true;
	}
	buf_reset(&f->in);
	f->stats = (struct source_stats){ 0 };
	f->unpack = unpack_free(f->unpack);
	f->unpacked = 0;
	return false;
}

/* It is gone; what was rotated away after it may still be there. */
static int
source_resume__gone(struct source_file *f, const struct source_resume *resume)
{
	bool missing;
	int fd = -1;

	error_set(&f->lost, -ESTALE,
	    "what was added to %s after byte %llu is gone: the file was "
	    "rotated away",
	    f->path, (unsigned long long)resume->offset);
	if (resume->read_ns > 0)
		fd = source_rotate_next(f->path, -1, resume->read_ns, &missing);
	f->behind = fd >= 0;
	return fd >= 0 ? source_input_use(f, fd) : source_input_next(f);
}

int
source_input_open(struct source_file *f, const struct source_resume *resume)
{
	bool known = resume != NULL && file_id_is_set(&resume->file) &&
	    strcmp(f->path, "-") != 0;
	bool same;
	int rc;

	if ((f->flags & SOURCE_FOLLOW) != 0)
		source_input_watch(f);
	rc = source_input_next(f);
	if (!known)
		return rc;
	if (rc == 0 && file_id_matches(f->fd, &resume->file)) {
		source_resume__resume(f, resume);
		return 0;
	}
	same = rc == 0 && f->pos.file.dev == resume->file.dev &&
	    f->pos.file.ino == resume->file.ino;
	f->stats.total = 0; /* it comes again */
	f->behind = source_resume__behind(f, resume);
	if (f->behind)
		return 0;
	if (!same)
		return source_resume__gone(f, resume);
	source_resume__cut_short(f, resume);
	return source_input_next(f);
}
