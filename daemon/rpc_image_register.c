/* SPDX-License-Identifier: ISC */
/*
 * image.register: copies kernel, initrd and root file system into
 * STATE/image/ID/, made whole under another name and renamed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "copy.h"
#include "dispatch.h"
#include "image.h"
#include "op.h"
#include "state.h"
#include "wire/rpc.h"

#define IMAGE_NAME_MAX 32
#define IMAGE_CMDLINE_MAX 512 /* the helper takes 1024 with what we add */

struct registration {
	const char *name, *cmdline, *ready;
	const char *path[3]; /* as image_files names them; NULL: left out */
	char *temp, *final;
};

static const struct {
	const char *param, *file, *stage;
	bool raw_disk;
} image_files[] = {
	{ "kernel", "kernel", "copy_kernel", false },
	{ "initrd", "initrd", "copy_initrd", false },
	{ "rootfs", "rootfs.raw", "copy_rootfs", true },
};
#define IMAGE_FILE_INITRD 1

static int
register__check(const struct registration *r, struct error *err)
{
	if (!text_is_name(r->name, "abcdefghijklmnopqrstuvwxyz0123456789-",
		IMAGE_NAME_MAX) ||
	    r->name[0] == '-')
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "an image's name is 1 to %d of a-z, 0-9 and -, not "
		    "beginning with -",
		    IMAGE_NAME_MAX);
	/* What the helper takes as kernel arguments. */
	if (r->cmdline[0] != '\0' &&
	    !text_is_name(r->cmdline,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789=._:/,@ -",
		IMAGE_CMDLINE_MAX))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "cmdline is up to %d of A-Z a-z 0-9 = . _ : / , @ - and "
		    "blanks",
		    IMAGE_CMDLINE_MAX);
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
	for (size_t i = 0; i < ARRAY_LEN(image_files); i++) {
		rc = i == IMAGE_FILE_INITRD
		    ? rpc_param_str_opt(params, image_files[i].param,
			  &r->path[i], err)
		    : rpc_param_str(params, image_files[i].param, &r->path[i],
			  err);
		if (rc < 0)
			return rc;
	}
	return register__check(r, err);
}

static int
register__copy(struct op *op, const struct registration *r,
    int64_t *ret_rootfs_bytes, struct error *err)
{
	int rc = 0;

	if (mkdir(r->temp, 0700) < 0)
		return error_errno(err, errno, "making %s", r->temp);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(image_files); i++) {
		_cleanup_free_ char *to = xasprintf("%s/%s", r->temp,
		    image_files[i].file);

		if (r->path[i] == NULL)
			continue;
		op_stage(op, image_files[i].stage);
		rc = copy_file(r->path[i], to, image_files[i].raw_disk,
		    ret_rootfs_bytes, err);
	}
	return rc;
}

/* Makes the directory's entries durable under its final name. */
static int
register__publish(const struct registration *r, struct error *err)
{
	_cleanup_close_ int fd = open(r->temp,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0 || rename(r->temp, r->final) < 0)
		return error_errno(err, errno, "publishing %s", r->final);
	return 0;
}

static void
register__discard(const char *dir)
{
	for (size_t i = 0; i < ARRAY_LEN(image_files); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", dir,
		    image_files[i].file);

		unlink(path);
	}
	rmdir(dir);
}

void
image_sweep(struct daemon *d)
{
	_cleanup_free_ char *base = xasprintf("%s/image", d->config.state_dir);
	struct dirent *entry;
	DIR *dir = opendir(base);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		_cleanup_free_ char *path = xasprintf("%s/%s", base,
		    entry->d_name);
		_cleanup_(image_freep) struct image *im = NULL;

		/* ".im-…" was never published, "im-…" maybe not recorded. */
		if (strncmp(entry->d_name, ".im-", 4) == 0 ||
		    (strncmp(entry->d_name, "im-", 3) == 0 &&
			state_image_find(d->state, entry->d_name, &im, NULL) ==
			    1))
			register__discard(path);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Copies, publishes and records; nothing is left behind on failure. */
static int
register__make(struct op *op, struct registration *r, struct image *im,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	int rc;

	r->temp = xasprintf("%s/image/.%s", d->config.state_dir, im->id);
	r->final = xasprintf("%s/image/%s", d->config.state_dir, im->id);
	rc = register__copy(op, r, &im->rootfs_bytes, err);
	if (rc == 0) {
		op_stage(op, "publish");
		rc = register__publish(r, err);
	}
	if (rc == 0) {
		op_stage(op, "state_persist");
		rc = state_image_save(d->state, im, err);
	}
	if (rc < 0) {
		register__discard(r->temp);
		register__discard(r->final);
	}
	free(r->temp);
	free(r->final);
	return rc;
}

int
rpc_image_register(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct registration r = { .cmdline = "", .ready = "agent" };
	_cleanup_(image_freep) struct image *im = NULL, *other = NULL;
	struct daemon *d = op_daemon(op);
	char id[16] = "im-";
	int rc;

	op_stage(op, "validate");
	rc = register__params(params, &r, err);
	if (rc < 0)
		return rc;
	rc = state_image_find(d->state, r.name, &other, err);
	if (rc == 0)
		return rpc_fail(err, RPC_ALREADY_EXISTS,
		    "an image named %s exists already", r.name);
	if (rc < 0)
		return rc;
	opid_random_hex(id + 3, 4);
	im = xcalloc(1, sizeof(*im));
	im->id = xstrdup(id);
	im->name = xstrdup(r.name);
	im->cmdline = xstrdup(r.cmdline);
	im->has_initrd = r.path[IMAGE_FILE_INITRD] != NULL;
	im->created_ns = clock_real_ns();
	op_subject(op, FIELD_IMAGE_ID, im->id);
	rc = register__make(op, &r, im, err);
	if (rc == 0)
		json_object_set_new(result, "image", image_json(im));
	return rc;
}
