/* SPDX-License-Identifier: ISC */
#include "watch.h"

#include "base/mem.h"
#include "dispatch.h"
#include "op.h"
#include "teardown.h"
#include "vm.h"
#include "vmm.h"

/* The loop's; vmm is its key and the connection that it closes. */
struct watch {
	struct daemon *daemon;
	char *vm_id;
	struct vmm *vmm;
	struct loop_source *source;
};

static void
watch__free(struct watch *w)
{
	loop_source_free(w->source);
	w->vmm->ops->close(w->vmm);
	free(w->vm_id);
	free(w);
}

static void
watch__gone(void *arg, uint32_t events)
{
	struct watch *w = arg;

	(void)events;
	/* Seen once; the connection stays until watch_end(). */
	w->source = loop_source_free(w->source);
	if (vmset_mark_gone(w->daemon->vms, w->vm_id))
		dispatch_internal(w->daemon, "vm.exit", w->vm_id,
		    watch_vm_exit);
}

/* Posted before the watch can end, so it is still there. */
static void
watch__again(void *arg, uint32_t events)
{
	struct watch *w = arg;

	(void)events;
	dispatch_internal(w->daemon, "vm.exit", w->vm_id, watch_vm_exit);
}

void
watch_again(struct daemon *d, struct vm *vm)
{
	loop_post(d->loop, watch__again, vm->watch);
}

static void
watch__add(void *arg, uint32_t events)
{
	struct watch *w = arg;

	(void)events;
	if (loop_add_fd(w->daemon->loop, w->vmm->ops->fd(w->vmm), EPOLLRDHUP,
		watch__gone, w, &w->source, NULL) < 0)
		watch__gone(w, 0); /* better looked at than never */
}

static void
watch__remove(void *arg, uint32_t events)
{
	(void)events;
	watch__free(arg);
}

void
watch_start(struct daemon *d, struct vm *vm)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->daemon = d;
	w->vm_id = xstrdup(vm->id);
	w->vmm = vm->vmm;
	vm->watch = w;
	loop_post(d->loop, watch__add, w);
}

void
watch_end(struct daemon *d, struct vm *vm)
{
	if (vm->watch != NULL)
		loop_post(d->loop, watch__remove, vm->watch);
	else if (vm->vmm != NULL)
		vm->vmm->ops->close(vm->vmm);
	vm->watch = NULL;
	vm->vmm = NULL;
}

int
watch_vm_exit(struct op *op, const char *vm_id, struct error *err)
{
	struct daemon *d = op_daemon(op);
	char how[TEARDOWN_HOW_MAX];
	struct vm *vm;
	int rc;

	op_stage(op, "vm_lock");
	while ((rc = vmset_acquire(d->vms, vm_id, op, &vm, err)) < 0)
		if (!vmset_mark_gone(d->vms, vm_id))
			return 0; /* whoever holds it sees to it, or it is no
				     more */
	/* Somebody may have been faster, and the VM may even run again. */
	if (vm->state != VM_RUNNING || vm->vmm == NULL ||
	    vm->vmm->ops->wait_end(vm->vmm, 0, NULL) == 1)
		return 0;
	op_stage(op, "vmm_status");
	teardown_how_ended(op, vm, how);
	rc = teardown(op, vm, how, err);
	if (rc < 0)
		vmset_set_state(d->vms, vm, VM_UNKNOWN, err->text, NULL);
	return rc;
}
