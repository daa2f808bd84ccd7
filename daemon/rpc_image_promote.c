/* SPDX-License-Identifier: ISC */
/*
 * image.promote: a new image from a stopped VM's disk, with the kernel and
 * initrd of the image that the VM was made from.
 */
#include <sys/stat.h>

#include "base/mem.h"
#include "copy.h"
#include "disk.h"
#include "dispatch.h"
#include "image.h"
#include "image_files.h"
#include "op.h"
#include "state.h"
#include "vm.h"
#include "vmm.h"
#include "wire/rpc.h"

struct promotion {
	const struct vm *vm;
	const struct image *base;
};

static int
promote__copy(struct op *op, const struct promotion *p, const char *dir,
    enum image_file file, struct error *err)
{
	const struct config *config = &op_daemon(op)->config;
	_cleanup_free_ char *from = image_path(config, p->base->id, file);
	_cleanup_free_ char *to = xasprintf("%s/%s", dir,
	    image_file_name(file));
	int64_t bytes;

	return copy_file(from, to, 0, &bytes, err);
}

/* What the VM sees of its disk; a raw one is that. */
static int
promote__disk(const struct config *config, const struct promotion *p,
    const char *to, struct error *err)
{
	const struct vmm_ops *ops = vmm_of(p->vm->machine);
	_cleanup_free_ char *from = disk_path(config, p->vm->id, ops->disk);
	int64_t bytes;

	if (ops->overlay)
		return disk_flatten(config, p->vm->id, p->base->id, to, err);
	return copy_file(from, to, 0, &bytes, err);
}

static int
promote__fill(struct op *op, struct image *im, const char *dir, void *arg,
    struct error *err)
{
	const struct promotion *p = arg;
	_cleanup_free_ char *rootfs = xasprintf("%s/%s", dir,
	    image_file_name(IMAGE_ROOTFS));
	struct stat st;
	int rc;

	op_stage(op, "copy_kernel");
	rc = promote__copy(op, p, dir, IMAGE_KERNEL, err);
	if (rc == 0 && p->base->has_initrd) {
		op_stage(op, "copy_initrd");
		rc = promote__copy(op, p, dir, IMAGE_INITRD, err);
	}
	if (rc < 0)
		return rc;
	op_stage(op, "disk_flatten");
	rc = promote__disk(&op_daemon(op)->config, p, rootfs, err);
	if (rc == 0 && stat(rootfs, &st) < 0)
		rc = error_errno(err, errno, "%s", rootfs);
	if (rc == 0)
		im->rootfs_bytes = st.st_size;
	im->has_initrd = p->base->has_initrd;
	return rc;
}

int
rpc_image_promote(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(image_freep) struct image *im = NULL, *base = NULL;
	struct daemon *d = op_daemon(op);
	struct promotion p = { 0 };
	const char *ref, *name;
	struct vm *vm;
	int rc;

	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = rpc_param_str(params, "name", &name, err)) < 0 ||
	    (rc = image_check_name(d, name, err)) < 0)
		return rc;
	op_stage(op, "vm_lock");
	rc = vmset_acquire_stopped(d->vms, ref, op, &vm, err);
	if (rc < 0)
		return rc;
	op_stage(op, "image_resolve");
	rc = state_image_find(d->state, vm->image_id, &base, err);
	if (rc > 0)
		rc = rpc_fail(err, RPC_NOT_FOUND,
		    "the image %s of this VM is not there any more",
		    vm->image_name);
	if (rc < 0)
		return rc;
	p.vm = vm;
	p.base = base;
	im = image_new(name, base->cmdline);
	rc = image_make(op, im, promote__fill, &p, err);
	if (rc == 0)
		json_object_set_new(result, "image", image_json(im));
	return rc;
}
