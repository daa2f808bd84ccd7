/* SPDX-License-Identifier: ISC */
/*
 * Preloaded into bangerd: it is killed just before the N-th call that changes a
 * file.  $DIE_AT names a file of one line, "N RUN", counted from the moment on
 * that there is another RUN than before; without it nothing is changed.
 * N = 1, 2, … until there is no such call any more is a crash at every place
 * where one can make a difference.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int run; /* the one that is counted by */
static int seen;

/* Not of the tools that it runs, which inherit this. */
static void
count(void)
{
	const char *path = getenv("DIE_AT");
	int n, now, kept = errno;
	FILE *f;

	if (path == NULL || access(path, F_OK) < 0 ||
	    strcmp(program_invocation_short_name, "bangerd") != 0) {
		errno = kept;
		return;
	}
	pthread_mutex_lock(&lock);
	f = fopen(path, "re");
	if (f != NULL && fscanf(f, "%d %d", &n, &now) == 2) {
		if (now != run)
			seen = 0;
		run = now;
		if (++seen == n)
			raise(SIGKILL);
	}
	if (f != NULL)
		fclose(f);
	pthread_mutex_unlock(&lock);
	errno = kept;
}

#define BEFORE(type, name, params, args)                                      \
	type name params;                                                     \
	type name params                                                      \
	{                                                                     \
		type(*next) params = (type(*) params)dlsym(RTLD_NEXT, #name); \
                                                                              \
		count();                                                      \
		return next args;                                             \
	}

BEFORE(ssize_t, pwrite, (int fd, const void *data, size_t len, off_t at),
    (fd, data, len, at))
BEFORE(ssize_t, pwrite64, (int fd, const void *data, size_t len, off64_t at),
    (fd, data, len, at))
BEFORE(ssize_t, copy_file_range,
    (int in, off64_t *from, int out, off64_t *to, size_t len, unsigned flags),
    (in, from, out, to, len, flags))
BEFORE(int, fsync, (int fd), (fd))
BEFORE(int, fdatasync, (int fd), (fd))
BEFORE(int, ftruncate, (int fd, off_t len), (fd, len))
BEFORE(int, ftruncate64, (int fd, off64_t len), (fd, len))
BEFORE(int, fchmod, (int fd, mode_t mode), (fd, mode))
BEFORE(int, chmod, (const char *path, mode_t mode), (path, mode))
BEFORE(int, rename, (const char *from, const char *to), (from, to))
BEFORE(int, unlink, (const char *path), (path))
BEFORE(int, unlinkat, (int dir, const char *path, int flags),
    (dir, path, flags))
