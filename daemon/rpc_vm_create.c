/* SPDX-License-Identifier: ISC */
/* vm.create: record, guest address, and the disk's overlay over the image. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "disk.h"
#include "dispatch.h"
#include "image.h"
#include "op.h"
#include "state.h"
#include "vm.h"
#include "wire/rpc.h"

#define CREATE_NAME_MAX 32
#define CREATE_MEMORY_MIB 256
#define CREATE_VCPUS 1

struct create {
	const char *name, *image, *machine;
	int64_t memory_mib, vcpus;
};

/* A VM's name is also its guest's host name. */
static int
create__check(const struct create *c, struct error *err)
{
	if (!text_is_name(c->name, "abcdefghijklmnopqrstuvwxyz0123456789-",
		CREATE_NAME_MAX) ||
	    c->name[0] == '-')
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "a VM's name is 1 to %d of a-z, 0-9 and -, not beginning "
		    "with -",
		    CREATE_NAME_MAX);
	if (strcmp(c->machine, "microvm") != 0 &&
	    strcmp(c->machine, "q35") != 0)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "machine is microvm or q35");
	return 0;
}

static int
create__params(const json_t *params, struct create *ret, struct error *err)
{
	int rc;

	*ret = (struct create){ .machine = "microvm",
		.memory_mib = CREATE_MEMORY_MIB,
		.vcpus = CREATE_VCPUS };
	if ((rc = rpc_param_str(params, "name", &ret->name, err)) < 0 ||
	    (rc = rpc_param_str(params, "image", &ret->image, err)) < 0 ||
	    (rc = rpc_param_str_opt(params, "machine", &ret->machine, err)) <
		0 ||
	    (rc = rpc_param_int_opt(params, "memory_mib", 64, 65536,
		 &ret->memory_mib, err)) < 0 ||
	    (rc = rpc_param_int_opt(params, "vcpus", 1, 32, &ret->vcpus, err)) <
		0)
		return rc;
	return create__check(ret, err);
}

static struct vm *
create__record(const struct create *c, const struct image *image)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	char id[16] = "vm-";

	opid_random_hex(id + 3, 4);
	vm->id = xstrdup(id);
	vm->name = xstrdup(c->name);
	vm->image_id = xstrdup(image->id);
	vm->image_name = xstrdup(image->name);
	vm->machine = xstrdup(c->machine);
	vm->memory_mib = c->memory_mib;
	vm->vcpus = c->vcpus;
	vm->created_ns = clock_real_ns();
	vm->state = VM_CREATING;
	return vm;
}

/* Makes record and disk; on failure the record is gone again. */
static int
create__make(struct op *op, struct vm *vm, const struct image *image,
    struct error *err)
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
	op_stage(op, "disk_create");
	rc = disk_create(&d->config, vm->id, image->rootfs_bytes, err);
	if (rc == 0) {
		op_stage(op, "state_persist");
		rc = vmset_set_state(d->vms, vm, VM_STOPPED, NULL, err);
	}
	if (rc < 0) {
		disk_remove(&d->config, vm->id, NULL);
		vmset_remove(d->vms, op, NULL);
	}
	return rc;
}

int
rpc_vm_create(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(image_freep) struct image *image = NULL;
	struct daemon *d = op_daemon(op);
	struct create c;
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
		rc = create__make(op, create__record(&c, image), image, err);
	if (rc == 0)
		json_object_set_new(result, "vm",
		    vmset_vm_json(d->vms, op_vm(op)));
	return rc;
}
