/* SPDX-License-Identifier: ISC */
#include "trace/journal_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "base/thread.h"
#include "trace/journal_walk.h"

/* What the reader matches entries by, each unit in four ways. */
#define CHECK_WAYS 4
#define CHECK_OTHERS 2

struct check {
	struct journal_walk_job job;
	void (*tell)(void *arg, const char *text);
	void *arg;
};

static void
check__file(void *arg, const char *path)
{
	const struct check *c = arg;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	struct error err = ERROR_INIT;
	struct stat st;

	/* One that is gone by now was vacuumed, which is told otherwise. */
	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0)
		error_set(&err, -errno, "%s", strerror(errno));
	else if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	else if (journal_walk(fd, &c->job, &err) == 0)
		return;
	text = xasprintf("journal file %s is damaged, entries of it may be "
			 "missing: %s",
	    path, err.text);
	c->tell(c->arg, text);
}

/* libsystemd's choice: NAME.journal, and NAME.journal~ of a dead journald. */
static bool
check__is_journal(const char *name)
{
	size_t len = strlen(name);

	len -= len > 0 && name[len - 1] == '~' ? 1 : 0;
	return *name != '.' && len > 8 &&
	    memcmp(name + len - 8, ".journal", 8) == 0;
}

/* True for a folder of one machine: its id, and perhaps ".namespace". */
static bool
check__is_machine(const char *name)
{
	size_t n = strspn(name, "0123456789abcdefABCDEF");

	return n == 32 && (name[n] == '\0' || name[n] == '.');
}

static void
check__folder(const char *path, bool deeper,
    void (*fn)(void *arg, const char *file), void *arg)
{
	struct dirent **list = NULL;
	int n = scandir(path, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		_cleanup_free_ char *sub = xasprintf("%s/%s", path, name);

		if (check__is_journal(name))
			fn(arg, sub);
		else if (deeper && check__is_machine(name))
			check__folder(sub, false, fn, arg);
		free(list[i]);
	}
	free(list);
}

void
journal_each(const char *path, void (*fn)(void *arg, const char *file),
    void *arg)
{
	struct stat st;

	if (path == NULL) {
		check__folder("/run/log/journal", true, fn, arg);
		check__folder("/var/log/journal", true, fn, arg);
	} else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		check__folder(path, true, fn, arg);
	} else {
		fn(arg, path);
	}
}

/* The values whose lists are followed; owned, ending in NULL. */
static char **
check__values(const char *const *units)
{
	static const char *const ways[CHECK_WAYS] = { "_SYSTEMD_UNIT", "UNIT",
		"OBJECT_SYSTEMD_UNIT", "COREDUMP_UNIT" };
	static const char *const others[CHECK_OTHERS] = { "_PID=1", "_UID=0" };
	size_t n = 0, at = 0;
	char **values;

	while (units[n] != NULL)
		n++;
	values = xcalloc(n * CHECK_WAYS + CHECK_OTHERS + 1, sizeof(*values));
	for (size_t i = 0; i < n; i++)
		for (size_t way = 0; way < CHECK_WAYS; way++)
			values[at++] = xasprintf("%s=%s", ways[way], units[i]);
	for (size_t i = 0; i < CHECK_OTHERS; i++)
		values[at++] = xstrdup(others[i]);
	return values;
}

void
journal_check(const char *path, const char *const *units, uint64_t from_us,
    void (*tell)(void *arg, const char *text), void *arg)
{
	char **values = check__values(units);
	struct check c = {
		.job = { .values = (const char *const *)values,
		    .from_us = from_us },
		.tell = tell,
		.arg = arg,
	};

	journal_each(path, check__file, &c);
	for (char **v = values; *v != NULL; v++)
		free(*v);
	free(values);
}

/* ---- on a thread ------------------------------------------------------- */

struct journal_checking {
	const char *path;
	const char *const *units;
	uint64_t from_us;
	pthread_t thread;
	bool alone; /* without a thread: done already */
	atomic_bool done;
	struct buf texts; /* the thread's until then; a NUL behind each */
};

static void
checking__keep(void *arg, const char *text)
{
	struct journal_checking *c = arg;

	buf_put(&c->texts, text, strlen(text) + 1);
}

static void *
checking__run(void *arg)
{
	struct journal_checking *c = arg;

	journal_check(c->path, c->units, c->from_us, checking__keep, c);
	atomic_store(&c->done, true);
	return NULL;
}

struct journal_checking *
journal_check_begin(const char *path, const char *const *units,
    uint64_t from_us)
{
	struct journal_checking *c = xcalloc(1, sizeof(*c));

	c->path = path;
	c->units = units;
	c->from_us = from_us;
	c->alone = thread_start(&c->thread, checking__run, c) != 0;
	if (c->alone)
		checking__run(c);
	return c;
}

bool
journal_check_is_done(struct journal_checking *c)
{
	return atomic_load(&c->done);
}

void
journal_check_end(struct journal_checking *c,
    void (*tell)(void *arg, const char *text), void *arg)
{
	if (!c->alone)
		pthread_join(c->thread, NULL);
	for (size_t at = 0; at < c->texts.len;
	     at += strlen(c->texts.data + at) + 1)
		tell(arg, c->texts.data + at);
	buf_done(&c->texts);
	free(c);
}
