/* SPDX-License-Identifier: ISC */
#include "image.h"

#include "base/clock.h"

struct image *
image_free(struct image *im)
{
	if (im == NULL)
		return NULL;
	free(im->id);
	free(im->name);
	free(im->cmdline);
	free(im);
	return NULL;
}

json_t *
image_json(const struct image *im)
{
	char created[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(im->created_ns, created);
	return json_pack("{s:s, s:s, s:s, s:b, s:I, s:s}", "image_id", im->id,
	    "name", im->name, "cmdline", im->cmdline, "initrd", im->has_initrd,
	    "rootfs_bytes", (json_int_t)im->rootfs_bytes, "created", created);
}
