/* SPDX-License-Identifier: ISC */
/* vm.restart, one operation of a stop and a start; and vm.kill. */
#include "dispatch.h"
#include "op.h"
#include "priv.h"
#include "teardown.h"
#include "vm.h"
#include "wire/rpc.h"

/* The VM stays held in between, so nobody starts or deletes it meanwhile. */
int
rpc_vm_restart(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	int rc = rpc_vm_stop(op, params, result, err);

	return rc < 0 ? rc : rpc_vm_start(op, params, result, err);
}

int
rpc_vm_kill(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	const char *ref;
	struct vm *vm;
	int rc;

	op_stage(op, "validate");
	rc = rpc_param_str(params, "vm", &ref, err);
	if (rc < 0)
		return rc;
	op_stage(op, "vm_lock");
	rc = vmset_acquire(d->vms, ref, op, &vm, err);
	if (rc < 0)
		return rc;
	if (vm->state != VM_RUNNING && vm->state != VM_UNKNOWN)
		return rpc_fail(err, RPC_INVALID_STATE, "%s is %s, not running",
		    vm->name, vm_state_name(vm->state));
	rc = teardown_by_kill(op, vm, err);
	if (rc < 0)
		return rc;
	json_object_set_new(result, "how", json_string("kill"));
	json_object_set_new(result, "vm", vmset_vm_json(d->vms, vm));
	return 0;
}
