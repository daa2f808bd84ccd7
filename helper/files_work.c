/* SPDX-License-Identifier: ISC */
/* A VM's work disk, as a file. */
#include "files_int.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"

#include "wire/rpc.h"

int
files_open_work(const struct config *cfg, const char *vm_id, uid_t vm_uid,
    int *ret_fd, uint64_t *ret_size, struct error *err)
{
	struct stat st;
	int r = files__open_own(cfg, vm_id, FILES_WORK, vm_uid, ret_fd, &st,
	    err);

	if (r == 0)
		*ret_size = (uint64_t)st.st_size;
	return r;
}

/* The VM's directory in bangerd's keeping, which has to be there. */
static int
files__state_dir(const struct config *cfg, const char *vm_id, int *ret_fd,
    struct error *err)
{
	_cleanup_close_ int base = -1, fd = -1;
	char path[FILES_PATH_MAX];
	struct stat st;
	int r = files__base(cfg->state_dir, &base, err);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "vm/%s", vm_id);
	fd = files__beneath(base, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -ENOENT)
		return rpc_fail(err, RPC_NOT_FOUND, "no %s/%s", cfg->state_dir,
		    path);
	if (fd < 0)
		return error_errno(err, -fd, "opening %s/%s", cfg->state_dir,
		    path);
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "looking at %s", path);
	if (st.st_uid != cfg->client_uid && st.st_uid != 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s/%s is neither bangerd's nor root's", cfg->state_dir,
		    path);
	*ret_fd = steal_fd(&fd);
	return 0;
}

int
files_make_work(const struct config *cfg, const char *vm_id, uid_t vm_uid,
    uint64_t size, int *ret_dir, int *ret_fd, struct error *err)
{
	_cleanup_close_ int dir = -1, fd = -1;
	struct statvfs vfs;
	int r = files__state_dir(cfg, vm_id, &dir, err);

	if (r < 0)
		return r;
	if (fstatvfs(dir, &vfs) < 0)
		return error_errno(err, errno, "asking for the room left");
	if (vfs.f_bavail < size / vfs.f_frsize)
		return rpc_fail(err, RPC_LIMIT_EXCEEDED,
		    "a work disk of %" PRIu64 " MiB is more than the %" PRIu64
		    " MiB left",
		    size >> 20, (uint64_t)vfs.f_bavail * vfs.f_frsize >> 20);
	fd = files__beneath(dir, ".", O_TMPFILE | O_RDWR, 0600);
	if (fd < 0)
		return error_errno(err, -fd, "making the work disk");
	if (ftruncate(fd, (off_t)size) < 0 ||
	    fchown(fd, vm_uid, cfg->client_gid) < 0 || fchmod(fd, 0660) < 0)
		return error_errno(err, errno, "setting up the work disk");
	*ret_dir = steal_fd(&dir);
	*ret_fd = steal_fd(&fd);
	return 0;
}

int
files_publish_work(int dir, int fd, struct error *err)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, dir, FILES_WORK, AT_SYMLINK_FOLLOW) == 0)
		return fsync(dir) < 0
		    ? error_errno(err, errno, "keeping the work disk")
		    : 0;
	if (errno == EEXIST)
		return 1;
	return error_errno(err, errno, "naming the work disk");
}

int
files_remove_work(const struct config *cfg, const char *vm_id,
    struct error *err)
{
	_cleanup_close_ int base = -1, dir = -1;
	char path[FILES_PATH_MAX];
	int r = files__base(cfg->state_dir, &base, err);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "vm/%s", vm_id);
	dir = files__beneath(base, path, O_RDONLY | O_DIRECTORY, 0);
	if (dir == -ENOENT)
		return 0;
	if (dir < 0)
		return error_errno(err, -dir, "opening %s/%s", cfg->state_dir,
		    path);
	if (unlinkat(dir, FILES_WORK, 0) < 0 && errno != ENOENT)
		return error_errno(err, errno, "removing the work disk");
	return 0;
}
