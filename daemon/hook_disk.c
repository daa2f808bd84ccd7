/* SPDX-License-Identifier: ISC */
/* The VM's disk, and its image, which is below an overlay. */
#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "disk.h"
#include "hook.h"
#include "image.h"
#include "state.h"
#include "vm.h"
#include "vmm.h"
#include "wire/rpc.h"

static int
disk__image(struct life *l, struct error *err)
{
	int rc = state_image_find(l->daemon->state, l->vm->image_id, &l->image,
	    err);

	if (rc > 0)
		return rpc_fail(err, RPC_NOT_FOUND,
		    "the image %s of this VM is not there any more",
		    l->vm->image_name);
	return rc < 0 ? rc
		      : vmm_check_kernel(&l->daemon->config,
			    vmm_of(l->vm->machine), l->image, err);
}

static int
disk__check(struct life *l, struct error *err)
{
	_cleanup_free_ char *path = disk_path(&l->daemon->config, l->vm->id,
	    vmm_of(l->vm->machine)->disk);
	struct stat st;

	if (lstat(path, &st) < 0)
		return error_errno(err, errno, "the VM's disk %s", path);
	return 0;
}

static const struct hook_step disk_prepare[] = {
	{ .stage = "image_resolve", .run = disk__image },
	{ .stage = "disk_check", .run = disk__check },
	HOOK_STEPS_END,
};

const struct hook hook_disk = { .name = "disk", .prepare = disk_prepare };
