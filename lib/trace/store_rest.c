/* SPDX-License-Identifier: ISC */
#include "trace/store_rest.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

/*
 * The holder of the lock, as the kernel has it: trying the lock would keep a
 * writer out that begins just now, and the pid in the file may be an old one.
 */
pid_t
store_writer(const char *path)
{
	_cleanup_free_ char *name = xasprintf("%s.lock", path);
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	unsigned major_, minor_;
	size_t cap = 0;
	uint64_t ino;
	struct stat st;
	int pid;

	if (stat(name, &st) < 0)
		return 0;
	f = fopen("/proc/locks", "re");
	while (f != NULL && getline(&line, &cap, f) > 0)
		if (sscanf(line, "%*u: FLOCK ADVISORY WRITE %d %x:%x:%" SCNu64,
			&pid, &major_, &minor_, &ino) == 4 &&
		    ino == st.st_ino && major_ == major(st.st_dev) &&
		    minor_ == minor(st.st_dev))
			return pid > 0 ? pid : -1;
	return 0;
}

static bool
rest__folder_is_ours(const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);

	return access(dirname(copy), W_OK) == 0;
}

/* Is not all of it in the file, or not all of the file right yet? */
static bool
rest__has_beside(const char *path, const char *suffix)
{
	_cleanup_free_ char *name = xasprintf("%s%s", path, suffix);

	return access(name, F_OK) == 0 || errno != ENOENT;
}

bool
store_rest(const char *path, struct buf *uri)
{
	if (access(path, R_OK) < 0 || rest__folder_is_ours(path) ||
	    store_writer(path) != 0 || rest__has_beside(path, "-wal") ||
	    rest__has_beside(path, "-journal"))
		return false;
	/* What begins with two slashes would name a host. */
	buf_puts(uri, path[0] == '/' ? "file://" : "file:");
	for (const char *p = path; *p != '\0'; p++) {
		if (strchr("?#%", *p) != NULL)
			buf_printf(uri, "%%%02x", (unsigned char)*p);
		else
			buf_putc(uri, *p);
	}
	buf_puts(uri, "?immutable=1");
	return true;
}
