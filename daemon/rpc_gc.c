/* SPDX-License-Identifier: ISC */
/*
 * What nobody needs and is kept all the same, as only a person can tell: images
 * that no VM was made from, and disks whose VM has no record (orphan.h).
 * gc.list names them, image.delete and disk.discard remove them.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "disk.h"
#include "dispatch.h"
#include "image.h"
#include "image_files.h"
#include "op.h"
#include "orphan.h"
#include "priv.h"
#include "reconcile.h"
#include "state.h"
#include "vm.h"
#include "wire/rpc.h"

/* What the files in the directory take of the disk, without their holes. */
static int64_t
gc__bytes(const char *path)
{
	const struct dirent *entry;
	DIR *dir = opendir(path);
	int64_t bytes = 0;
	struct stat st;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			bytes += st.st_blocks * 512;
	if (dir != NULL)
		closedir(dir);
	return bytes;
}

struct gc {
	struct daemon *daemon;
	json_t *items;
	struct image **images;
	size_t n_images;
};

static void
gc__add(struct gc *gc, const char *kind, const char *id, const char *name,
    const char *path)
{
	json_array_append_new(gc->items,
	    json_pack("{s:s, s:s, s:s?, s:I}", "kind", kind, "id", id, "name",
		name, "bytes", (json_int_t)gc__bytes(path)));
}

/* Looked at afterwards: meanwhile the state is locked, and the VMs come first.
 */
static void
gc__take_image(void *arg, struct image *im)
{
	struct gc *gc = arg;

	gc->images = xreallocarray(gc->images, gc->n_images + 1,
	    sizeof(struct image *));
	gc->images[gc->n_images++] = im;
}

static void
gc__image(struct gc *gc, struct image *im)
{
	_cleanup_json_ json_t *users = vmset_users_json(gc->daemon->vms,
	    im->id);
	_cleanup_free_ char *path = image_path(&gc->daemon->config, im->id,
	    IMAGE_FILE_MAX);

	if (json_array_size(users) == 0)
		gc__add(gc, "image", im->id, im->name, path);
	image_free(im);
}

/* Disks without a record; whoever makes a VM has a record first. */
static void
gc__disks(struct gc *gc)
{
	const struct config *config = &gc->daemon->config;
	_cleanup_free_ char *base = xasprintf("%s/vm", config->state_dir);
	const struct dirent *entry;
	DIR *dir = opendir(base);
	enum vm_state state;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		_cleanup_free_ char *path = disk_path(config, entry->d_name,
		    NULL);

		if (orphan_is_id(entry->d_name) &&
		    !vmset_state(gc->daemon->vms, entry->d_name, &state))
			gc__add(gc, "disk", entry->d_name, NULL, path);
	}
	if (dir != NULL)
		closedir(dir);
}

int
rpc_gc_list(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct gc gc = { .daemon = op_daemon(op), .items = json_array() };
	int rc;

	(void)params;
	json_object_set_new(result, "items", gc.items);
	gc__disks(&gc);
	rc = state_image_load(gc.daemon->state, gc__take_image, &gc, err);
	for (size_t i = 0; i < gc.n_images; i++)
		gc__image(&gc, gc.images[i]);
	free(gc.images);
	return rc;
}

/* The id of a VM that is none any more, and has a directory. */
static int
gc__check(struct daemon *d, const char *vm_id, struct error *err)
{
	_cleanup_free_ char *path = disk_path(&d->config, vm_id, NULL);
	enum vm_state state;
	struct stat st;

	if (!orphan_is_id(vm_id))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "%s is no id of a VM", vm_id);
	if (vmset_state(d->vms, vm_id, &state))
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s is a VM; delete that", vm_id);
	if (lstat(path, &st) < 0)
		return rpc_fail(err, RPC_NOT_FOUND,
		    "nothing is left of a VM %s", vm_id);
	return 0;
}

int
rpc_disk_discard(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct reconcile_found found = { 0 };
	struct daemon *d = op_daemon(op);
	const char *vm_id;
	int rc;

	(void)result;
	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm_id", &vm_id, err)) < 0 ||
	    (rc = gc__check(d, vm_id, err)) < 0)
		return rc;
	op_subject(op, FIELD_VM_ID, vm_id);
	rc = op_check(op, err);
	if (rc < 0)
		return rc;
	op_stage(op, "vmm_kill");
	op_shield(op);
	rc = priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm_id), NULL,
	    err);
	if (rc == 0) {
		op_stage(op, "disk_delete");
		rc = disk_remove(&d->config, vm_id, err);
	}
	/* Without its directory the rest of it is an orphan as any other. */
	return rc == 0 ? orphan_sweep(op, &found, err) : rc;
}
