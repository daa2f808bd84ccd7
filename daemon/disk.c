/* SPDX-License-Identifier: ISC */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/command.h"
#include "base/mem.h"
#include "base/wait.h"
#include "copy.h"
#include "image_files.h"
#include "wire/rpc.h"
#include "wire/vmm_root.h"

/* When a tool has to have ended that is run in that stage. */
static int64_t
disk__deadline(const struct config *config, const char *stage)
{
	return clock_mono_ns() + config_deadline(config, stage);
}

char *
disk_path(const struct config *config, const char *vm_id, const char *file)
{
	return xasprintf("%s/vm/%s%s%s", config->state_dir, vm_id,
	    file != NULL ? "/" : "", file != NULL ? file : "");
}

/* A raw disk's size is whole sectors. */
static int64_t
disk__size(int64_t bytes)
{
	return (bytes + 511) / 512 * 512;
}

int
disk_create(const struct config *config, const char *vm_id, int64_t bytes,
    struct error *err)
{
	_cleanup_free_ char *dir = disk_path(config, vm_id, NULL);
	_cleanup_free_ char *path = disk_path(config, vm_id, VMM_ROOT_OVERLAY);
	char size[24];
	/* -u: the backing file's name is the jail's, it is not opened here. */
	const char *argv[] = { config->qemu_img, "create", "-q", "-u", "-f",
		"qcow2", "-F", "raw", "-b", "/" VMM_ROOT_IMAGE, path, size,
		NULL };

	snprintf(size, sizeof(size), "%" PRId64, disk__size(bytes));
	if (mkdir(dir, 0700) < 0)
		return error_errno(err, errno, "making %s", dir);
	return command_run(argv, disk__deadline(config, "disk_create"), err);
}

int
disk_create_raw(const struct config *config, const char *vm_id,
    const char *image_id, int64_t bytes, struct error *err)
{
	_cleanup_free_ char *dir = disk_path(config, vm_id, NULL);
	_cleanup_free_ char *path = disk_path(config, vm_id, VMM_ROOT_DISK);
	_cleanup_free_ char *from = image_path(config, image_id, IMAGE_ROOTFS);
	int64_t copied;
	int rc;

	if (mkdir(dir, 0700) < 0)
		return error_errno(err, errno, "making %s", dir);
	rc = copy_file(from, path, 0, &copied, err);
	if (rc == 0 &&
	    (truncate(path, disk__size(bytes)) < 0 || chmod(path, 0600) < 0))
		rc = error_errno(err, errno, "making %s", path);
	return rc;
}

int
disk_remove(const struct config *config, const char *vm_id, struct error *err)
{
	_cleanup_free_ char *path = disk_path(config, vm_id, NULL);
	struct dirent *entry;
	DIR *dir = opendir(path);
	int rc = 0;

	while (dir != NULL && rc == 0 && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    unlinkat(dirfd(dir), entry->d_name, 0) < 0 &&
		    errno != ENOENT)
			rc = error_errno(err, errno, "removing %s/%s", path,
			    entry->d_name);
	if (dir != NULL)
		closedir(dir);
	if (rc == 0 && rmdir(path) < 0 && errno != ENOENT)
		rc = error_errno(err, errno, "removing %s", path);
	return rc;
}

/* Makes the directory's entries durable. */
static int
disk__sync_dir(const char *path, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return error_errno(err, errno, "syncing %s", path);
	return 0;
}

int
disk_copy(const struct config *config, const char *vm_id, const char *from,
    const char *to, int64_t *ret_bytes, struct error *err)
{
	_cleanup_free_ char *dir = disk_path(config, vm_id, NULL);
	_cleanup_free_ char *source = disk_path(config, vm_id, from);
	_cleanup_free_ char *target = disk_path(config, vm_id, to);
	_cleanup_free_ char *part = xasprintf("%s/.%s", dir, to);
	int64_t bytes = 0;
	int rc;

	/* One that was cut off; its VM is held, so nobody writes it. */
	unlink(part);
	rc = copy_file(source, part, 0, &bytes, err);
	/* From the renaming on it is done. */
	if (rc == 0)
		rc = wait_check(err);
	if (rc == 0 && (chmod(part, 0600) < 0 || rename(part, target) < 0))
		rc = error_errno(err, errno, "renaming %s to %s", part, target);
	if (rc < 0) {
		unlink(part);
		return rc;
	}
	*ret_bytes = bytes;
	return disk__sync_dir(dir, err);
}

/* ---- flattening ------------------------------------------------------------
 */

/* Header of a qcow2 file (docs/interop/qcow2 of QEMU), big-endian. */
#define QCOW2_MAGIC 0x514649fbU /* "QFI" 0xfb */
#define QCOW2_AT_FEATURES 72
#define QCOW2_HEADER_MIN 104
/* Dirty and corrupt: they change nothing in what is opened. */
#define QCOW2_FEATURES_FINE 3U

/*
 * Refuses an overlay that has its data in another file, which its header would
 * name: reading it would show a file of the host.
 */
static int
disk__check_header(const char *path, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	unsigned char head[QCOW2_HEADER_MIN];
	uint64_t magic = 0, version = 0, features = 0;

	if (fd < 0)
		return error_errno(err, errno, "opening %s", path);
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return rpc_fail(err, RPC_OPERATION_FAILED,
		    "%s is too short to be a qcow2 file", path);
	for (int i = 0; i < 4; i++) {
		magic = magic << 8 | head[i];
		version = version << 8 | head[4 + i];
	}
	for (int i = 0; i < 8; i++)
		features = features << 8 | head[QCOW2_AT_FEATURES + i];
	if (magic != QCOW2_MAGIC || version != 3 ||
	    (features & ~(uint64_t)QCOW2_FEATURES_FINE) != 0)
		return rpc_fail(err, RPC_OPERATION_FAILED,
		    "%s is no overlay as bangerd makes them (its header was "
		    "changed); it is not read",
		    path);
	return 0;
}

int
disk_flatten(const struct config *config, const char *vm_id,
    const char *image_id, const char *to, struct error *err)
{
	_cleanup_free_ char *path = disk_path(config, vm_id, VMM_ROOT_OVERLAY);
	_cleanup_free_ char *base = image_path(config, image_id, IMAGE_ROOTFS);
	_cleanup_json_ json_t *spec = NULL;
	_cleanup_free_ char *text = NULL, *source = NULL;
	int rc = disk__check_header(path, err);

	if (rc < 0)
		return rc;
	/* The backing file is named here; the header's name is not followed. */
	spec = json_pack("{s:s, s:{s:s, s:s}, s:{s:s, s:{s:s, s:s}}}", "driver",
	    "qcow2", "file", "driver", "file", "filename", path, "backing",
	    "driver", "raw", "file", "driver", "file", "filename", base);
	text = spec != NULL ? json_dumps(spec, JSON_COMPACT) : NULL;
	if (text == NULL)
		return error_set(err, -EILSEQ, "%s is not valid UTF-8", path);
	source = xasprintf("json:%s", text);
	{
		/* It is on the disk when the tool ends, which can be killed. */
		const char *argv[] = { config->qemu_img, "convert", "-q", "-t",
			"writeback", "-O", "raw", source, to, NULL };

		rc = command_run(argv, disk__deadline(config, "disk_flatten"),
		    err);
	}
	if (rc == 0 && chmod(to, 0644) < 0)
		rc = error_errno(err, errno, "changing the mode of %s", to);
	return rc;
}
