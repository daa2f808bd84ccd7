/* SPDX-License-Identifier: ISC */
/*
 * vm.stop: asks the guest through its agent, then the VMM, then kills it, each
 * with its own deadline; then takes the network away.
 */
#include <errno.h>

#include "agent.h"
#include "base/clock.h"
#include "dispatch.h"
#include "op.h"
#include "priv.h"
#include "teardown.h"
#include "vm.h"
#include "vmm.h"
#include "wire/rpc.h"

#define STOP_GUEST_MS 20000
#define STOP_GUEST_MS_MAX 3600000
#define STOP_AGENT_NS (3 * NSEC_PER_SEC)
#define STOP_QUIT_NS (5 * NSEC_PER_SEC)

/* 0: the guest took it and the VMM has ended; else the next means is due. */
static int
stop__guest(struct vm *vm, int64_t wait_ns)
{
	int64_t deadline = clock_mono_ns() + wait_ns;
	int64_t ask = clock_mono_ns() +
	    (wait_ns < STOP_AGENT_NS ? wait_ns : STOP_AGENT_NS);
	_cleanup_(agent_close) struct agent agent = { .fd = -1 };

	if (agent_open(&agent, vm->agent_socket, ask, NULL) < 0 ||
	    agent_sync(&agent, ask, NULL) < 0 ||
	    agent_send(&agent, "guest-shutdown",
		json_pack("{s:s}", "mode", "powerdown"), ask, NULL) < 0)
		return 1;
	return vm->vmm->ops->wait_end(vm->vmm, deadline, NULL);
}

static int
stop__quit(struct vm *vm)
{
	int64_t deadline = clock_mono_ns() + STOP_QUIT_NS;
	int rc = vm->vmm->ops->quit(vm->vmm, deadline, NULL);

	/* The VMM may be gone before it has answered. */
	return rc < 0 && rc != -EPIPE
	    ? rc
	    : vm->vmm->ops->wait_end(vm->vmm, deadline, NULL);
}

/*
 * Ends the VMM by the gentlest means that works; *ret_how names it.  Until one
 * of them does it can be called off; then it comes to its end.
 */
static int
stop__vmm(struct op *op, struct vm *vm, int64_t guest_ns, bool force,
    const char **ret_how, struct error *err)
{
	int rc;

	if (vm->vmm != NULL && !force) {
		op_stage(op, "guest_shutdown");
		*ret_how = "guest";
		if (stop__guest(vm, guest_ns) == 0)
			return 0;
		rc = op_check(op, err);
		if (rc < 0)
			return rc;
	}
	if (vm->vmm != NULL) {
		op_stage(op, "vmm_quit");
		*ret_how = "quit";
		if (stop__quit(vm) == 0)
			return 0;
		rc = op_check(op, err);
		if (rc < 0)
			return rc;
	}
	op_shield(op);
	op_stage(op, "vmm_kill");
	*ret_how = "kill";
	return priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm->id),
	    NULL, err);
}

int
rpc_vm_stop(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	int64_t guest_ms = STOP_GUEST_MS;
	const char *ref, *how = "";
	bool force = false;
	struct vm *vm;
	int rc;

	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = rpc_param_bool_opt(params, "force", &force, err)) < 0 ||
	    (rc = rpc_param_int_opt(params, "timeout_ms", 1, STOP_GUEST_MS_MAX,
		 &guest_ms, err)) < 0)
		return rc;
	op_stage(op, "vm_lock");
	rc = vmset_acquire(d->vms, ref, op, &vm, err);
	if (rc < 0)
		return rc;
	if (vm->state != VM_RUNNING && vm->state != VM_UNKNOWN)
		return rpc_fail(err, RPC_INVALID_STATE, "%s is %s, not running",
		    vm->name, vm_state_name(vm->state));
	rc = vmset_set_state(d->vms, vm, VM_STOPPING, NULL, err);
	if (rc < 0)
		return rc;
	rc = stop__vmm(op, vm, guest_ms * NSEC_PER_MSEC, force, &how, err);
	if (rc == -ECANCELED) {
		/* It runs on; should the guest end after all, watch.c sees. */
		vmset_set_state(d->vms, vm, VM_RUNNING, NULL, NULL);
		return rc;
	}
	op_shield(op);
	if (rc == 0)
		rc = teardown(op, vm, NULL, err);
	if (rc < 0) {
		/* Nobody knows how much of it is left. */
		vmset_set_state(d->vms, vm, VM_UNKNOWN, err->text, NULL);
		return rc;
	}
	json_object_set_new(result, "how", json_string(how));
	json_object_set_new(result, "vm", vmset_vm_json(d->vms, vm));
	return 0;
}
