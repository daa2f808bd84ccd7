/* SPDX-License-Identifier: ISC */
#include "teardown.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "hook.h"
#include "op.h"
#include "priv.h"
#include "reconcile.h"
#include "tail.h"
#include "vm.h"
#include "vmm.h"
#include "wire/rpc.h"

static void
teardown__status(const struct vm *vm, int status, char *out, size_t size)
{
	const struct vmm_ops *ops = vmm_of(vm->machine);
	const char *text = ops->exit_text != NULL ? ops->exit_text(status)
						  : NULL;

	snprintf(out, size, "exited with status %d%s%s%s", status,
	    text != NULL ? " (" : "", text != NULL ? text : "",
	    text != NULL ? ")" : "");
}

void
teardown_how_ended(struct op *op, const struct vm *vm,
    char how[TEARDOWN_HOW_MAX])
{
	_cleanup_json_ json_t *status = NULL;
	const json_t *code, *signal;
	_cleanup_buf_ struct buf last = BUF_INIT;
	char end[128] = "ended";

	if (priv_call(op, "vmm.wait", json_pack("{s:s}", "vm_id", vm->id),
		&status, NULL) == 0) {
		code = json_object_get(status, "exit_status");
		signal = json_object_get(status, "signal");
		if (json_is_integer(signal))
			snprintf(end, sizeof(end), "was killed by signal %d",
			    (int)json_integer_value(signal));
		else if (json_is_integer(code))
			teardown__status(vm, (int)json_integer_value(code), end,
			    sizeof(end));
	}
	if (vm->log_path != NULL)
		tail_lines(vm->log_path, 1, &last);
	snprintf(how, TEARDOWN_HOW_MAX, "the VMM %s%s%s", end,
	    last.len > 0 ? ": " : "", buf_str(&last));
	text_cut_utf8(how);
}

int
teardown(struct op *op, struct vm *vm, const char *last_error,
    struct error *err)
{
	struct life l = { .op = op, .daemon = op_daemon(op), .vm = vm };
	int rc = hooks_clean(&l, err);

	if (rc < 0)
		return rc;
	op_stage(op, "state_persist");
	return vmset_set_state(l.daemon->vms, vm, VM_STOPPED, last_error, err);
}

void
teardown_quietly(struct op *op, struct vm *vm, bool may_run,
    const char *last_error)
{
	struct life l = { .op = op,
		.daemon = op_daemon(op),
		.vm = vm,
		.may_run = may_run };

	hooks_clean_quietly(&l);
	if (l.left)
		reconcile_later(l.daemon);
	vmset_set_state(l.daemon->vms, vm, l.may_run ? VM_UNKNOWN : VM_STOPPED,
	    last_error, NULL);
}

int
teardown_by_kill(struct op *op, struct vm *vm, struct error *err)
{
	int rc = op_check(op, err);

	if (rc < 0)
		return rc;
	op_stage(op, "vmm_kill");
	/* What is asked for here is done, whoever waits for the answer. */
	op_shield(op);
	rc = priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm->id),
	    NULL, err);
	if (rc == 0)
		rc = teardown(op, vm, NULL, err);
	if (rc < 0) /* nobody knows how much of it is left */
		vmset_set_state(op_daemon(op)->vms, vm, VM_UNKNOWN, err->text,
		    NULL);
	return rc;
}
