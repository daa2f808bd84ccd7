/* SPDX-License-Identifier: ISC */
#include "trace/source_rotate.h"

#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "trace/unpack.h"

/* Names of a folder that are looked at. */
#define ROTATE_NAMES_MAX 10000
/* A shorter number is none of a date. */
#define ROTATE_DATE_MIN 6
/* With less to compare, a file could be taken for another one. */
#define ROTATE_HEAD_MIN 32

#define ROTATE_FLAGS (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK)

/* One that the name was rotated to. */
struct rotate_file {
	char *name;
	size_t stem;    /* of the name: so much is without .gz or .zst */
	int64_t number; /* -1: a date */
	int64_t written_ns;
	uint64_t dev, ino;
};

struct rotate_files {
	int dir; /* of the folder, or -1 */
	char *base;
	struct rotate_file *at;
	size_t n, cap;
};

static void
rotate__done(struct rotate_files *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i].name);
	free(l->at);
	free(l->base);
	if (l->dir >= 0)
		close(l->dir);
}

static int64_t
rotate__written(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * NSEC_PER_SEC + st->st_mtim.tv_nsec;
}

/* ---- which files there are --------------------------------------------- */

/* Takes the name apart; false when no rotation of the base makes it. */
static bool
rotate__parse(const char *base, const char *name, struct rotate_file *ret)
{
	size_t from = strlen(base), digits, rest;
	const char *s;

	if (strncmp(name, base, from) != 0 ||
	    (name[from] != '.' && name[from] != '-'))
		return false;
	s = name + from + 1;
	digits = strspn(s, "0123456789");
	rest = strspn(s, "0123456789-_:.T");
	/* The dot of what it is packed in is none of the date's. */
	if (rest > 0 && s[rest - 1] == '.')
		rest--;
	if (digits == 0 ||
	    (s[rest] != '\0' && strcmp(s + rest, ".gz") != 0 &&
		strcmp(s + rest, ".zst") != 0))
		return false;
	ret->stem = from + 1 + rest;
	ret->number = -1;
	if (digits == rest && digits < ROTATE_DATE_MIN && name[from] == '.')
		ret->number = strtol(s, NULL, 10);
	return ret->number >= 0 || rest >= ROTATE_DATE_MIN;
}

static void
rotate__take(struct rotate_files *l, const char *name)
{
	struct rotate_file found;
	struct stat st;

	if (!rotate__parse(l->base, name, &found) ||
	    fstatat(l->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode))
		return;
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 16 : 2 * l->cap;
		l->at = xreallocarray(l->at, l->cap, sizeof(*l->at));
	}
	found.name = xstrdup(name);
	found.written_ns = rotate__written(&st);
	found.dev = (uint64_t)st.st_dev;
	found.ino = (uint64_t)st.st_ino;
	l->at[l->n++] = found;
}

/* True of a packed file whose unpacked one is there: it may be half done. */
static bool
rotate__is_double(const struct rotate_files *l, const struct rotate_file *r)
{
	for (size_t i = 0; i < l->n && r->name[r->stem] != '\0'; i++)
		if (l->at[i].stem == r->stem &&
		    l->at[i].name[r->stem] == '\0' &&
		    memcmp(l->at[i].name, r->name, r->stem) == 0)
			return true;
	return false;
}

/* All that path was rotated to. */
static void
rotate__list(const char *path, struct rotate_files *l)
{
	_cleanup_free_ char *folder = xstrdup(path), *copy = xstrdup(path);
	DIR *dir = opendir(dirname(folder));
	struct dirent *e;
	unsigned seen = 0;

	*l = (struct rotate_files){ .dir = -1, .base = NULL };
	if (dir == NULL)
		return;
	l->base = xstrdup(basename(copy));
	l->dir = fcntl(dirfd(dir), F_DUPFD_CLOEXEC, 0);
	while (l->dir >= 0 && seen++ < ROTATE_NAMES_MAX &&
	    (e = readdir(dir)) != NULL)
		rotate__take(l, e->d_name);
	closedir(dir);
}

/* ---- one that is known ------------------------------------------------- */

