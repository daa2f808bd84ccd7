/* SPDX-License-Identifier: ISC */
/*
 * Preloaded into bangerd: writes, syncs and truncations of its database fail
 * on cue.  $FAULT_WRITES names a file of one line, "N ERRNO MANY": of those
 * from the moment on that the file is there, the N-th fails with that number,
 * and MANY - 1 after it.  Without the file nothing is changed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ino_t rule; /* the one that is counted by */
static int seen;

static bool
is_database(int fd)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return strstr(path, "/bangerd.db") != NULL;
}

/* Is this one to fail?  Then errno is set. */
static bool
fails(int fd)
{
	const char *path = getenv("FAULT_WRITES");
	int n, number, many, kept = errno;
	bool hit = false;
	struct stat st;
	FILE *f;

	if (path == NULL || access(path, F_OK) < 0 || !is_database(fd)) {
		errno = kept;
		return false;
	}
	pthread_mutex_lock(&lock);
	f = fopen(path, "re");
	if (f != NULL && fscanf(f, "%d %d %d", &n, &number, &many) == 3 &&
	    fstat(fileno(f), &st) == 0) {
		if (st.st_ino != rule)
			seen = 0;
		rule = st.st_ino;
		seen++;
		hit = seen >= n && seen < n + many;
	}
	if (f != NULL)
		fclose(f);
	pthread_mutex_unlock(&lock);
	errno = hit ? number : kept;
	return hit;
}

#define NEXT(type, name) type next = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t write_fn(int, const void *, size_t);
typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);
typedef int sync_fn(int);
typedef int truncate_fn(int, off_t);

ssize_t
write(int fd, const void *data, size_t len)
{
	NEXT(write_fn *, "write");

	return fails(fd) ? -1 : next(fd, data, len);
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	NEXT(pwrite_fn *, "pwrite");

	return fails(fd) ? -1 : next(fd, data, len, at);
}

ssize_t
pwrite64(int fd, const void *data, size_t len, off_t at)
{
	NEXT(pwrite_fn *, "pwrite64");

	return fails(fd) ? -1 : next(fd, data, len, at);
}

int
fsync(int fd)
{
	NEXT(sync_fn *, "fsync");

	return fails(fd) ? -1 : next(fd);
}

int
fdatasync(int fd)
{
	NEXT(sync_fn *, "fdatasync");

	return fails(fd) ? -1 : next(fd);
}

int
ftruncate(int fd, off_t len)
{
	NEXT(truncate_fn *, "ftruncate");

	return fails(fd) ? -1 : next(fd, len);
}

int
ftruncate64(int fd, off_t len)
{
	NEXT(truncate_fn *, "ftruncate64");

	return fails(fd) ? -1 : next(fd, len);
}
