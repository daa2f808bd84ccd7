/* SPDX-License-Identifier: ISC */
/*
 * An image's record.  Its files are STATE/image/ID/{kernel,initrd,rootfs.raw},
 * which the helper finds by the id alone.
 */
#ifndef DAEMON_IMAGE_H
#define DAEMON_IMAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

struct image {
	char *id, *name, *cmdline;
	bool has_initrd;
	int64_t rootfs_bytes, created_ns;
};

struct image *image_free(struct image *im);
json_t *image_json(const struct image *im);

DEFINE_FREEP(struct image *, image_free);

#endif
