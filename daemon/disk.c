/* SPDX-License-Identifier: ISC */
#include "disk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "command.h"

#define DISK_TOOL_NS (30 * NSEC_PER_SEC)

int
disk_create(const struct config *config, const char *vm_id,
    int64_t rootfs_bytes, struct error *err)
{
	_cleanup_free_ char *dir = xasprintf("%s/vm/%s", config->state_dir,
	    vm_id);
	_cleanup_free_ char *path = xasprintf("%s/disk.qcow2", dir);
	char size[24];
	/* -u: the backing file's name is the jail's, it is not opened here. */
	const char *argv[] = { config->qemu_img, "create", "-q", "-u", "-f",
		"qcow2", "-F", "raw", "-b", "/rootfs.raw", path, size, NULL };

	/* A raw disk's size is whole sectors. */
	snprintf(size, sizeof(size), "%" PRId64,
	    (rootfs_bytes + 511) / 512 * 512);
	if (mkdir(dir, 0700) < 0)
		return error_errno(err, errno, "making %s", dir);
	return command_run(argv, clock_mono_ns() + DISK_TOOL_NS, err);
}

int
disk_remove(const struct config *config, const char *vm_id, struct error *err)
{
	_cleanup_free_ char *dir = xasprintf("%s/vm/%s", config->state_dir,
	    vm_id);
	_cleanup_free_ char *path = xasprintf("%s/disk.qcow2", dir);

	if (unlink(path) < 0 && errno != ENOENT)
		return error_errno(err, errno, "removing %s", path);
	if (rmdir(dir) < 0 && errno != ENOENT)
		return error_errno(err, errno, "removing %s", dir);
	return 0;
}
