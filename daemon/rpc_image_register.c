/* SPDX-License-Identifier: ISC */
/*
 * image.register: copies kernel, initrd and root file system into the daemon's
 * keeping.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "copy.h"
#include "dispatch.h"
#include "image.h"
#include "image_files.h"
#include "op.h"
#include "wire/rpc.h"

#define REGISTER_CMDLINE_MAX 512 /* the helper takes 1792 with what we add */

struct registration {
	const char *name, *cmdline, *ready;
	const char *path[IMAGE_FILE_MAX]; /* NULL: left out */
};

static const struct {
	const char *param, *stage;
	bool raw_disk;
} register_files[IMAGE_FILE_MAX] = {
	[IMAGE_KERNEL] = { "kernel", "copy_kernel", false },
	[IMAGE_INITRD] = { "initrd", "copy_initrd", false },
	[IMAGE_ROOTFS] = { "rootfs", "copy_rootfs", true },
};

static int
register__check(const struct registration *r, struct error *err)
{
	/* What the helper takes as kernel arguments. */
	if (r->cmdline[0] != '\0' &&
	    !text_is_name(r->cmdline,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789=._:/,@ -",
		REGISTER_CMDLINE_MAX))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "cmdline is up to %d of A-Z a-z 0-9 = . _ : / , @ - and "
		    "blanks",
		    REGISTER_CMDLINE_MAX);
	if (strcmp(r->ready, "agent") != 0)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "ready is \"agent\": the guest agent's first answer");
	return 0;
}

static int
register__params(const json_t *params, struct registration *r,
    struct error *err)
{
	int rc;

	if ((rc = rpc_param_str(params, "name", &r->name, err)) < 0 ||
	    (rc = rpc_param_str_opt(params, "cmdline", &r->cmdline, err)) < 0 ||
	    (rc = rpc_param_str_opt(params, "ready", &r->ready, err)) < 0)
		return rc;
	for (int i = 0; i < IMAGE_FILE_MAX; i++) {
		const char *name = register_files[i].param;

		rc = i == IMAGE_INITRD
		    ? rpc_param_str_opt(params, name, &r->path[i], err)
		    : rpc_param_str(params, name, &r->path[i], err);
		if (rc < 0)
			return rc;
	}
	return register__check(r, err);
}

static int
register__fill(struct op *op, struct image *im, const char *dir, void *arg,
    struct error *err)
{
	const struct registration *r = arg;
	int rc = 0;

	for (int i = 0; rc == 0 && i < IMAGE_FILE_MAX; i++) {
		_cleanup_free_ char *to = xasprintf("%s/%s", dir,
		    image_file_name((enum image_file)i));
		int64_t bytes = 0;

		if (r->path[i] == NULL)
			continue;
		op_stage(op, register_files[i].stage);
		rc = copy_file(r->path[i], to, register_files[i].raw_disk,
		    &bytes, err);
		if (i == IMAGE_ROOTFS)
			im->rootfs_bytes = bytes;
	}
	im->has_initrd = r->path[IMAGE_INITRD] != NULL;
	return rc;
}

int
rpc_image_register(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct registration r = { .cmdline = "", .ready = "agent" };
	_cleanup_(image_freep) struct image *im = NULL;
	int rc;

	op_stage(op, "validate");
	rc = register__params(params, &r, err);
	if (rc == 0)
		rc = image_check_name(op_daemon(op), r.name, err);
	if (rc < 0)
		return rc;
	im = image_new(r.name, r.cmdline);
	rc = image_make(op, im, register__fill, &r, err);
	if (rc == 0)
		json_object_set_new(result, "image", image_json(im));
	return rc;
}
