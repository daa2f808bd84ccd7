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
	rc = vmset_acquire(d->vms, vm_id, op, &vm, err);
	if (rc < 0)
		return rc;
	if (!vm->gone || vm->state != VM_RUNNING)
		return 0; /* somebody was faster */
	op_stage(op, "vmm_status");
	teardown_how_ended(op, vm, how);
	return teardown(op, vm, how, err);
}
