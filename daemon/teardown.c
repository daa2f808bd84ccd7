/* SPDX-License-Identifier: ISC */
#include "teardown.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "op.h"
#include "priv.h"
#include "tail.h"
#include "vm.h"
#include "watch.h"
#include "wire/rpc.h"

void
teardown_how_ended(struct op *op, const struct vm *vm,
    char how[TEARDOWN_HOW_MAX])
{
	_cleanup_json_ json_t *status = NULL;
	const json_t *code, *signal;
	_cleanup_buf_ struct buf last = BUF_INIT;
	char end[64] = "ended";

	if (priv_call(op, "vmm.wait", json_pack("{s:s}", "vm_id", vm->id),
		&status, NULL) == 0) {
		code = json_object_get(status, "exit_status");
		signal = json_object_get(status, "signal");
		if (json_is_integer(signal))
			snprintf(end, sizeof(end), "was killed by signal %d",
			    (int)json_integer_value(signal));
		else if (json_is_integer(code))
			snprintf(end, sizeof(end), "exited with status %d",
			    (int)json_integer_value(code));
	}
	if (vm->log_path != NULL)
		tail_lines(vm->log_path, 1, &last);
	snprintf(how, TEARDOWN_HOW_MAX, "the VMM %s%s%s", end,
	    last.len > 0 ? ": " : "", buf_str(&last));
	text_cut_utf8(how);
}

/*
 * Waits for the end of a VMM that has closed its monitor, and kills one that
 * does not come to it.
 */
static int
teardown__reap(struct op *op, const struct vm *vm, struct error *err)
{
	_cleanup_json_ json_t *status = NULL;
	int rc = priv_call(op, "vmm.wait", json_pack("{s:s}", "vm_id", vm->id),
	    &status, err);

	if (rc < 0 || !json_is_true(json_object_get(status, "running")))
		return rc;
	return priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm->id),
	    NULL, err);
}

int
teardown(struct op *op, struct vm *vm, const char *last_error,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	int rc;

	op_shield(op);
	watch_end(d, vm);
	op_stage(op, "vmm_reap");
	rc = teardown__reap(op, vm, err);
	if (rc < 0)
		return rc;
	op_stage(op, "nat_remove");
	rc = priv_call(op, "nat.remove", priv_vm_params(vm), NULL, err);
	if (rc < 0)
		return rc;
	op_stage(op, "tap_delete");
	rc = priv_call(op, "tap.delete", priv_vm_params(vm), NULL, err);
	if (rc < 0)
		return rc;
	op_stage(op, "state_persist");
	return vmset_set_state(d->vms, vm, VM_STOPPED, last_error, err);
}

void
teardown_quietly(struct op *op, struct vm *vm, bool may_run,
    const char *last_error)
{
	struct daemon *d = op_daemon(op);

	op_shield(op);
	watch_end(d, vm);
	if (priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm->id), NULL,
		NULL) == 0)
		may_run = false;
	priv_call(op, "nat.remove", priv_vm_params(vm), NULL, NULL);
	priv_call(op, "tap.delete", priv_vm_params(vm), NULL, NULL);
	vmset_set_state(d->vms, vm, may_run ? VM_UNKNOWN : VM_STOPPED,
	    last_error, NULL);
}

int
teardown_by_kill(struct op *op, struct vm *vm, struct error *err)
{
	int rc;

	op_stage(op, "vmm_kill");
	rc = priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm->id),
	    NULL, err);
	if (rc == 0)
		rc = teardown(op, vm, NULL, err);
	if (rc < 0) /* nobody knows how much of it is left */
		vmset_set_state(op_daemon(op)->vms, vm, VM_UNKNOWN, err->text,
		    NULL);
	return rc;
}
