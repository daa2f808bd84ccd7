/* SPDX-License-Identifier: ISC */
#include "trace/journal_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "trace/journal_check.h"
#include "trace/journal_give.h"
#include "trace/journal_watch.h"

/* The pipe holds several of what is written into it at once. */
#define CHILD_PIPE (1024 * 1024)
#define CHILD_BUFFER (128 * 1024)
/* Places that cannot be read, one after the other, until it gives up. */
#define CHILD_BAD_MAX 7

/*
 * How often the journal is looked at when nothing calls: without inotify there
 * is no other way, and with it a call that was lost would hold back the last
 * lines until the next one.
 */
#define CHILD_LOOK_MS 1000

struct child {
	const struct journal_job *job;
	sd_journal *journal;
	struct journal_give give;
	struct journal_watch watch;
	struct journal_checking *checking; /* NULL: it has ended */
	unsigned bad;                      /* places, since the last entry */
};

static void
child__fail(struct child *c, int errnum, const char *hint)
{
	_cleanup_free_ char *text = xasprintf("%s%s", strerror(errnum), hint);

	journal_give_say(&c->give, JOURNAL_ERROR, (unsigned)errnum, text);
	journal_give_flush(&c->give);
	_exit(0);
}

/* ---- what libsystemd would not say -------------------------------------- */

static void
child__damaged(void *arg, const char *text)
{
	struct child *c = arg;

	journal_give_say_first(&c->give, JOURNAL_DAMAGED, text);
}

/* Says what is known by now; all of it, when that is waited for. */
static void
child__checked(struct child *c, bool wait)
{
	if (c->checking == NULL ||
	    (!wait && !journal_check_is_done(c->checking)))
		return;
	journal_check_end(c->checking, child__damaged, c);
	c->checking = NULL;
	journal_give_say_first(&c->give, JOURNAL_CHECKED, "");
}

/* Looks at the files while they are read. */
static void
child__check(struct child *c)
{
	const struct journal_job *job = c->job;

	/* For a moment of it nobody reads all of its files. */
	if (job->until_us != 0) {
		journal_give_say(&c->give, JOURNAL_CHECKED, 0, "");
		return;
	}
	c->checking = journal_check_begin(job->path, job->units, job->check_us);
	/* What ended the one before this may end this one as soon. */
	child__checked(c, job->careful);
}

/* ---- reading ----------------------------------------------------------- */

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
	    (unsigned long long)c->give.last_us, strerror(-rc),
	    go ? "going past it" : "given up");
	journal_give_say(&c->give, JOURNAL_LOST, 0, text);
	return go &&
	    sd_journal_seek_realtime_usec(c->journal, c->give.last_us + step) >=
	    0;
}

/* Is the entry where it stands behind the last that is wanted? */
static bool
child__is_behind(const struct child *c)
{
	uint64_t us;

	return c->job->until_us != 0 &&
	    sd_journal_get_realtime_usec(c->journal, &us) >= 0 &&
	    us > c->job->until_us;
}

/* Gives all entries from where it stands (rc: of the next) to the end. */
static bool
child__drain(struct child *c, int rc)
{
	struct journal_give *g = &c->give;

	for (;; rc = sd_journal_next(c->journal)) {
		/*
		 * The last one's place is where the next reading begins; so
		 * what is lost before it is told first.
		 */
		child__checked(c, rc <= 0);
		journal_give_close(g, rc <= 0);
		if (g->out.len >= CHILD_BUFFER && c->checking != NULL)
			journal_give_flush_but_last(g);
		else if (g->out.len >= CHILD_BUFFER)
			journal_give_flush(g);
		if (rc == 0 || (rc > 0 && child__is_behind(c)))
			break;
		if (rc < 0) {
			if (!child__pass(c, rc))
				return false;
			continue;
		}
		rc = journal_give_entry(g);
		if (rc < 0) {
			journal_give_lost(g,
			    "an entry of the journal cannot be read", rc);
			continue;
		}
		c->bad = 0;
		if (g->careful) {
			journal_give_close(g, true);
			journal_give_flush(g);
		}
	}
	journal_give_flush(g);
	return true;
}

