/* SPDX-License-Identifier: ISC */
/*
 * What a log line costs the caller: nanoseconds from logger_event()'s call to
 * its return, writing a full stage line into a pipe that another process
 * drains, in bursts (2000 lines at once, then a pause) and at a daemon's pace
 * (a line each 200 us).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/logger.h"

#define BURSTS 500
#define BURST_LINES 2000
#define PACED_LINES 5000

static void
stage_event(struct event *ev, int64_t i)
{
	event_init(ev, EVENT_OP_STAGE);
	event_set_str(ev, FIELD_OPERATION, "vm.start");
	event_set_str(ev, FIELD_OP_ID, "op-7f3a9c2e11d04b58");
	event_set_str(ev, FIELD_VM_ID, "vm-3f9a1c22");
	event_set_str(ev, FIELD_VM_NAME, "web1");
	event_set_str(ev, FIELD_IMAGE_ID, "im-77aa01ce");
	event_set_str(ev, FIELD_IMAGE_NAME, "tiny");
	event_set_str(ev, FIELD_GUEST_IP, "172.30.0.2");
	event_set_str(ev, FIELD_STAGE, "vmm_handshake");
	event_set_ms(ev, FIELD_SINCE_START, i * 1234567);
	event_set_ms(ev, FIELD_SINCE_LAST, i * 1234);
}

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* A reader that takes all, as journald does; returns the write end. */
static int
start_drain(pid_t *ret_pid)
{
	char chunk[65536];
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		exit(1);
	*ret_pid = fork();
	if (*ret_pid == 0) {
		close(fds[1]);
		while (read(fds[0], chunk, sizeof(chunk)) > 0)
			continue;
		_exit(0);
	}
	close(fds[0]);
	return fds[1];
}

int
main(void)
{
	const struct timespec pause = { 0, 200 * NSEC_PER_USEC };
	const struct timespec drained = { 0, 5 * NSEC_PER_MSEC };
	static int64_t cost[PACED_LINES], burst[BURSTS];
	struct logger *lg;
	struct event ev;
	int64_t from;
	pid_t drain;
	int fd = start_drain(&drain);

	signal(SIGPIPE, SIG_IGN);
	lg = logger_new(fd, LINE_INFO, 0);
	for (int n = 0; n < BURSTS; n++) {
		from = clock_mono_ns();
		for (int64_t i = 0; i < BURST_LINES; i++) {
			stage_event(&ev, i);
			logger_event(lg, &ev);
		}
		burst[n] = (clock_mono_ns() - from) / BURST_LINES;
		nanosleep(&drained, NULL);
	}
	qsort(burst, BURSTS, sizeof(burst[0]), by_value);
	printf("burst: %d x %d lines, median %ld ns a line, p99 %ld ns, "
	       "%lu dropped\n",
	    BURSTS, BURST_LINES, (long)burst[BURSTS / 2],
	    (long)burst[BURSTS * 99 / 100], (unsigned long)logger_dropped(lg));
	for (int i = 0; i < PACED_LINES; i++) {
		nanosleep(&pause, NULL);
		from = clock_mono_ns();
		stage_event(&ev, i);
		logger_event(lg, &ev);
		cost[i] = clock_mono_ns() - from;
	}
	qsort(cost, PACED_LINES, sizeof(cost[0]), by_value);
	printf("paced: %d lines, median %ld ns, p99 %ld ns\n", PACED_LINES,
	    (long)cost[PACED_LINES / 2], (long)cost[PACED_LINES * 99 / 100]);
	logger_free(lg);
	close(fd);
	waitpid(drain, NULL, 0);
	return 0;
}
