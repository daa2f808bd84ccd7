/* SPDX-License-Identifier: ISC */
/*
 * vm.stop: the hooks' stop, which asks the guest through its agent, then the
 * VMM, then kills it, each with its own deadline; then their clean.
 */
#include <errno.h>

#include "base/clock.h"
#include "dispatch.h"
#include "hook.h"
#include "op.h"
#include "teardown.h"
#include "vm.h"
#include "wire/rpc.h"

#define STOP_GUEST_MS_MAX 3600000

/* Until something has ended the VMM it can be called off, and runs on. */
static int
stop__end(struct life *l, struct error *err)
{
	struct vmset *vms = l->daemon->vms;
	int rc = vmset_set_state(vms, l->vm, VM_STOPPING, NULL, err);

	if (rc < 0)
		return rc;
	rc = hooks_stop(l, err);
	if (rc == -ECANCELED) {
		/* Should the guest end after all, watch.c sees it. */
		vmset_set_state(vms, l->vm, VM_RUNNING, NULL, NULL);
		return rc;
	}
	if (rc == 0)
		rc = teardown(l->op, l->vm, NULL, err);
	if (rc < 0) /* nobody knows how much of it is left */
		vmset_set_state(vms, l->vm, VM_UNKNOWN, err->text, NULL);
	return rc;
}

int
rpc_vm_stop(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct life l = { .op = op, .daemon = op_daemon(op), .how = "" };
	int64_t guest_ms = 0;
	const char *ref;
	int rc;

	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = rpc_param_bool_opt(params, "force", &l.force, err)) < 0 ||
	    (rc = rpc_param_int_opt(params, "timeout_ms", 1, STOP_GUEST_MS_MAX,
		 &guest_ms, err)) < 0)
		return rc;
	op_allow(op, "guest_shutdown", guest_ms * NSEC_PER_MSEC);
	op_stage(op, "vm_lock");
	rc = vmset_acquire(l.daemon->vms, ref, op, &l.vm, err);
	if (rc < 0)
		return rc;
	if (l.vm->state != VM_RUNNING && l.vm->state != VM_UNKNOWN)
		return rpc_fail(err, RPC_INVALID_STATE, "%s is %s, not running",
		    l.vm->name, vm_state_name(l.vm->state));
	rc = stop__end(&l, err);
	if (rc < 0)
		return rc;
	json_object_set_new(result, "how", json_string(l.how));
	json_object_set_new(result, "vm", vmset_vm_json(l.daemon->vms, l.vm));
	return 0;
}
