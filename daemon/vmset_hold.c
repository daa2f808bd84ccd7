/* SPDX-License-Identifier: ISC */
/* Who works on which VM, and the changes that only that one makes. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "op.h"
#include "ports.h"
#include "reconcile.h"
#include "state.h"
#include "vmset_int.h"
#include "watch.h"
#include "wire/rpc.h"

/* The lowest slot that no VM has, or 0; the lock is held. */
static int64_t
vmset__free_slot(struct vmset *s)
{
	_cleanup_free_ bool *taken = xcalloc(VM_SLOT_MAX + 1, sizeof(bool));
	size_t pos = 0;
	const struct vm *vm;

	while ((vm = map_next(s->by_id, &pos, NULL)) != NULL)
		taken[vm->slot] = true;
	for (int64_t i = 1; i <= VM_SLOT_MAX; i++)
		if (!taken[i])
			return i;
	return 0;
}

/* No other VM has one of the ports; the lock is held. */
static int
vmset__ports_free(struct vmset *s, const struct vm *vm, const char *ports,
    struct error *err)
{
	char port[16];
	size_t pos = 0;
	const struct vm *other;

	while ((other = map_next(s->by_id, &pos, NULL)) != NULL)
		if (other != vm && ports_clash(ports, other->ports, port))
			return rpc_fail(err, RPC_ALREADY_EXISTS,
			    "the host's port %s is that of the VM %s", port,
			    other->name);
	return 0;
}

int
vmset_add(struct vmset *s, struct vm *vm, struct op *op, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	vm->slot = vmset__free_slot(s);
	if (vmset__find(s, vm->name) != NULL)
		rc = rpc_fail(err, RPC_ALREADY_EXISTS,
		    "a VM named %s exists already", vm->name);
	else if ((rc = vmset__ports_free(s, vm, vm->ports, err)) < 0)
		;
	else if (vm->slot == 0)
		rc = rpc_fail(err, RPC_LIMIT_EXCEEDED,
		    "all %d guest addresses are taken; delete a VM",
		    VM_SLOT_MAX);
	if (rc == 0) {
		vm->holder = op;
		map_put(s->by_id, vm->id, vm);
	}
	pthread_mutex_unlock(&s->lock);
	if (rc < 0)
		return rc;
	rc = state_vm_save(s->daemon->state, vm, err);
	if (rc < 0) {
		pthread_mutex_lock(&s->lock);
		map_take(s->by_id, vm->id);
		pthread_mutex_unlock(&s->lock);
		return rc;
	}
	op_set_vm(op, vm);
	return 0;
}

int
vmset_acquire(struct vmset *s, const char *ref, struct op *op, struct vm **ret,
    struct error *err)
{
	struct vm *vm;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	vm = vmset__find(s, ref);
	if (vm == NULL) {
		rc = vmset__not_found(ref, err);
	} else if (vm->holder != NULL && vm->holder != op) {
		rc = rpc_fail(err, RPC_VM_BUSY,
		    "%s is held by another operation (%s)", vm->name,
		    op_id(vm->holder)->text);
	} else {
		vm->holder = op;
	}
	pthread_mutex_unlock(&s->lock);
	if (rc < 0)
		return rc;
	op_set_vm(op, vm);
	op_subject_vm(op, vm);
	*ret = vm;
	return 0;
}

int
vmset_acquire_stopped(struct vmset *s, const char *ref, struct op *op,
    struct vm **ret, struct error *err)
{
	struct vm *vm;
	int rc = vmset_acquire(s, ref, op, &vm, err);

	if (rc == 0 && vm->state != VM_STOPPED)
		rc = rpc_fail(err, RPC_INVALID_STATE, "%s is %s; stop it first",
		    vm->name, vm_state_name(vm->state));
	if (rc == 0)
		*ret = vm;
	return rc;
}

void
vmset_release(struct vmset *s, struct op *op)
{
	struct vm *vm = op_vm(op);

	if (vm == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	/* The VMM ended while we held the VM: nobody else looks after it. */
	if (vm->gone && vm->state == VM_RUNNING && vm->watch != NULL)
		watch_again(s->daemon, vm);
	vm->gone = false;
	vm->holder = NULL;
	pthread_mutex_unlock(&s->lock);
	op_set_vm(op, NULL);
}

int
vmset_rename(struct vmset *s, struct vm *vm, const char *name,
    struct error *err)
{
	_cleanup_free_ char *old = NULL;
	const struct vm *other;
	int rc;

	pthread_mutex_lock(&s->lock);
	other = vmset__find(s, name);
	if (other != NULL && other != vm) {
		rc = rpc_fail(err, RPC_ALREADY_EXISTS,
		    "a VM named %s exists already", name);
	} else {
		old = steal(&vm->name);
		vm->name = xstrdup(name);
		rc = state_vm_save(s->daemon->state, vm, err);
		if (rc < 0)
			xset(&vm->name, old);
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int
vmset_remove(struct vmset *s, struct op *op, struct error *err)
{
	struct vm *vm = op_vm(op);
	int rc;

	/* Its name and its slot are another's only when no record has them. */
	rc = state_vm_delete(s->daemon->state, vm->id, err);
	if (rc < 0)
		return rc;
	op_set_vm(op, NULL);
	pthread_mutex_lock(&s->lock);
	vm_free(map_take(s->by_id, vm->id));
	vmset__publish(s, NULL);
	pthread_mutex_unlock(&s->lock);
	return 0;
}

void
vmset_change(struct vmset *s)
{
	pthread_mutex_lock(&s->lock);
}

int
vmset_change_ports(struct vmset *s, const struct vm *vm, const char *ports,
    struct error *err)
{
	int rc;

	vmset_change(s);
	rc = vmset__ports_free(s, vm, ports, err);
	if (rc < 0)
		pthread_mutex_unlock(&s->lock);
	return rc;
}

int
vmset_save(struct vmset *s, struct vm *vm, struct error *err)
{
	vmset__publish(s, NULL);
	pthread_mutex_unlock(&s->lock);
	return state_vm_save(s->daemon->state, vm, err);
}

/* What the VM is about to be, as against what it is. */
static bool
vm__is_plan(enum vm_state state)
{
	return state == VM_STARTING || state == VM_STOPPING ||
	    state == VM_DELETING;
}

int
vmset_set_state(struct vmset *s, struct vm *vm, enum vm_state state,
    const char *last_error, struct error *err)
{
	enum vm_state was;
	int rc;

	vmset_change(s);
	was = vm->state;
	vm->state = state;
	xset(&vm->last_error, last_error);
	if (state == VM_STOPPED) {
		vm_clear_running(vm);
		vm->stopped_ns = clock_real_ns();
	}
	rc = vmset_save(s, vm, err);
	if (rc < 0 && vm__is_plan(state)) {
		vmset_change(s);
		vm->state = was;
		pthread_mutex_unlock(&s->lock);
	}
	if (state == VM_UNKNOWN)
		reconcile_later(s->daemon);
	return rc;
}

bool
vmset_mark_gone(struct vmset *s, const char *vm_id)
{
	struct vm *vm;
	bool free_to_take = false;

	pthread_mutex_lock(&s->lock);
	vm = map_find(s->by_id, vm_id);
	if (vm != NULL) {
		free_to_take = vm->holder == NULL;
		vm->gone = !free_to_take;
	}
	pthread_mutex_unlock(&s->lock);
	return free_to_take;
}

void
vmset_unwatch(struct vmset *s)
{
	size_t pos = 0;
	struct vm *vm;

	while ((vm = map_next(s->by_id, &pos, NULL)) != NULL)
		watch_end(s->daemon, vm);
}
