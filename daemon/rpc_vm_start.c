/* SPDX-License-Identifier: ISC */
/*
 * vm.start: the hooks' prepare and start (hook.h).  A step that fails ends the
 * operation in its stage; what the earlier ones made is taken away again.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "dispatch.h"
#include "hook.h"
#include "op.h"
#include "tail.h"
#include "teardown.h"
#include "vm.h"
#include "watch.h"
#include "wire/rpc.h"

#define START_READY_MS_MAX 3600000
#define START_CONSOLE_LINES 8 /* of one that failed, for its client */

/* Takes the VM, which must be stopped. */
static int
start__lock(struct life *l, const char *ref, struct error *err)
{
	int rc;

	op_stage(l->op, "vm_lock");
	rc = vmset_acquire(l->daemon->vms, ref, l->op, &l->vm, err);
	if (rc < 0)
		return rc;
	if (l->vm->state != VM_STOPPED)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s is %s; only a stopped VM can be started", l->vm->name,
		    vm_state_name(l->vm->state));
	return 0;
}

static int
start__persist(struct life *l, struct error *err)
{
	int rc;

	op_shield(l->op);
	op_stage(l->op, "state_persist");
	rc = vmset_set_state(l->daemon->vms, l->vm, VM_RUNNING, NULL, err);
	if (rc == 0)
		watch_start(l->daemon, l->vm);
	return rc;
}

/* How far the guest came is often all that says why. */
static void
start__show_console(const struct life *l)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (l->vm->console_log != NULL)
		tail_lines(l->vm->console_log, START_CONSOLE_LINES, &text);
	if (text.len > 0)
		op_detail(l->op, "console", buf_str(&text));
}

int
rpc_vm_start(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(
	    life_done) struct life l = { .op = op, .daemon = op_daemon(op) };
	int64_t ready_ms = 0;
	const char *ref;
	int rc;

	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = rpc_param_int_opt(params, "timeout_ms", 1, START_READY_MS_MAX,
		 &ready_ms, err)) < 0 ||
	    (rc = rpc_param_bool_opt(params, "no_ready", &l.no_ready, err)) < 0)
		return rc;
	op_allow(op, "guest_wait", ready_ms * NSEC_PER_MSEC);
	rc = start__lock(&l, ref, err);
	if (rc < 0)
		return rc;
	rc = hooks_start(&l, err);
	if (rc == 0)
		rc = start__persist(&l, err);
	op_shield(op);
	if (rc < 0 && l.may_run)
		start__show_console(&l);
	if (rc < 0 && l.dirty)
		teardown_quietly(op, l.vm, l.may_run, err->text);
	if (rc == 0)
		json_object_set_new(result, "vm",
		    vmset_vm_json(l.daemon->vms, l.vm));
	return rc;
}
