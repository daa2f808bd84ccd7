/* SPDX-License-Identifier: ISC */
#include "recover.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "disk.h"
#include "image_files.h"
#include "op.h"
#include "pool.h"
#include "priv.h"
#include "reconcile.h"
#include "snapshot.h"
#include "state.h"
#include "teardown.h"
#include "vm.h"
#include "vmm.h"
#include "watch.h"

#define RECOVER_WIDTH 16
#define RECOVER_QUEUE 8192 /* more than there can be VMs and operations */

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

static void
recover__count(unsigned *n)
{
	__atomic_add_fetch(n, 1, __ATOMIC_RELAXED);
}

/* Takes away what the VM has; it is stopped then, or unknown. */
static void
recover__clean(struct op *op, struct vm *vm, bool may_run, const char *why,
    struct reconcile_found *found)
{
	teardown_quietly(op, vm, may_run, why);
	recover__count(
	    vm->state == VM_UNKNOWN ? &found->unknown : &found->cleaned);
}

/* A VM that should run: it does, it is gone, or nobody can tell. */
static void
recover__running(struct op *op, struct vm *vm, struct reconcile_found *found)
{
	struct daemon *d = op_daemon(op);
	struct error err = ERROR_INIT;
	int rc;

	/* Two operations may have been left behind: a VMM has one monitor. */
	if (vm->vmm != NULL && vm->state == VM_RUNNING)
		return;
	/* Whose answer was lost may have ended it: the connection is of old. */
	watch_end(d, vm);
	rc = recover__connect(d, vm, &err);
	if (rc == 0) {
		vmset_set_state(d->vms, vm, VM_RUNNING, NULL, NULL);
		recover__count(&found->adopted);
	} else if (rc == -ECONNREFUSED || rc == -ENOENT) {
		/* Without a socket a launch may have gone through unheard. */
		recover__clean(op, vm, vm->api_socket == NULL,
		    "the VMM ended while bangerd was not looking", found);
	} else {
		vmset_set_state(d->vms, vm, VM_UNKNOWN, err.text, NULL);
		recover__count(&found->unknown);
	}
}

/* What is left of a VM that is no more. */
static void
recover__deleting(struct op *op, struct vm *vm, struct reconcile_found *found)
{
	struct daemon *d = op_daemon(op);

	if (priv_call(op, "vm.forget", json_pack("{s:s}", "vm_id", vm->id),
		NULL, NULL) == 0 &&
	    disk_remove(&d->config, vm->id, NULL) == 0 &&
	    vmset_remove(d->vms, op, NULL) == 0)
		recover__count(&found->cleaned);
	else
		recover__count(&found->unknown);
}

void
recover_vm(struct op *op, struct vm *vm, struct reconcile_found *found)
{
	struct daemon *d = op_daemon(op);

	switch (vm->state) {
	case VM_CREATING:
		disk_remove(&d->config, vm->id, NULL);
		recover__count(vmset_remove(d->vms, op, NULL) == 0
			? &found->cleaned
			: &found->unknown);
		break;
	case VM_DELETING:
		recover__deleting(op, vm, found);
		break;
	case VM_STARTING:
		recover__clean(op, vm, true, "its start was interrupted",
		    found);
		break;
	case VM_STOPPING:
	case VM_RUNNING:
	case VM_UNKNOWN:
		recover__running(op, vm, found);
		break;
	case VM_STOPPED:
	case VM_STATE_MAX:
		break;
	}
}

/* ---- the whole -------------------------------------------------------------
 */

/* One of the two, for a worker. */
struct recovery {
	struct daemon *daemon;
	struct reconcile_found *found;
	const struct left *left;
	char *vm_id;
};

/* Settles what the operation left of its VM, then closes it. */
static void
recover__operation(void *arg)
{
	struct recovery *r = arg;
	struct daemon *d = r->daemon;
	const struct left *left = r->left;
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
		recover_vm(op, vm, r->found);
	vmset_release(d->vms, op);
	if (op_end_interrupted(op, left->started_ns, left->stage))
		recover__count(&r->found->closed);
	free(r);
}

/* An operation of its own for a VM whose state must be looked at. */
static void
recover__check(void *arg)
{
	struct recovery *r = arg;
	struct daemon *d = r->daemon;
	_cleanup_(op_freep) struct op *op = op_new(d, OP_KIND_INTERNAL,
	    "vm.recover", getuid(), getpid());
	struct vm *vm;

	if (vmset_acquire(d->vms, r->vm_id, op, &vm, NULL) == 0) {
		if (!state_is_copy(d->state))
			snapshot_sweep(d, vm->id);
		if (vm->state != VM_STOPPED && vm->vmm == NULL) {
			op_begin(op, NULL);
			op_stage(op, "reconcile");
			recover_vm(op, vm, r->found);
			vmset_release(d->vms, op);
			op_end(op, NULL);
		}
		vmset_release(d->vms, op);
	}
	free(r->vm_id);
	free(r);
}

/* Work that is put to many at once: a VMM that hangs holds up nobody else. */
struct recoveries {
	struct recovery job; /* what each gets */
	struct pool *pool;
};

static void
recover__post(struct recoveries *all, pool_fn *fn, const struct left *left,
    const char *vm_id)
{
	struct recovery *r = xcalloc(1, sizeof(*r));

	*r = all->job;
	r->left = left;
	r->vm_id = recover__copy(vm_id);
	if (pool_post(all->pool, fn, r) < 0)
		fn(r);
}

static void
recover__post_check(void *arg, const char *vm_id)
{
	recover__post(arg, recover__check, NULL, vm_id);
}

int
recover(struct daemon *d, struct error *err)
{
	struct reconcile_found found = { 0 };
	struct recoveries all = { .job = { .daemon = d, .found = &found } };
	int64_t since = clock_mono_ns();
	struct lefts left = { NULL, 0 };
	int rc = state_op_load(d->state, recover__collect, &left, err);

	if (rc == 0 && !state_is_copy(d->state))
		image_sweep(d);
	/* What cannot be written is closed by the start that can. */
	all.pool = pool_new(RECOVER_WIDTH, RECOVER_QUEUE);
	for (size_t i = 0; rc == 0 && i < left.n && !state_is_copy(d->state);
	     i++)
		recover__post(&all, recover__operation, &left.list[i], NULL);
	pool_free(all.pool);
	recover__forget(&left);
	if (rc < 0)
		return rc;
	all.pool = pool_new(RECOVER_WIDTH, RECOVER_QUEUE);
	vmset_each(d->vms, recover__post_check, &all);
	pool_free(all.pool);
	if (!reconcile_now(d, &found) || found.unknown > 0)
		reconcile_later(d);
	reconcile_report(d, &found, since);
	return 0;
}
