/* SPDX-License-Identifier: ISC */
/* The VM's disk: its overlay, and the image below it. */
#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "hook.h"
#include "image.h"
#include "state.h"
#include "vm.h"
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
	return rc;
}

static int
disk__check(struct life *l, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/vm/%s/disk.qcow2",
	    l->daemon->config.state_dir, l->vm->id);
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
