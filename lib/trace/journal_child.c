/* SPDX-License-Identifier: ISC */
#include "trace/journal_child.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "trace/journal_check.h"
#include "trace/journal_watch.h"
#include "trace/parse_entry.h"

#define CHILD_BUFFER (128 * 1024)
/* Places that cannot be read, one after the other, until it gives up. */
#define CHILD_BAD_MAX 7

struct child {
	const struct journal_job *job;
	int fd;
	sd_journal *journal;
	struct buf out;
	struct journal_watch watch;
	uint64_t last_us; /* of the last entry */
	unsigned bad;
};

/* ---- writing ----------------------------------------------------------- */

static void
child__flush(struct child *c)
{
	size_t done = 0;
	ssize_t n;

	while (done < c->out.len) {
		n = write(c->fd, c->out.data + done, c->out.len - done);
		if (n < 0 && errno != EINTR)
			_exit(0); /* nobody reads */
		done += n > 0 ? (size_t)n : 0;
	}
	buf_reset(&c->out);
}

static void
child__say(struct child *c, const char *what, const char *text)
{
	buf_printf(&c->out, "__BANGER_CONTROL=%s%s\n\n", what, text);
	child__flush(c);
}

static void
child__fail(struct child *c, int errnum, const char *hint)
{
	_cleanup_free_ char *text = xasprintf("%d %s%s", errnum,
	    strerror(errnum), hint);

	child__say(c, "error ", text);
	_exit(0);
}

static void
child__field(struct buf *out, const char *data, size_t len)
{
	const char *eq = memchr(data, '=', len);
	size_t name = eq != NULL ? (size_t)(eq - data) : 0;
	uint64_t size;

	if (name == 0 || !entry_wants(data, name))
		return;
	if (memchr(data, '\n', len) == NULL && memchr(data, 0, len) == NULL) {
		buf_put(out, data, len);
	} else {
		size = htole64(len - name - 1);
		buf_put(out, data, name);
		buf_putc(out, '\n');
		buf_put(out, &size, sizeof(size));
		buf_put(out, eq + 1, len - name - 1);
	}
	buf_putc(out, '\n');
}

/* ---- reading ----------------------------------------------------------- */

/* The entry where the journal stands; -errno leaves nothing of it. */
static int
child__entry(struct child *c)
{
	_cleanup_free_ char *cursor = NULL;
	uint64_t real, mono;
	sd_id128_t boot;
	char id[SD_ID128_STRING_MAX];
	size_t start = c->out.len, len;
	const void *data;
	int rc = sd_journal_get_cursor(c->journal, &cursor);

	if (rc >= 0)
		rc = sd_journal_get_realtime_usec(c->journal, &real);
	if (rc >= 0)
		rc = sd_journal_get_monotonic_usec(c->journal, &mono, &boot);
	if (rc < 0)
		return rc;
	c->last_us = real;
	buf_printf(&c->out,
	    "__CURSOR=%s\n__REALTIME_TIMESTAMP=%llu\n"
	    "__MONOTONIC_TIMESTAMP=%llu\n_BOOT_ID=%s\n",
	    cursor, (unsigned long long)real, (unsigned long long)mono,
	    sd_id128_to_string(boot, id));
	sd_journal_restart_data(c->journal);
	while ((rc = sd_journal_enumerate_available_data(c->journal, &data,
		    &len)) > 0)
		if (len < 9 || memcmp(data, "_BOOT_ID=", 9) != 0)
			child__field(&c->out, data, len);
	if (rc < 0) {
		c->out.len = start;
		return rc;
	}
	buf_putc(&c->out, '\n');
	return 0;
}

/* Goes past what cannot be read, in steps that grow; false: it gives up. */
static bool
child__pass(struct child *c, int rc)
{
	_cleanup_free_ char *text = NULL;
	uint64_t step = 1;
	bool go = ++c->bad < CHILD_BAD_MAX;

	for (unsigned i = 1; i < c->bad; i++)
		step *= 100;
	text = xasprintf("the journal cannot be read behind %llu us: %s; %s",
	    (unsigned long long)c->last_us, strerror(-rc),
	    go ? "going past it" : "given up");
	child__say(c, "lost ", text);
	return go &&
	    sd_journal_seek_realtime_usec(c->journal, c->last_us + step) >= 0;
}

