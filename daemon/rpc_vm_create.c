/* SPDX-License-Identifier: ISC */
/* vm.create: record, guest address, and the disk of the image. */
#include "base/clock.h"
#include "base/mem.h"
#include "disk.h"
#include "dispatch.h"
#include "image.h"
#include "op.h"
#include "reconcile.h"
#include "state.h"
#include "vm.h"
#include "vm_spec.h"
#include "vmm.h"
#include "wire/rpc.h"

#define CREATE_MEMORY_MIB 256
#define CREATE_VCPUS 1
#define CREATE_MACHINE "microvm"

struct create {
	const char *name, *image;
	struct vm_spec spec;
};

static void
create__done(struct create *c)
{
	vm_spec_done(&c->spec);
}

static int
create__params(const json_t *params, struct create *ret, struct error *err)
{
	int rc;

	if ((rc = rpc_param_str(params, "name", &ret->name, err)) < 0 ||
	    (rc = rpc_param_str(params, "image", &ret->image, err)) < 0 ||
	    (rc = vm_spec_read(params, &ret->spec, err)) < 0)
		return rc;
	return vm_spec_name(ret->name, err);
}

/* The disk's size: that of the image's root, or more. */
static int
create__disk_bytes(const struct create *c, const struct image *image,
    int64_t *ret, struct error *err)
{
	int64_t least = (image->rootfs_bytes + (1 << 20) - 1) >> 20;

	if (c->spec.disk_mib > 0 && c->spec.disk_mib < least)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "disk_mib is at least %lld, the size of image %s",
		    (long long)least, image->name);
	*ret = c->spec.disk_mib > 0 ? c->spec.disk_mib << 20
				    : image->rootfs_bytes;
	return 0;
}

static struct vm *
create__record(const struct create *c, const struct image *image,
    int64_t disk_bytes)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	char id[16] = "vm-";

	opid_random_hex(id + 3, 4);
	vm->id = xstrdup(id);
	vm->name = xstrdup(c->name);
	vm->image_id = xstrdup(image->id);
	vm->image_name = xstrdup(image->name);
	vm->machine = xstrdup(CREATE_MACHINE);
	vm->cmdline = xstrdup("");
	vm->ports = xstrdup("");
	vm->ssh_key = xstrdup("");
	vm->memory_mib = CREATE_MEMORY_MIB;
	vm->vcpus = CREATE_VCPUS;
	vm->disk_bytes = disk_bytes;
	vm->created_ns = vm->stopped_ns = clock_real_ns();
	vm_spec_apply(&c->spec, vm);
	vm->state = VM_CREATING;
	return vm;
}

/* Now that the VM is in the set, nobody can delete its image any more. */
static int
create__image_stays(struct daemon *d, const struct vm *vm, struct error *err)
{
	_cleanup_(image_freep) struct image *image = NULL;
	int rc = state_image_find(d->state, vm->image_id, &image, err);

	return rc > 0 ? rpc_fail(err, RPC_NOT_FOUND,
			    "the image %s was just deleted", vm->image_name)
		      : rc;
}

/* An overlay is made in no time, a copy is not. */
static int
create__disk(struct op *op, const struct vm *vm, struct error *err)
{
	const struct config *config = &op_daemon(op)->config;

	if (vmm_of(vm->machine)->overlay) {
		op_stage(op, "disk_create");
		return disk_create(config, vm->id, vm->disk_bytes, err);
	}
	op_stage(op, "disk_copy");
	return disk_create_raw(config, vm->id, vm->image_id, vm->disk_bytes,
	    err);
}

/* Makes record and disk; on failure the record is gone again. */
static int
create__make(struct op *op, struct vm *vm, struct error *err)
{
	struct daemon *d = op_daemon(op);
	int rc;

	op_subject_vm(op, vm);
	op_stage(op, "addr_alloc");
	rc = vmset_add(d->vms, vm, op, err);
	if (rc < 0) {
		vm_free(vm);
		return rc;
	}
	rc = create__image_stays(d, vm, err);
	if (rc == 0)
		rc = create__disk(op, vm, err);
	if (rc == 0) {
		op_stage(op, "state_persist");
		rc = vmset_set_state(d->vms, vm, VM_STOPPED, NULL, err);
	}
	if (rc < 0) {
		disk_remove(&d->config, vm->id, NULL);
		if (vmset_remove(d->vms, op, NULL) < 0)
			reconcile_later(d);
	}
	return rc;
}

int
rpc_vm_create(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(image_freep) struct image *image = NULL;
	struct daemon *d = op_daemon(op);
	_cleanup_(create__done) struct create c = { 0 };
	int64_t disk_bytes = 0;
	int rc;

	op_stage(op, "validate");
	rc = create__params(params, &c, err);
	if (rc < 0)
		return rc;
	op_stage(op, "image_resolve");
	rc = state_image_find(d->state, c.image, &image, err);
	if (rc > 0)
		return rpc_fail(err, RPC_NOT_FOUND, "no image is named %s",
		    c.image);
	if (rc == 0)
		rc = vmm_check_kernel(&d->config,
		    vmm_of(c.spec.machine != NULL ? c.spec.machine
						  : CREATE_MACHINE),
		    image, err);
	if (rc == 0)
		rc = create__disk_bytes(&c, image, &disk_bytes, err);
	if (rc == 0)
		rc = create__make(op, create__record(&c, image, disk_bytes),
		    err);
	if (rc == 0)
		json_object_set_new(result, "vm",
		    vmset_vm_json(d->vms, op_vm(op)));
	return rc;
}
