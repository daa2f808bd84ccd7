/* SPDX-License-Identifier: ISC */
/* vm.delete: removes a stopped VM; with force, a running one too. */
#include "base/cleanup.h"
#include "disk.h"
#include "dispatch.h"
#include "op.h"
#include "priv.h"
#include "reconcile.h"
#include "teardown.h"
#include "vm.h"
#include "wire/rpc.h"

static int
delete__remove(struct op *op, struct vm *vm, struct error *err)
{
	struct daemon *d = op_daemon(op);
	int rc;

	op_stage(op, "logs_remove");
	rc = priv_call(op, "vm.forget", json_pack("{s:s}", "vm_id", vm->id),
	    NULL, err);
	if (rc < 0)
		return rc;
	op_stage(op, "disk_delete");
	rc = disk_remove(&d->config, vm->id, err);
	if (rc < 0)
		return rc;
	op_stage(op, "state_remove");
	return vmset_remove(d->vms, op, err);
}

int
rpc_vm_delete(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	bool force = false;
	const char *ref;
	struct vm *vm;
	int rc;

	(void)result;
	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = rpc_param_bool_opt(params, "force", &force, err)) < 0)
		return rc;
	op_stage(op, "vm_lock");
	rc = vmset_acquire(d->vms, ref, op, &vm, err);
	if (rc < 0)
		return rc;
	if (vm->state != VM_STOPPED && !force)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s is %s; stop it first, or force the deletion", vm->name,
		    vm_state_name(vm->state));
	rc = op_check(op, err);
	if (rc < 0)
		return rc;
	op_shield(op);
	if (vm->state != VM_STOPPED)
		rc = teardown_by_kill(op, vm, err);
	if (rc == 0)
		rc = vmset_set_state(d->vms, vm, VM_DELETING, NULL, err);
	if (rc < 0)
		return rc;
	rc = delete__remove(op, vm, err);
	/* It has begun, and is carried on. */
	if (rc < 0)
		reconcile_later(d);
	return rc;
}
