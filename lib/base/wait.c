/* SPDX-License-Identifier: ISC */
#include "base/wait.h"

#include <errno.h>

#include "base/clock.h"

/* poll(2) takes milliseconds in an int; longer waits are made in turns. */
#define WAIT_TURN_MS 3600000

static _Thread_local int wait__cancel = -1;

int
wait_cancel_by(int fd)
{
	int old = wait__cancel;

	wait__cancel = fd;
	return old;
}

static int
wait__canceled(struct error *err)
{
	return error_kind(err, WAIT_CANCELED, -ECANCELED, "canceled");
}

int
wait_fd(int fd, short events, int64_t deadline_ns, struct error *err)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = events },
		{ .fd = wait__cancel, .events = POLLIN },
	};
	int64_t left;
	int n;

	for (;;) {
		left = deadline_ns - clock_mono_ns();
		if (left <= 0)
			return error_set(err, -ETIMEDOUT, "timed out");
		n = poll(p, 2,
		    left > WAIT_TURN_MS * NSEC_PER_MSEC
			? WAIT_TURN_MS
			: (int)((left + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC));
		if (n < 0 && errno != EINTR)
			return error_errno(err, errno, "poll");
		if (n > 0 && p[1].revents != 0)
			return wait__canceled(err);
		if (n > 0)
			return 0;
	}
}

int
wait_until(int64_t mono_ns, struct error *err)
{
	struct error why = ERROR_INIT;
	int rc = wait_fd(-1, 0, mono_ns, &why);

	if (rc == -ETIMEDOUT)
		return 0;
	if (err != NULL)
		*err = why;
	return rc;
}

int
wait_check(struct error *err)
{
	struct pollfd p = { .fd = wait__cancel, .events = POLLIN };

	return poll(&p, 1, 0) > 0 ? wait__canceled(err) : 0;
}