/* Gives all entries from where it stands (rc: of the next) to the end. */
static bool
child__drain(struct child *c, int rc)
{
	for (;; rc = sd_journal_next(c->journal)) {
		if (rc == 0)
			break;
		if (rc < 0) {
			if (!child__pass(c, rc))
				return false;
			continue;
		}
		rc = child__entry(c);
		if (rc < 0) {
			_cleanup_free_ char *text = xasprintf(
			    "an entry of the journal cannot be read: %s",
			    strerror(-rc));

			child__say(c, "lost ", text);
			continue;
		}
		c->bad = 0;
		if (c->job->careful || c->out.len >= CHILD_BUFFER)
			child__flush(c);
	}
	child__flush(c);
	return true;
}

/* Goes to the entry to begin with; what sd_journal_next() says of it. */
static int
child__seek(struct child *c)
{
	const struct journal_job *job = c->job;
	_cleanup_free_ char *cursor = NULL, *text = NULL;

	if (job->skip_us != 0) {
		c->last_us = job->skip_us;
		sd_journal_seek_realtime_usec(c->journal, job->skip_us);
		return sd_journal_next(c->journal);
	}
	if (job->cursor != NULL) {
		if (sd_journal_seek_cursor(c->journal, job->cursor) >= 0 &&
		    sd_journal_next(c->journal) > 0 &&
		    sd_journal_test_cursor(c->journal, job->cursor) > 0)
			return 1;
		text = xasprintf("the journal no longer has the entry that was "
				 "read last; it was vacuumed or lost (cursor "
				 "%s)",
		    job->cursor);
		child__say(c, "lost ", text);
	} else if (job->from_end) {
		sd_journal_seek_tail(c->journal);
		if (sd_journal_previous(c->journal) > 0 &&
		    sd_journal_get_cursor(c->journal, &cursor) >= 0) {
			child__say(c, "at ", cursor);
			return sd_journal_next(c->journal);
		}
	}
	sd_journal_seek_head(c->journal);
	return sd_journal_next(c->journal);
}

/* ---- opening ----------------------------------------------------------- */

static void
child__match(sd_journal *j, const char *trusted, const char *field,
    const char *unit)
{
	_cleanup_free_ char *match = xasprintf("%s=%s", field, unit);

	if (trusted != NULL)
		sd_journal_add_match(j, trusted, 0);
	sd_journal_add_match(j, match, 0);
	sd_journal_add_disjunction(j);
}

/* What `journalctl -u` shows. */
static void
child__matches(struct child *c)
{
	for (const char *const *u = c->job->units; *u != NULL; u++) {
		child__match(c->journal, NULL, "_SYSTEMD_UNIT", *u);
		child__match(c->journal, "_PID=1", "UNIT", *u);
		child__match(c->journal, "_UID=0", "OBJECT_SYSTEMD_UNIT", *u);
		child__match(c->journal, "_UID=0", "COREDUMP_UNIT", *u);
	}
}

/*
 * libsystemd passes over what it may not read without a word: 0 when a folder
 * has a journal that we may read, else why not, as -errno.
 */
static int
child__folder(const char *path, bool deeper)
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
			sub = child__folder(name, false);
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
child__host(struct child *c)
{
	int run = child__folder("/run/log/journal", true),
	    var = child__folder("/var/log/journal", true);

	if (run == -EACCES || var == -EACCES) {
		if (run < 0 && var < 0)
			return -EACCES;
	} else if (run < 0 && var < 0 && !c->job->follow) {
		return -ENOENT;
	}
	return sd_journal_open(&c->journal, SD_JOURNAL_LOCAL_ONLY);
}

