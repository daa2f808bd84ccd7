/* SPDX-License-Identifier: ISC */
#include "image_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "image.h"
#include "op.h"
#include "state.h"
#include "wire/rpc.h"

#define IMAGE_NAME_MAX 32

static const char *const image_files[IMAGE_FILE_MAX] = {
	[IMAGE_KERNEL] = "kernel",
	[IMAGE_INITRD] = "initrd",
	[IMAGE_ROOTFS] = "rootfs.raw",
};

const char *
image_file_name(enum image_file file)
{
	return image_files[file];
}

char *
image_path(const struct config *config, const char *image_id,
    enum image_file file)
{
	return xasprintf("%s/image/%s%s%s", config->state_dir, image_id,
	    file < IMAGE_FILE_MAX ? "/" : "",
	    file < IMAGE_FILE_MAX ? image_files[file] : "");
}

int
image_check_name(struct daemon *d, const char *name, struct error *err)
{
	_cleanup_(image_freep) struct image *other = NULL;
	int rc;

	if (!text_is_name(name, "abcdefghijklmnopqrstuvwxyz0123456789-",
		IMAGE_NAME_MAX) ||
	    name[0] == '-')
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "an image's name is 1 to %d of a-z, 0-9 and -, not "
		    "beginning with -",
		    IMAGE_NAME_MAX);
	rc = state_image_find(d->state, name, &other, err);
	if (rc == 0)
		return rpc_fail(err, RPC_ALREADY_EXISTS,
		    "an image named %s exists already", name);
	return rc < 0 ? rc : 0;
}

struct image *
image_new(const char *name, const char *cmdline)
{
	struct image *im = xcalloc(1, sizeof(*im));
	char id[16] = "im-";

	opid_random_hex(id + 3, 4);
	im->id = xstrdup(id);
	im->name = xstrdup(name);
	im->cmdline = xstrdup(cmdline);
	im->created_ns = clock_real_ns();
	return im;
}

static void
image__discard_dir(const char *dir)
{
	for (size_t i = 0; i < IMAGE_FILE_MAX; i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", dir,
		    image_files[i]);

		unlink(path);
	}
	rmdir(dir);
}

void
image_discard(const struct config *config, const char *image_id)
{
	_cleanup_free_ char *dir = image_path(config, image_id, IMAGE_FILE_MAX);

	image__discard_dir(dir);
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
			image__discard_dir(path);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Makes the files and the directory's entries durable under its final name. */
static int
image__publish(const char *temp, const char *final, struct error *err)
{
	_cleanup_close_ int dir = open(temp,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < IMAGE_FILE_MAX && dir >= 0; i++) {
		_cleanup_close_ int fd = openat(dir, image_files[i],
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

		if (fd < 0 ? errno != ENOENT : fsync(fd) < 0)
			return error_errno(err, errno, "syncing %s/%s", temp,
			    image_files[i]);
	}
	if (dir < 0 || fsync(dir) < 0 || rename(temp, final) < 0)
		return error_errno(err, errno, "publishing %s", final);
	return 0;
}

int
image_make(struct op *op, struct image *im,
    int (*fill)(struct op *op, struct image *im, const char *dir, void *arg,
	struct error *err),
    void *arg, struct error *err)
{
	struct daemon *d = op_daemon(op);
	_cleanup_free_ char *temp = xasprintf("%s/image/.%s",
	    d->config.state_dir, im->id);
	_cleanup_free_ char *final = image_path(&d->config, im->id,
	    IMAGE_FILE_MAX);
	int rc;

	op_subject(op, FIELD_IMAGE_ID, im->id);
	op_subject(op, FIELD_IMAGE_NAME, im->name);
	if (mkdir(temp, 0700) < 0)
		return error_errno(err, errno, "making %s", temp);
	rc = fill(op, im, temp, arg, err);
	if (rc == 0)
		rc = op_check(op, err);
	if (rc == 0) {
		op_stage(op, "publish");
		rc = image__publish(temp, final, err);
	}
	if (rc == 0)
		rc = op_check(op, err);
	if (rc == 0) {
		op_stage(op, "state_persist");
		rc = state_image_save(d->state, im, err);
	}
	if (rc < 0) {
		image__discard_dir(temp);
		image__discard_dir(final);
	}
	return rc;
}
