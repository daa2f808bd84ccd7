/* SPDX-License-Identifier: ISC */
#include "base/wait.h"

#include <errno.h>

#include "base/clock.h"

/* poll(2) takes milliseconds in an int; longer waits are made in turns. */
#define WAIT_TURN_MS 3600000

static _Thread_local int wait__cancel = -1;
static _Thread_local int64_t wait__deadline = WAIT_NEVER;

int
wait_cancel_by(int fd)
{
	int old = wait__cancel;

	wait__cancel = fd;
	return old;
}

int
wait_canceled_by(void)
{
	return wait__cancel;
}

void
wait_deadline_by(int64_t mono_ns)
{
	wait__deadline = mono_ns;
}

static int
wait__canceled(struct error *err)
{
	return error_kind(err, WAIT_CANCELED, -ECANCELED, "canceled");
}

/* Fails when one of the two deadlines has passed; *ret_left is the time until
 * the nearer one. */
static int
wait__left(int64_t deadline_ns, int64_t *ret_left, struct error *err)
{
	int64_t now = clock_mono_ns();

	if (wait__deadline <= now)
		return error_set(err, -ETIME, "timed out");
	if (deadline_ns <= now)
		return error_set(err, -ETIMEDOUT, "timed out");
	*ret_left = (deadline_ns < wait__deadline ? deadline_ns
						  : wait__deadline) -
	    now;
	return 0;
}

int
wait_fd(int fd, short events, int64_t deadline_ns, struct error *err)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = events },
		{ .fd = wait__cancel, .events = POLLIN },
	};
	int64_t left;
	int n, rc;

	for (;;) {
		rc = wait__left(deadline_ns, &left, err);
		if (rc < 0)
			return rc;
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
wait_check_by(int64_t deadline_ns, struct error *err)
{
	struct pollfd p = { .fd = wait__cancel, .events = POLLIN };
	int64_t left;

	return poll(&p, 1, 0) > 0 ? wait__canceled(err)
				  : wait__left(deadline_ns, &left, err);
}

int
wait_check(struct error *err)
{
	return wait_check_by(WAIT_NEVER, err);
}