static void
child__open(struct child *c)
{
	const char *path = c->job->path, *paths[] = { path, NULL };
	struct stat st;
	int rc;

	if (path == NULL) {
		rc = child__host(c);
	} else if (stat(path, &st) < 0) {
		rc = -errno;
	} else if (S_ISDIR(st.st_mode)) {
		rc = child__folder(path, true);
		if (rc == 0)
			rc = sd_journal_open_directory(&c->journal, path, 0);
	} else {
		rc = sd_journal_open_files(&c->journal, paths, 0);
	}
	if (rc == -EACCES || rc == -EPERM)
		child__fail(c, -rc, "; be root or in group systemd-journal");
	if (rc == -ENOENT)
		child__fail(c, -rc, "; there is no journal that could be read");
	if (rc < 0)
		child__fail(c, -rc, "");
	/* Before anything is read, so that nothing is missed. */
	if (c->job->follow)
		sd_journal_get_fd(c->journal);
	sd_journal_set_data_threshold(c->journal, 0);
	child__matches(c);
	child__say(c, "open", "");
}

/* ---- what libsystemd would not say -------------------------------------- */

static void
child__damaged(void *arg, const char *text)
{
	child__say(arg, "damaged ", text);
}

/* Files that end before the entry to begin with were looked at before. */
static void
child__check(struct child *c)
{
	const char *at = c->job->cursor != NULL ? strstr(c->job->cursor, ";t=")
						: NULL;

	journal_check(c->job->path, c->job->units,
	    at != NULL ? strtoull(at + 3, NULL, 16) : 0, child__damaged, c);
}

/* ---- the process ------------------------------------------------------- */

/* Sleeps until the journal may have changed; the reader's end ends it too. */
static void
child__wait(struct child *c)
{
	struct pollfd p[] = {
		{ .fd = sd_journal_get_fd(c->journal), .events = POLLIN },
		{ .fd = c->fd },
	};
	_cleanup_free_ char *gone = NULL;
	uint64_t until = UINT64_MAX, us;
	int ms = -1;

	if (p[0].fd >= 0)
		p[0].events = (short)sd_journal_get_events(c->journal);
	sd_journal_get_timeout(c->journal, &until);
	if (until != UINT64_MAX) {
		us = (uint64_t)(clock_mono_ns() / NSEC_PER_USEC);
		ms = until > us ? (int)((until - us) / 1000 + 1) : 0;
	}
	/* Without inotify there is only looking again. */
	if (p[0].fd < 0)
		ms = 1000;
	poll(p, 2, ms);
	if (p[1].revents != 0)
		_exit(0);
	gone = journal_watch(&c->watch,
	    sd_journal_process(c->journal) == SD_JOURNAL_INVALIDATE);
	if (gone != NULL)
		child__say(c, "lost ", gone);
}

static void
child__run(const struct journal_job *job, int fd)
{
	struct child c = { .job = job, .fd = fd };
	int rc;

	child__open(&c);
	child__check(&c);
	if (job->follow) {
		journal_watch_init(&c.watch, job->path);
		sd_journal_wait(c.journal, 0); /* the first returns at once */
	}
	rc = child__seek(&c);
	while (child__drain(&c, rc) && job->follow) {
		child__wait(&c);
		rc = sd_journal_next(c.journal);
	}
	child__say(&c, "end", "");
	_exit(0);
}

/* Makes of the copy of the caller a process of its own. */
static void
child__become(int fd, pid_t parent)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	int null;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "journal-reader");
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &dfl, NULL);
	signal(SIGINT, SIG_IGN); /* the caller's to handle */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* It prints nothing: libsystemd's last words are the exit status. */
	null = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3; i++)
		if (i != fd)
			dup2(null, i);
	if (fd > 3)
		close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1 > 3 ? (unsigned)fd + 1 : 3, ~0U, 0);
}

pid_t
journal_child_start(const struct journal_job *job, int *ret_fd)
{
	pid_t pid, self = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		child__become(fds[1], self);
		child__run(job, fds[1]);
	}
	if (pid < 0)
		pid = -errno;
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return pid;
	}
	*ret_fd = fds[0];
	return pid;
}