int
source_rotate_find(const char *path, const struct file_id *known)
{
	_cleanup_free_ char *copy = xstrdup(path);
	DIR *dir = opendir(dirname(copy));
	struct dirent *e;
	int fd = -1;

	for (unsigned n = 0; dir != NULL && fd < 0 && n < ROTATE_NAMES_MAX &&
	     (e = readdir(dir)) != NULL;
	     n++) {
		if ((uint64_t)e->d_ino != known->ino)
			continue;
		fd = openat(dirfd(dir), e->d_name, ROTATE_FLAGS);
		if (fd >= 0 && !file_id_matches(fd, known)) {
			close(fd);
			fd = -1;
		}
	}
	if (dir != NULL)
		closedir(dir);
	return fd;
}

/* Does the file begin, unpacked, as the known one did? */
static bool
rotate__begins_so(int fd, const struct file_id *known)
{
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	char head[FILE_ID_HEAD];
	size_t len = 0;
	ssize_t n = pread(fd, head, UNPACK_HEAD, 0);
	enum unpack_form form;

	form = n > 0 ? unpack_recognize(head, (size_t)n) : UNPACK_NONE;
	if (form != UNPACK_NONE)
		u = unpack_new(form, "", 0);
	while (len < known->head_len) {
		n = u != NULL ? unpack_read(u, fd, head + len,
				    known->head_len - len, NULL)
			      : read(fd, head + len, known->head_len - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	return lseek(fd, 0, SEEK_SET) == 0 &&
	    file_id_hash(head, len) == known->head_hash;
}

int
source_rotate_copy(const char *path, const struct file_id *known)
{
	_cleanup_(rotate__done) struct rotate_files l;
	int found = -1, fd;

	rotate__list(path, &l);
	if (known->head_len < ROTATE_HEAD_MIN || known->head_len > FILE_ID_HEAD)
		return -1;
	for (size_t i = 0; i < l.n; i++) {
		if (rotate__is_double(&l, &l.at[i]))
			continue;
		fd = openat(l.dir, l.at[i].name, ROTATE_FLAGS);
		if (fd < 0)
			continue;
		if (!rotate__begins_so(fd, known)) {
			close(fd);
		} else if (found < 0) {
			found = fd;
		} else {
			close(fd);
			close(found);
			return -1;
		}
	}
	return found;
}

/* ---- the order --------------------------------------------------------- */

/* Was a written before b? */
static bool
rotate__is_before(const struct rotate_file *a, const struct rotate_file *b)
{
	if (a->number >= 0 && b->number >= 0)
		return a->number > b->number;
	if (a->written_ns != b->written_ns)
		return a->written_ns < b->written_ns;
	/* Of one whose name is not known nothing tells. */
	return a->name != NULL && b->name != NULL &&
	    strcmp(a->name, b->name) < 0;
}

/* What is known of the open file: of its name only what the list has. */
static void
rotate__of_fd(const struct rotate_files *l, int fd, struct rotate_file *ret)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	ret->written_ns = rotate__written(&st);
	ret->dev = (uint64_t)st.st_dev;
	ret->ino = (uint64_t)st.st_ino;
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].ino == ret->ino && l->at[i].dev == ret->dev)
			*ret = l->at[i];
}

int
source_rotate_next(const char *path, int fd, int64_t since_ns,
    bool *ret_missing)
{
	_cleanup_(rotate__done) struct rotate_files l;
	struct rotate_file own = { .number = -1, .written_ns = since_ns };
	const struct rotate_file *next = NULL;

	rotate__list(path, &l);
	rotate__of_fd(&l, fd, &own);
	for (size_t i = 0; i < l.n; i++) {
		const struct rotate_file *r = &l.at[i];

		if ((r->ino == own.ino && r->dev == own.dev) ||
		    !rotate__is_before(&own, r) || rotate__is_double(&l, r))
			continue;
		if (next == NULL || rotate__is_before(r, next))
			next = r;
	}
	/* The newest has number 1, or 0. */
	*ret_missing = own.number > 1;
	if (next == NULL)
		return -1;
	*ret_missing = own.number >= 0 && next->number >= 0 &&
	    next->number != own.number - 1;
	return openat(l.dir, next->name, ROTATE_FLAGS);
}
