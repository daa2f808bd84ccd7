/* SPDX-License-Identifier: ISC */
/* vm.set and vm.rename: changes of a stopped VM, true from its next start. */
#include "dispatch.h"
#include "op.h"
#include "vm.h"
#include "vm_spec.h"
#include "vmm.h"
#include "wire/rpc.h"

/* The disk stays what it is. */
static int
set__machine(const struct vm *vm, const char *machine, struct error *err)
{
	if (vmm_of(machine)->overlay == vmm_of(vm->machine)->overlay)
		return 0;
	return rpc_fail(err, RPC_INVALID_ARGUMENT,
	    "the disk of %s is of machine %s, and %s takes another kind; make "
	    "another VM, or an image of this one first",
	    vm->name, vm->machine, machine);
}

/* Keeps what was said, or leaves the VM as it was. */
static int
set__apply(struct op *op, struct vm *vm, const struct vm_spec *spec,
    struct error *err)
{
	struct vmset *vms = op_daemon(op)->vms;
	struct vm_spec was = { .machine = vm->machine,
		.cmdline = vm->cmdline,
		.ssh_key = vm->ssh_key,
		.ports = vm->ports,
		.memory_mib = vm->memory_mib,
		.vcpus = vm->vcpus };
	struct vm old = { 0 };
	int rc;

	rc = vmset_change_ports(vms, vm, spec->ports != NULL ? spec->ports : "",
	    err);
	if (rc < 0)
		return rc;
	vm_spec_apply(&was, &old); /* copies */
	vm_spec_apply(spec, vm);
	rc = vmset_save(vms, vm, err);
	if (rc < 0) {
		was = (struct vm_spec){ .machine = old.machine,
			.cmdline = old.cmdline,
			.ssh_key = old.ssh_key,
			.ports = old.ports,
			.memory_mib = old.memory_mib,
			.vcpus = old.vcpus };
		vmset_change(vms);
		vm_spec_apply(&was, vm);
		vmset_save(vms, vm, NULL);
	}
	free(old.machine);
	free(old.cmdline);
	free(old.ssh_key);
	free(old.ports);
	return rc;
}

int
rpc_vm_set(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(vm_spec_done) struct vm_spec spec = { 0 };
	struct daemon *d = op_daemon(op);
	const char *ref;
	struct vm *vm;
	int rc;

	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = vm_spec_read(params, &spec, err)) < 0)
		return rc;
	if (spec.disk_mib > 0)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "a disk's size is said when the VM is made");
	op_stage(op, "vm_lock");
	rc = vmset_acquire_stopped(d->vms, ref, op, &vm, err);
	if (rc == 0 && spec.machine != NULL)
		rc = set__machine(vm, spec.machine, err);
	if (rc < 0)
		return rc;
	op_stage(op, "state_persist");
	rc = set__apply(op, vm, &spec, err);
	if (rc == 0)
		json_object_set_new(result, "vm", vmset_vm_json(d->vms, vm));
	return rc;
}

int
rpc_vm_rename(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	const char *ref, *name;
	struct vm *vm;
	int rc;

	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = rpc_param_str(params, "name", &name, err)) < 0 ||
	    (rc = vm_spec_name(name, err)) < 0)
		return rc;
	op_stage(op, "vm_lock");
	rc = vmset_acquire_stopped(d->vms, ref, op, &vm, err);
	if (rc < 0)
		return rc;
	op_stage(op, "state_persist");
	rc = vmset_rename(d->vms, vm, name, err);
	if (rc < 0)
		return rc;
	op_subject(op, FIELD_VM_NAME, name);
	json_object_set_new(result, "vm", vmset_vm_json(d->vms, vm));
	return 0;
}
