/* SPDX-License-Identifier: ISC */
#include "recover.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "disk.h"
#include "image_files.h"
#include "op.h"
#include "priv.h"
#include "snapshot.h"
#include "state.h"
#include "teardown.h"
#include "vm.h"
#include "vmm.h"
#include "watch.h"

/* An interrupted operation; copied, since closing it changes the table. */
struct left {
	char *op_id, *operation, *vm_id, *vm_name, *image_id, *image_name;
	char *stage;
	int64_t started_ns;
	unsigned calls;
};

struct lefts {
	struct left *list;
	size_t n;
};

static char *
recover__copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

static void
recover__collect(void *arg, const struct state_op *op)
{
	struct lefts *all = arg;

	all->list = xreallocarray(all->list, all->n + 1, sizeof(*all->list));
	all->list[all->n++] = (struct left){ .op_id = xstrdup(op->op_id),
		.operation = xstrdup(op->operation),
		.vm_id = recover__copy(op->vm_id),
		.vm_name = recover__copy(op->vm_name),
		.image_id = recover__copy(op->image_id),
		.image_name = recover__copy(op->image_name),
		.stage = recover__copy(op->stage),
		.started_ns = op->started_ns,
		.calls = op->calls };
}

static void
recover__forget(struct lefts *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->list[i].op_id);
		free(all->list[i].operation);
		free(all->list[i].vm_id);
		free(all->list[i].vm_name);
		free(all->list[i].image_id);
		free(all->list[i].image_name);
		free(all->list[i].stage);
	}
	free(all->list);
}

/* ---- one VM ----------------------------------------------------------------
 */

/* Takes up the connection to a VMM that runs on; 0 when it answers. */
static int
recover__connect(struct daemon *d, struct vm *vm, struct error *err)
{
	int rc;

	if (vm->api_socket == NULL)
		return error_set(err, -ENOENT, "no VMM was started");
	rc = vmm_of(vm->machine)
		 ->open(vm->api_socket,
		     clock_mono_ns() +
			 config_number(&d->config, CONFIG_RECOVER_CONNECT),
		     &vm->vmm, err);
	if (rc == 0)
		watch_start(d, vm);
	return rc;
}

/* A VM that should run: it does, it is gone, or nobody can tell. */
static void
recover__running(struct op *op, struct vm *vm)
{
	struct daemon *d = op_daemon(op);
	struct error err = ERROR_INIT;
	int rc;

	/* Two operations may have been left behind: a VMM has one monitor. */
	if (vm->vmm != NULL)
		return;
	rc = recover__connect(d, vm, &err);
	if (rc == 0)
		vmset_set_state(d->vms, vm, VM_RUNNING, NULL, NULL);
	else if (rc == -ECONNREFUSED || rc == -ENOENT)
		teardown_quietly(op, vm, false,
		    "the VMM ended while bangerd was not running");
	else
		vmset_set_state(d->vms, vm, VM_UNKNOWN, err.text, NULL);
}

/* Forward where nothing is lost by it (delete), back otherwise. */
static void
recover__vm(struct op *op, struct vm *vm)
{
	struct daemon *d = op_daemon(op);

	switch (vm->state) {
	case VM_CREATING:
		disk_remove(&d->config, vm->id, NULL);
		vmset_remove(d->vms, op, NULL);
		break;
	case VM_DELETING:
		if (priv_call(op, "vm.forget",
			json_pack("{s:s}", "vm_id", vm->id), NULL, NULL) == 0 &&
		    disk_remove(&d->config, vm->id, NULL) == 0)
			vmset_remove(d->vms, op, NULL);
		break;
	case VM_STARTING:
		teardown_quietly(op, vm, true, "its start was interrupted");
		break;
	case VM_STOPPING:
	case VM_RUNNING:
	case VM_UNKNOWN:
		recover__running(op, vm);
		break;
	case VM_STOPPED:
	case VM_STATE_MAX:
		break;
	}
}

/* ---- the whole -------------------------------------------------------------
 */

/* Settles what the operation left of its VM, then closes it. */
static void
recover__operation(struct daemon *d, const struct left *left)
{
	_cleanup_(op_freep) struct op *op = op_new(d, OP_KIND_INTERNAL,
	    left->operation, getuid(), getpid());
	struct vm *vm;

	op_adopt(op, left->op_id, left->calls);
	op_subject(op, FIELD_VM_ID, left->vm_id);
	op_subject(op, FIELD_VM_NAME, left->vm_name);
	op_subject(op, FIELD_IMAGE_ID, left->image_id);
	op_subject(op, FIELD_IMAGE_NAME, left->image_name);
	/* By name: vm.create has the id only once there is a record. */
	if (left->vm_name != NULL &&
	    vmset_acquire(d->vms, left->vm_name, op, &vm, NULL) == 0)
		recover__vm(op, vm);
	vmset_release(d->vms, op);
	op_end_interrupted(op, left->started_ns, left->stage);
}

/* An operation of its own for a VM whose state must be looked at. */
static void
recover__check(void *arg, const char *vm_id)
{
	struct daemon *d = arg;
	_cleanup_(op_freep) struct op *op = op_new(d, OP_KIND_INTERNAL,
	    "vm.recover", getuid(), getpid());
	struct vm *vm;

	if (vmset_acquire(d->vms, vm_id, op, &vm, NULL) < 0)
		return;
	snapshot_sweep(d, vm->id);
	if (vm->state != VM_STOPPED && vm->vmm == NULL) {
		op_begin(op);
		op_stage(op, "reconcile");
		recover__vm(op, vm);
		vmset_release(d->vms, op);
		op_end(op, NULL);
	} else {
		vmset_release(d->vms, op);
	}
}

int
recover(struct daemon *d, struct error *err)
{
	struct lefts all = { NULL, 0 };
	int rc = state_op_load(d->state, recover__collect, &all, err);

	image_sweep(d);
	for (size_t i = 0; rc == 0 && i < all.n; i++)
		recover__operation(d, &all.list[i]);
	recover__forget(&all);
	if (rc == 0)
		vmset_each(d->vms, recover__check, d);
	return rc;
}
