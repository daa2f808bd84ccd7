/* SPDX-License-Identifier: ISC */
/* wire/logger: whole lines in order, and never a caller that waits. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/event.h"
#include "wire/logger.h"

#define _cleanup_line_ _cleanup_(line_done)

/* ---- helpers ------------------------------------------------------------- */

static void
log_n(struct logger *lg, int64_t n)
{
	struct event ev;

	event_init(&ev, EVENT_OTHER);
	ev.msg = "a line of some length, so that buffers fill";
	event_set_int(&ev, FIELD_N, n);
	event_set_str(&ev, FIELD_OP_ID, "op-1");
	logger_event(lg, &ev);
}

/* Everything from fd until its end. */
static void
read_all(int fd, struct buf *ret)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_put(ret, chunk, (size_t)n);
	assert_int_equal(n, 0);
}

/* What the lines in text said, all of them checked to be whole. */
struct tally {
	uint64_t lines, notices, said, last, missing;
	char run[16];
};

static void
tally(const struct buf *text, struct tally *t)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	struct error err = ERROR_INIT;
	const char *p = buf_str(text), *nl;
	struct event ev;
	uint64_t seq;

	memset(t, 0, sizeof(*t));
	for (; *p != '\0'; p = nl + 1) {
		nl = strchr(p, '\n');
		assert_non_null(nl);
		if (event_decode(p, (size_t)(nl - p), &ln, &ev, &err) < 0)
			fail_msg("%.*s: %s", (int)(nl - p), p, err.text);
		/* run and seq come right after msg. */
		assert_true(ln.n >= 5);
		assert_string_equal(ln.attrs[2].key, "msg");
		assert_string_equal(ln.attrs[3].key, "run");
		assert_string_equal(ln.attrs[4].key, "seq");
		snprintf(t->run, sizeof(t->run), "%s",
		    event_str(&ev, FIELD_RUN));
		seq = (uint64_t)event_num(&ev, FIELD_SEQ, 0);
		assert_true(seq > t->last);
		t->missing += seq - t->last - 1;
		t->last = seq;
		t->lines++;
		if (ev.kind == EVENT_RECORDS_DROPPED) {
			assert_int_equal(ev.level, LINE_WARN);
			t->notices++;
			t->said += (uint64_t)event_num(&ev, FIELD_N, 0);
		}
	}
}

/* A pipe that holds 4 KiB only, so that it is full soon. */
static void
small_pipe(int ret_fds[2])
{
	assert_int_equal(pipe2(ret_fds, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ret_fds[1], F_SETPIPE_SZ, 4096), 4096);
}

/* ---- tests --------------------------------------------------------------- */

static void
test_stamps(void **state)
{
	_cleanup_close_ int fd = memfd_create("log", MFD_CLOEXEC);
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_line_ struct line ln = LINE_INIT;
	int64_t before = clock_real_ns(), after;
	struct logger *lg = logger_new(fd, LINE_INFO, 0);
	struct event ev;
	struct tally t;
	char run[16];

	(void)state;
	assert_int_equal(strlen(logger_run(lg)), 8);
	assert_int_equal(strspn(logger_run(lg), "0123456789abcdef"), 8);
	strcpy(run, logger_run(lg));
	for (int i = 0; i < 5; i++)
		log_n(lg, i);
	assert_int_equal(logger_dropped(lg), 0);
	lg = logger_free(lg);
	assert_null(lg);
	after = clock_real_ns();
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	read_all(fd, &text);
	tally(&text, &t);
	assert_int_equal(t.lines, 5);
	assert_int_equal(t.last, 5);
	assert_int_equal(t.missing, 0);
	assert_string_equal(t.run, run);
	assert_int_equal(event_decode(text.data, strcspn(text.data, "\n"), &ln,
			     &ev, NULL),
	    0);
	assert_true(ev.time_ns >= before && ev.time_ns <= after);
	assert_null(logger_free(NULL));
}

static void
test_runs_differ(void **state)
{
	_cleanup_close_ int fd = memfd_create("log", MFD_CLOEXEC);
	_cleanup_(logger_freep) struct logger *a = logger_new(fd, 0, 0);
	_cleanup_(logger_freep) struct logger *b = logger_new(fd, 0, 0);

	(void)state;
	assert_string_not_equal(logger_run(a), logger_run(b));
}

