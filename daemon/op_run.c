/* SPDX-License-Identifier: ISC */
/* An operation in its worker: how it is called off, or ended for its time. */
#include <errno.h>

#include "base/clock.h"
#include "base/wait.h"
#include "op_int.h"
#include "wire/rpc.h"

/* A wait knows that it was called off, and not by whom. */
static int
op__canceled(struct op *op, struct error *err)
{
	uid_t by;

	pthread_mutex_lock(&op->daemon->ops->lock);
	by = op->canceled_by;
	pthread_mutex_unlock(&op->daemon->ops->lock);
	return error_kind(err, rpc_code_name(RPC_CANCELED), -ECANCELED,
	    "canceled at the request of uid %u", (unsigned)by);
}

static bool
op__is_canceled(struct op *op)
{
	bool canceled;

	pthread_mutex_lock(&op->daemon->ops->lock);
	canceled = op->canceled;
	pthread_mutex_unlock(&op->daemon->ops->lock);
	return canceled;
}

int
op_check(struct op *op, struct error *err)
{
	return wait_check(NULL) == -ECANCELED ? op__canceled(op, err) : 0;
}

/* Says which stage it was that took too long. */
static int
op__late(const struct op *op, struct error *err)
{
	char allowed[CLOCK_DURATION_MAX];

	if (err == NULL)
		return -ETIME;
	err->kind = rpc_code_name(RPC_TIMEOUT);
	return error_wrap(err, -ETIME, "%s did not end within %s", op->stage,
	    clock_format_duration(op->allowed, allowed));
}

int
op_run(struct op *op, int (*fn)(void *arg, struct error *err), void *arg,
    struct error *err)
{
	int rc;

	op_unshield(op);
	/* It may have been called off while it was queued. */
	rc = op_check(op, err);
	if (rc == 0)
		rc = fn(arg, err);
	if (rc < 0 && err->code == -ECANCELED && op__is_canceled(op))
		op__canceled(op, err);
	else if (rc < 0 && err->code == -ETIME)
		op__late(op, err);
	op_shield(op);
	return rc;
}

void
op_unshield(struct op *op)
{
	wait_cancel_by(op->cancel);
}

void
op_shield(struct op *op)
{
	(void)op; /* what it turns off is this thread's, which runs op */
	wait_cancel_by(-1);
	wait_deadline_by(WAIT_NEVER);
}