/* Goes to the entry to begin with; what sd_journal_next() says of it. */
static int
child__seek(struct child *c)
{
	const struct journal_job *job = c->job;
	_cleanup_free_ char *cursor = NULL, *text = NULL;

	if (job->skip_us != 0) {
		c->give.last_us = job->skip_us;
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
		journal_give_say(&c->give, JOURNAL_GONE, 0, text);
	} else if (job->from_end) {
		sd_journal_seek_tail(c->journal);
		if (sd_journal_previous(c->journal) > 0 &&
		    sd_journal_get_cursor(c->journal, &cursor) >= 0) {
			journal_give_say(&c->give, JOURNAL_AT, 0, cursor);
			return sd_journal_next(c->journal);
		}
	}
	sd_journal_seek_head(c->journal);
	return sd_journal_next(c->journal);
}

/* ---- opening ----------------------------------------------------------- */

static void
child__open(struct child *c)
{
	const struct journal_job *job = c->job;
	bool single;
	int rc = journal_open(job->path, job->follow, &c->journal, &single);

	if (rc == -EACCES || rc == -EPERM)
		child__fail(c, -rc, "; be root or in group systemd-journal");
	if (rc == -ENOENT)
		child__fail(c, -rc, "; there is no journal that could be read");
	if (rc < 0)
		child__fail(c, -rc, "");
	/* Before anything is read, so that nothing is missed. */
	if (job->follow)
		sd_journal_get_fd(c->journal);
	sd_journal_set_data_threshold(c->journal, 0);
	c->give.journal = c->journal;
	/* What has killed it may be an entry that nobody wants. */
	c->give.single = single && !job->careful && !job->follow &&
	    job->units != NULL;
	journal_give_match(&c->give, c->give.single && job->cursor == NULL);
	journal_give_say(&c->give, JOURNAL_OPEN, 0, "");
	journal_give_flush(&c->give);
}

/* ---- the process ------------------------------------------------------- */

/* Sleeps until the journal may have changed; the reader's end ends it too. */
static void
child__wait(struct child *c)
{
	struct pollfd p[] = {
		{ .fd = sd_journal_get_fd(c->journal), .events = POLLIN },
		{ .fd = c->give.fd },
	};
	_cleanup_free_ char *gone = NULL;
	uint64_t until = UINT64_MAX, us;
	int ms = CHILD_LOOK_MS;

	if (p[0].fd >= 0)
		p[0].events = (short)sd_journal_get_events(c->journal);
	sd_journal_get_timeout(c->journal, &until);
	if (until != UINT64_MAX) {
		us = (uint64_t)(clock_mono_ns() / NSEC_PER_USEC);
		if (until <= us)
			ms = 0;
		else if ((until - us) / 1000 < CHILD_LOOK_MS)
			ms = (int)((until - us) / 1000 + 1);
	}
	poll(p, 2, ms);
	if (p[1].revents != 0)
		_exit(0);
	gone = journal_watch(&c->watch,
	    sd_journal_process(c->journal) == SD_JOURNAL_INVALIDATE);
	if (gone != NULL)
		journal_give_say(&c->give, JOURNAL_LOST, 0, gone);
}

static void
child__run(const struct journal_job *job, int fd)
{
	struct child c = {
		.job = job,
		.give = {
			.fd = fd,
			.units = job->units,
			.careful = job->careful,
		},
	};
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
	child__checked(&c, true);
	journal_give_say(&c.give, JOURNAL_END, 0, "");
	journal_give_flush(&c.give);
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
	/* Where that is not allowed a smaller one does. */
	fcntl(fds[1], F_SETPIPE_SZ, CHILD_PIPE);
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