/* Lines below the level are none: they take no seq. */
static void
test_level(void **state)
{
	static const int levels[] = { LINE_DEBUG, LINE_INFO, LINE_WARN - 1,
		LINE_WARN, LINE_ERROR + 4 };
	_cleanup_close_ int fd = memfd_create("log", MFD_CLOEXEC);
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct logger *lg = logger_new(fd, LINE_WARN, 0);
	struct tally t;
	struct event ev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		event_init(&ev, EVENT_OTHER);
		ev.level = levels[i];
		logger_event(lg, &ev);
	}
	logger_free(lg);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	read_all(fd, &text);
	tally(&text, &t);
	assert_int_equal(t.lines, 2);
	assert_int_equal(t.last, 2);
	assert_non_null(strstr(text.data, "\"level\":\"WARN\""));
	assert_non_null(strstr(text.data, "\"level\":\"ERROR+4\""));
}

static void *
drain(void *arg)
{
	struct buf *text = calloc(1, sizeof(*text));

	read_all(*(int *)arg, text);
	return text;
}

/*
 * Nobody reads the pipe while ten times of what it and the buffer hold is
 * logged: a logger that waits would never come back.  Afterwards every line is
 * there or counted, exactly.
 */
static void
test_full_pipe(void **state)
{
	enum { LINES = 3000 };
	struct logger *lg;
	struct buf *text;
	struct tally t;
	uint64_t dropped;
	pthread_t reader;
	int fds[2];

	(void)state;
	small_pipe(fds);
	lg = logger_new(fds[1], LINE_INFO, 16384);
	for (int i = 0; i < LINES; i++)
		log_n(lg, i);
	dropped = logger_dropped(lg);
	assert_true(dropped > LINES / 2);
	assert_true(dropped < LINES);
	assert_int_equal(pthread_create(&reader, NULL, drain, &fds[0]), 0);
	/* This one may be dropped as well, or not. */
	log_n(lg, LINES);
	logger_free(lg);
	close(fds[1]);
	assert_int_equal(pthread_join(reader, (void **)&text), 0);
	close(fds[0]);
	tally(text, &t);
	assert_true(t.notices >= 1);
	assert_int_equal(t.said, t.missing);
	assert_true(t.said >= dropped);
	assert_true(t.said <= dropped + 1);
	assert_int_equal(t.lines + t.missing, t.last);
	assert_int_equal(t.last, LINES + 1 + t.notices);
	buf_done(text);
	free(text);
}

/* logger_free() comes back though nobody ever reads. */
static void
test_free_with_full_pipe(void **state)
{
	struct logger *lg;
	int fds[2];

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	/* It takes the stack of a canceled thread for one still in use. */
	print_message("AddressSanitizer does not know pthread_cancel()\n");
	skip();
#endif
	small_pipe(fds);
	lg = logger_new(fds[1], LINE_INFO, 16384);
	for (int i = 0; i < 200; i++)
		log_n(lg, i);
	logger_free(lg);
	close(fds[0]);
	close(fds[1]);
}

/* The same with a descriptor that does not block, as a pipe's may. */
static void
test_nonblocking(void **state)
{
	struct logger *lg;
	struct buf *text;
	struct tally t;
	pthread_t reader;
	int fds[2];

	(void)state;
	small_pipe(fds);
	assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	lg = logger_new(fds[1], LINE_INFO, 0);
	for (int i = 0; i < 1000; i++)
		log_n(lg, i);
	assert_int_equal(pthread_create(&reader, NULL, drain, &fds[0]), 0);
	logger_free(lg);
	close(fds[1]);
	assert_int_equal(pthread_join(reader, (void **)&text), 0);
	close(fds[0]);
	tally(text, &t);
	assert_int_equal(t.lines, 1000);
	assert_int_equal(t.missing, 0);
	buf_done(text);
	free(text);
}

/* Nobody can ever read: the lines count as dropped, the process lives. */
static void
test_broken_pipe(void **state)
{
	struct logger *lg;
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	small_pipe(fds);
	close(fds[0]);
	lg = logger_new(fds[1], LINE_INFO, 0);
	log_n(lg, 1);
	log_n(lg, 2);
	while (logger_dropped(lg) < 2)
		usleep(1000);
	logger_free(lg);
	close(fds[1]);
}

