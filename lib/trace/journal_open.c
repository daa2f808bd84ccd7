/* SPDX-License-Identifier: ISC */
#include "trace/journal_open.h"

#include <dirent.h>
#include <errno.h>
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
