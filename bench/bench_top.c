/* SPDX-License-Identifier: ISC */
/*
 * bench_top PROGRAM [ARG ...]: what a live program on a terminal of 80x24
 * costs.  PROGRAM ends in "bangertop": it is given a log that grows, and asked
 * how soon lines and keys are on the screen.  Any other is only looked at
 * while nothing happens.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "../tests/fuzz/pty.h"
#include "base/cleanup.h"
#include "base/clock.h"

#define IDLE_MS 10000
#define RATE_MS 10000
#define SETTLE_MS 2000
#define PROBES 100
#define IN_FLIGHT 10000

struct top {
	struct pty pty;
	FILE *log;
	uint64_t seq;
};

/* Reads, and forgets, for so long. */
static void
top_drain(struct top *t, int ms)
{
	int64_t until = pty_now_ns() + ms * NSEC_PER_MSEC, left;
	char out[65536];

	while ((left = until - pty_now_ns()) > 0)
		pty_read(&t->pty, out, sizeof(out),
		    (int)(left / NSEC_PER_MSEC) + 1);
}

/* Seconds of processor time, and KiB at its peak. */
static double
top_cpu(struct top *t, long *ret_peak)
{
	char path[64], line[512];
	long user = 0, sys = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)t->pty.pid);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof(line), f) == NULL ||
	    sscanf(strrchr(line, ')') + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
		&sys) != 2)
		errx(1, "%s: the program is gone", path);
	fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)t->pty.pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		sscanf(line, "VmHWM: %ld", ret_peak);
	if (f != NULL)
		fclose(f);
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

static void
top_line(struct top *t, const char *msg, uint64_t op, const char *more)
{
	char now[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(clock_real_ns(), now);
	fprintf(t->log,
	    "{\"time\":\"%s\",\"level\":\"INFO\",\"msg\":\"%s\","
	    "\"run\":\"feedf00d\",\"seq\":%" PRIu64
	    ",\"operation\":\"vm.start\",\"op_id\":\"op-%016" PRIx64
	    "\",\"vm_name\":\"web-%" PRIu64 "\"%s}\n",
	    now, msg, ++t->seq, op, op, more);
}

/* One operation's line, of four in turn. */
static void
top_next(struct top *t, uint64_t i)
{
	static const char *const msgs[] = { "operation started",
		"operation stage", "operation stage", "operation completed" };
	static const char *const more[] = { "",
		",\"stage\":\"check\",\"since_start_ms\":1",
		",\"stage\":\"network\",\"since_start_ms\":2",
		",\"duration_ms\":3" };

	top_line(t, msgs[i % 4], i / 4, more[i % 4]);
}

static void
bench_rate(struct top *t, unsigned rate)
{
	int64_t start = pty_now_ns(), gone;
	uint64_t n = 0;
	double before, used;
	long peak = 0;

	before = top_cpu(t, &peak);
	while ((gone = pty_now_ns() - start) < RATE_MS * NSEC_PER_MSEC) {
		while (n < (uint64_t)(gone / NSEC_PER_USEC) * rate / 1000000)
			top_next(t, n++);
		fflush(t->log);
		top_drain(t, 10);
	}
	used = top_cpu(t, &peak) - before;
	printf("bangertop, %u records/s: %.1f %% of a core, peak %ld KiB\n",
	    rate, used * 100 * 1000 / RATE_MS, peak);
	top_drain(t, SETTLE_MS);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
tell(const char *what, double *ms)
{
	qsort(ms, PROBES, sizeof(*ms), compare);
	printf("bangertop, %s: p50 %.1f ms, p99 %.1f ms, n %d\n", what,
	    ms[PROBES / 2], ms[PROBES - 2], PROBES);
}

/* Until there is any output; what came before is read away. */
static double
top_answer(struct top *t, int64_t since)
{
	char out[65536];

	if (pty_read(&t->pty, out, sizeof(out), 5000) == 0)
		errx(1, "no answer within 5 s");
	return (double)(pty_now_ns() - since) / NSEC_PER_MSEC;
}

/* Lines come at no particular time of its clock. */
static void
bench_lines(struct top *t)
{
	double ms[PROBES];
	int64_t since;

	for (int i = 0; i < PROBES; i++) {
		top_drain(t, 150 + i * 7 % 100);
		since = pty_now_ns();
		top_line(t, "operation started", 1000000 + (uint64_t)i, "");
		fflush(t->log);
		ms[i] = top_answer(t, since);
	}
	tell("a line to the screen", ms);
}

static void
bench_keys(struct top *t)
{
	static const char *const keys[] = { "G", "g", ">" };
	double ms[PROBES];
	char what[64];
	int64_t since;

	for (uint64_t i = 0; i < IN_FLIGHT; i++)
		top_line(t, "operation started", 2000000 + i, "");
	fflush(t->log);
	top_drain(t, SETTLE_MS);
	for (int i = 0; i < PROBES; i++) {
		top_drain(t, 30);
		since = pty_now_ns();
		pty_type(&t->pty, keys[i % 3], 1);
		ms[i] = top_answer(t, since);
	}
	snprintf(what, sizeof(what), "a key with %d in flight", IN_FLIGHT);
	tell(what, ms);
}

static void
bench_idle(struct top *t, const char *name)
{
	double before;
	long peak = 0;

	top_drain(t, SETTLE_MS);
	before = top_cpu(t, &peak);
	top_drain(t, IDLE_MS);
	printf("%s, idle: %.2f %% of a core, peak %ld KiB\n", name,
	    (top_cpu(t, &peak) - before) * 100 * 1000 / IDLE_MS, peak);
}

int
main(int argc, char **argv)
{
	char log[] = "/tmp/bench-top.XXXXXX";
	char *own[] = { argv[1], (char[]){ "--file" }, log, NULL };
	const char *name;
	struct top t = { 0 };
	bool ours;
	int fd;

	if (argc < 2)
		errx(2, "usage: bench_top PROGRAM [ARG ...]");
	name = strrchr(argv[1], '/') != NULL ? strrchr(argv[1], '/') + 1
					     : argv[1];
	ours = strcmp(name, "bangertop") == 0;
	fd = mkstemp(log);
	t.log = fd >= 0 ? fdopen(fd, "a") : NULL;
	if (t.log == NULL)
		err(1, "%s", log);
	pty_start(&t.pty, ours ? own : argv + 1, 80, 24);
	setvbuf(stdout, NULL, _IOLBF, 0);
	bench_idle(&t, name);
	if (ours) {
		bench_lines(&t);
		bench_rate(&t, 1000);
		bench_rate(&t, 50000);
		bench_idle(&t, "bangertop, after that");
		bench_keys(&t);
	}
	kill(t.pty.pid, SIGTERM);
	top_drain(&t, 100);
	kill(t.pty.pid, SIGKILL);
	waitpid(t.pty.pid, NULL, 0);
	pty_close(&t.pty);
	fclose(t.log);
	unlink(log);
	return 0;
}