/* A writer that went to sleep is woken by the next line. */
static void
test_wakes(void **state)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct logger *lg;
	char c[4096];
	ssize_t n;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	lg = logger_new(fds[1], LINE_INFO, 0);
	for (int i = 0; i < 3; i++) {
		/* Longer than it naps before it sleeps; late is fine too. */
		usleep(300000);
		log_n(lg, i);
		n = read(fds[0], c, sizeof(c));
		assert_true(n > 0);
		buf_put(&text, c, (size_t)n);
	}
	assert_non_null(strstr(text.data, "\"seq\":3"));
	logger_free(lg);
	close(fds[0]);
	close(fds[1]);
}

/* ---- several threads ----------------------------------------------------- */

enum { THREADS = 4, EACH = 2000 };

struct shout {
	struct logger *lg;
	int64_t me;
};

static void *
shout(void *arg)
{
	struct shout *s = arg;

	for (int64_t i = 0; i < EACH; i++)
		log_n(s->lg, s->me * EACH + i);
	return NULL;
}

static void
test_threads(void **state)
{
	_cleanup_close_ int fd = memfd_create("log", MFD_CLOEXEC);
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct logger *lg = logger_new(fd, LINE_INFO, 64 << 20);
	int64_t next[THREADS] = { 0 }, n;
	struct shout args[THREADS];
	pthread_t ids[THREADS];
	const char *p;
	struct tally t;

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		args[i] = (struct shout){ lg, i };
		assert_int_equal(pthread_create(&ids[i], NULL, shout, &args[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	logger_free(lg);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	read_all(fd, &text);
	tally(&text, &t);
	assert_int_equal(t.lines, THREADS * EACH);
	assert_int_equal(t.last, THREADS * EACH);
	/* Each thread's own lines are there once, in its order. */
	for (p = text.data; (p = strstr(p, "\"n\":")) != NULL; p++) {
		n = strtoll(p + 4, NULL, 10);
		assert_int_equal(n % EACH, next[n / EACH]);
		next[n / EACH]++;
	}
}

/* ---- configuration ------------------------------------------------------- */

static void
test_parse_level(void **state)
{
	static const struct {
		const char *text;
		int level;
	} good[] = {
		{ "debug", LINE_DEBUG },
		{ "info", LINE_INFO },
		{ "", LINE_INFO },
		{ " \t\n", LINE_INFO },
		{ "warn", LINE_WARN },
		{ "warning", LINE_WARN },
		{ "error", LINE_ERROR },
		{ "DEBUG", LINE_DEBUG },
		{ "  WarNing \r\n", LINE_WARN },
	};
	static const char *const bad[] = { "x", "warn,error", "info+2", "0",
		"inf", "errors", "de bug" };
	struct error err = ERROR_INIT;
	char want[128];
	int level;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		level = 77;
		if (logger_parse_level(good[i].text, &level, &err) != 0)
			fail_msg("%s: %s", good[i].text, err.text);
		assert_int_equal(level, good[i].level);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		level = 77;
		assert_int_equal(logger_parse_level(bad[i], &level, &err),
		    -EINVAL);
		snprintf(want, sizeof(want),
		    "unsupported log_level \"%s\" (use debug, info, warn, or "
		    "error)",
		    bad[i]);
		assert_string_equal(err.text, want);
		assert_int_equal(level, 77);
	}
}

/* A line about what was earlier bears that time; all others are stamped. */
static void
test_given_time(void **state)
{
	struct logger *lg;
	struct event ev;
	char text[4096];
	int fds[2];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	lg = logger_new(fds[1], LINE_INFO, 0);
	event_init(&ev, EVENT_OP_STARTED);
	ev.time_ns = 1777241583000075000;
	logger_event(lg, &ev);
	log_n(lg, 1);
	logger_free(lg);
	n = read(fds[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(
	    strstr(text, "{\"time\":\"2026-04-26T22:13:03.000075Z\""));
	assert_null(strstr(strchr(text, '\n'), "2026-04-26T22:13:03"));
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_given_time),
		cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_runs_differ),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_full_pipe),
		cmocka_unit_test(test_free_with_full_pipe),
		cmocka_unit_test(test_nonblocking),
		cmocka_unit_test(test_broken_pipe),
		cmocka_unit_test(test_wakes),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_parse_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
