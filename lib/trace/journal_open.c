/* SPDX-License-Identifier: ISC */
#include "trace/journal_open.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

/* ---- opening ----------------------------------------------------------- */

/*
 * libsystemd passes over what it may not read without a word: 0 when a folder
 * has a journal that we may read, else why not, as -errno.
 */
static int
open__folder(const char *path, bool deeper)
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	int rc = dir != NULL ? -ENOENT : -errno, sub;

	while (rc < 0 && dir != NULL && (d = readdir(dir)) != NULL) {
		_cleanup_free_ char *name = xasprintf("%s/%s", path, d->d_name);
		struct stat st;

		if (*d->d_name == '.' || stat(name, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && deeper)
			sub = open__folder(name, false);
		else if (strstr(d->d_name, ".journal") != NULL)
			sub = access(name, R_OK) < 0 ? -errno : 0;
		else
			continue;
		rc = sub == -ENOENT ? rc : sub;
	}
	if (dir != NULL)
		closedir(dir);
	return rc;
}

static int
open__host(bool wait, sd_journal **ret)
{
	int run = open__folder("/run/log/journal", true),
	    var = open__folder("/var/log/journal", true);

	if (run == -EACCES || var == -EACCES) {
		if (run < 0 && var < 0)
			return -EACCES;
	} else if (run < 0 && var < 0 && !wait) {
		return -ENOENT;
	}
	return sd_journal_open(ret, SD_JOURNAL_LOCAL_ONLY);
}

int
journal_open(const char *path, bool wait, sd_journal **ret, bool *ret_single)
{
	const char *paths[] = { path, NULL };
	struct stat st;
	int rc;

	*ret_single = false;
	if (path == NULL)
		return open__host(wait, ret);
	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode)) {
		*ret_single = true;
		return sd_journal_open_files(ret, paths, 0);
	}
	rc = open__folder(path, true);
	return rc < 0 ? rc : sd_journal_open_directory(ret, path, 0);
}

/* ---- what is left out ------------------------------------------------ */

/* How a journal file begins; all numbers are little-endian. */
struct open_header {
	char signature[8];
	char other[144];
	uint64_t n_entries;
};

uint64_t
journal_open_count(const char *path)
{
	struct open_header h = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? pread(fd, &h, sizeof(h), 0) : -1;

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof(h) &&
		memcmp(h.signature, "LPKSHHRH", 8) == 0
	    ? le64toh(h.n_entries)
	    : 0;
}

static bool
open__is_journal(const char *name)
{
	const char *end = strstr(name, ".journal");

	return end != NULL && (end[8] == '\0' || strcmp(end + 8, "~") == 0);
}

/* Why libsystemd would leave the file out; 0: it does not, or nothing is lost.
 */
static int
open__try(const char *path, const char *name)
{
	const char *paths[] = { path, NULL };
	sd_journal *j = NULL;
	struct stat st;
	int rc;

	/* One that is just being made is empty. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	/* Of other people; no service writes there. */
	if (access(path, R_OK) < 0)
		return strncmp(name, "user-", 5) == 0 ? 0 : -errno;
	rc = sd_journal_open_files(&j, paths, 0);
	sd_journal_close(j);
	/* Gone meanwhile: vacuumed or rotated. */
	return rc == -ENOENT || rc > 0 ? 0 : rc;
}

static void
open__left_out(const char *path, bool deeper,
    void (*tell)(void *arg, const char *file, int rc), void *arg)
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	int rc;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		_cleanup_free_ char *name = xasprintf("%s/%s", path, d->d_name);

		if (*d->d_name == '.')
			continue;
		if (!open__is_journal(d->d_name)) {
			if (deeper)
				open__left_out(name, false, tell, arg);
			continue;
		}
		rc = open__try(name, d->d_name);
		if (rc < 0)
			tell(arg, name, rc);
	}
	if (dir != NULL)
		closedir(dir);
}

void
journal_open_left_out(const char *path,
    void (*tell)(void *arg, const char *file, int rc), void *arg)
{
	if (path != NULL) {
		open__left_out(path, true, tell, arg);
		return;
	}
	open__left_out("/run/log/journal", true, tell, arg);
	open__left_out("/var/log/journal", true, tell, arg);
}

/* ---- matches ----------------------------------------------------------- */

/* One alternative: the field, where need be with who may set it. */
static int
open__match(sd_journal *j, const char *trusted, const char *field,
    const char *unit)
{
	_cleanup_free_ char *match = xasprintf("%s=%s", field, unit);
	int rc = 0;

	if (trusted != NULL)
		rc = sd_journal_add_match(j, trusted, 0);
	if (rc >= 0)
		rc = sd_journal_add_match(j, match, 0);
	return rc >= 0 ? sd_journal_add_disjunction(j) : rc;
}

int
journal_match_units(sd_journal *j, const char *const *units)
{
	int rc = 0;

	for (const char *const *u = units; rc >= 0 && *u != NULL; u++) {
		rc = open__match(j, NULL, "_SYSTEMD_UNIT", *u);
		if (rc >= 0)
			rc = open__match(j, "_PID=1", "UNIT", *u);
		if (rc >= 0)
			rc = open__match(j, "_UID=0", "OBJECT_SYSTEMD_UNIT",
			    *u);
		if (rc >= 0)
			rc = open__match(j, "_UID=0", "COREDUMP_UNIT", *u);
	}
	return rc;
}
