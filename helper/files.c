/* SPDX-License-Identifier: ISC */
#include "files_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

#include "wire/rpc.h"

#define FILES_AGAIN_MAX 3

static const char *const files__logs[] = {
	[FILES_VMM_LOG] = "vmm.log",
	[FILES_CONSOLE_LOG] = "console.log",
};

const char *
files_log_name(enum files_log log)
{
	return files__logs[log];
}

/* Opens path beneath dir, following no link of any sort; -errno. */
int
files__beneath(int dir, const char *path, int flags, mode_t mode)
{
	struct open_how how;
	int i, fd = -1;

	memset(&how, 0, sizeof(how));
	how.flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW);
	how.mode = mode;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
	    RESOLVE_NO_MAGICLINKS;
	/* EAGAIN: a rename elsewhere raced with the walk (openat2(2)). */
	for (i = 0; i < FILES_AGAIN_MAX; i++) {
		fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd >= 0 ? fd : -errno;
}

/* The directory that the administrator named; links in it are theirs. */
int
files__base(const char *path, int *ret_fd, struct error *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, errno, "opening %s", path);
	*ret_fd = fd;
	return 0;
}

/* Makes sub beneath parent when missing; it has to be root's and closed. */
static int
files__subdir(int parent, const char *sub, mode_t mode, gid_t gid, int *ret_fd,
    struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	bool made = mkdirat(parent, sub, 0700) == 0;

	if (!made && errno != EEXIST)
		return error_errno(err, errno, "making directory %s", sub);
	fd = files__beneath(parent, sub, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return error_errno(err, -fd, "opening directory %s", sub);
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "looking at %s", sub);
	if (st.st_uid != 0 || (st.st_mode & 0022) != 0)
		return rpc_fail(err, RPC_OPERATION_FAILED,
		    "directory %s is not root's alone to write", sub);
	if ((made || st.st_gid != gid || (st.st_mode & 0777) != mode) &&
	    (fchown(fd, 0, gid) < 0 || fchmod(fd, mode) < 0))
		return error_errno(err, errno, "setting the mode of %s", sub);
	*ret_fd = steal_fd(&fd);
	return 0;
}

int
files_ensure_dir(const char *path, mode_t mode, gid_t gid, int *ret_fd,
    struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (mkdir(path, 0700) == 0) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || fchown(fd, 0, gid) < 0 || fchmod(fd, mode) < 0)
			return error_errno(err, errno, "making %s", path);
	} else if (errno != EEXIST) {
		return error_errno(err, errno, "making %s", path);
	} else {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &st) < 0)
			return error_errno(err, errno, "opening %s", path);
		if (st.st_uid != 0 || (st.st_mode & 0022) != 0)
			return error_set(err, -EPERM,
			    "%s is not root's alone to write", path);
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* DIR/vm/ID, each level ours. */
static int
files__vm_dir(const struct config *cfg, const char *dir, const char *vm_id,
    int *ret_fd, struct error *err)
{
	_cleanup_close_ int base = -1, vms = -1;
	int r;

	r = files__base(dir, &base, err);
	if (r < 0)
		return r;
	r = files__subdir(base, "vm", 0750, cfg->client_gid, &vms, err);
	if (r < 0)
		return error_wrap(err, r, "%s", dir);
	r = files__subdir(vms, vm_id, 0750, cfg->client_gid, ret_fd, err);
	return r < 0 ? error_wrap(err, r, "%s/vm", dir) : 0;
}

int
files_run_dir(const struct config *cfg, const char *vm_id, int *ret_fd,
    struct error *err)
{
	return files__vm_dir(cfg, cfg->run_dir, vm_id, ret_fd, err);
}

int
files_log_dir(const struct config *cfg, const char *vm_id, int *ret_fd,
    struct error *err)
{
	return files__vm_dir(cfg, cfg->log_dir, vm_id, ret_fd, err);
}

/*
 * Opens and judges: a regular file of one name.  O_NONBLOCK, since a FIFO in
 * its place would hold us up.
 */
static int
files__open_regular(const char *base, const char *path, int flags, int *ret_fd,
    struct stat *ret_st, struct error *err)
{
	_cleanup_close_ int dir = -1, fd = -1;
	int r;

	r = files__base(base, &dir, err);
	if (r < 0)
		return r;
	fd = files__beneath(dir, path, flags | O_NONBLOCK, 0);
	if (fd == -ENOENT)
		return 1;
	if (fd < 0)
		return error_errno(err, -fd, "opening %s/%s", base, path);
	if (fstat(fd, ret_st) < 0)
		return error_errno(err, errno, "looking at %s", path);
	if (!S_ISREG(ret_st->st_mode) || ret_st->st_nlink != 1)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s/%s is not a regular file of one name", base, path);
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* A disk in the VM's directory, which becomes the VM's.  1: not there. */
int
files__open_own(const struct config *cfg, const char *vm_id, const char *name,
    uid_t vm_uid, int *ret_fd, struct stat *ret_st, struct error *err)
{
	_cleanup_close_ int fd = -1;
	char path[FILES_PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "vm/%s/%s", vm_id, name);
	r = files__open_regular(cfg->state_dir, path, O_RDWR, &fd, ret_st, err);
	if (r != 0)
		return r;
	if (ret_st->st_uid != cfg->client_uid && ret_st->st_uid != vm_uid)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s/%s is neither bangerd's nor the VM's", cfg->state_dir,
		    path);
	if (fchown(fd, vm_uid, cfg->client_gid) < 0 || fchmod(fd, 0660) < 0)
		return error_errno(err, errno, "handing the disk to the VM");
	*ret_fd = steal_fd(&fd);
	return 0;
}

int
files_open_disk(const struct config *cfg, const char *vm_id, const char *name,
    uid_t vm_uid, int *ret_fd, struct error *err)
{
	struct stat st;
	int r = files__open_own(cfg, vm_id, name, vm_uid, ret_fd, &st, err);

	if (r == 1)
		return rpc_fail(err, RPC_NOT_FOUND, "no %s/vm/%s/%s",
		    cfg->state_dir, vm_id, name);
	return r;
}

int
files_open_image(const struct config *cfg, const char *image_id,
    const char *name, int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = -1;
	char path[FILES_PATH_MAX];
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "image/%s/%s", image_id, name);
	r = files__open_regular(cfg->state_dir, path, O_RDONLY, &fd, &st, err);
	if (r != 0)
		return r;
	if (st.st_uid != cfg->client_uid && st.st_uid != 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s/%s is neither bangerd's nor root's", cfg->state_dir,
		    path);
	if ((st.st_mode & S_IROTH) == 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s/%s has mode %04o, the VM's user cannot read it",
		    cfg->state_dir, path, (unsigned)st.st_mode & 07777);
	*ret_fd = steal_fd(&fd);
	return 0;
}

int
files_open_log(const struct config *cfg, int log_dir, enum files_log log,
    int *ret_fd, struct error *err)
{
	const char *name = files_log_name(log);
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = openat(log_dir, name,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    0600);
	if (fd < 0)
		return error_errno(err, errno, "opening %s", name);
	if (fstat(fd, &st) < 0)
		return error_errno(err, errno, "looking at %s", name);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != 0)
		return rpc_fail(err, RPC_OPERATION_FAILED,
		    "%s is not a log of ours", name);
	if (fchown(fd, 0, cfg->client_gid) < 0 || fchmod(fd, 0640) < 0)
		return error_errno(err, errno, "setting the mode of %s", name);
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Unlinks what is in the directory; a directory in it stays and is told.  The
 * descriptor is taken. */
int
files__empty(int fd, struct error *err)
{
	struct dirent *e;
	DIR *d = fdopendir(fd);
	int r = 0;

	if (d == NULL) {
		close(fd);
		return error_errno(err, errno, "reading a directory");
	}
	while (r == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), e->d_name, 0) < 0 && errno != ENOENT)
			r = error_errno(err, errno, "removing a file");
	closedir(d);
	return r;
}

int
files_remove(const char *dir, const char *vm_id, struct error *err)
{
	_cleanup_close_ int base = -1, vms = -1;
	int fd, r;

	r = files__base(dir, &base, err);
	if (r < 0)
		return r;
	vms = files__beneath(base, "vm", O_RDONLY | O_DIRECTORY, 0);
	if (vms == -ENOENT)
		return 0;
	if (vms < 0)
		return error_errno(err, -vms, "opening %s/vm", dir);
	fd = files__beneath(vms, vm_id, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return error_errno(err, -fd, "opening %s/vm/%s", dir, vm_id);
	r = files__remove_sockets(fd, err);
	if (r < 0)
		close(fd);
	else
		r = files__empty(fd, err);
	if (r < 0)
		return error_wrap(err, r, "%s/vm/%s", dir, vm_id);
	if (unlinkat(vms, vm_id, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_errno(err, errno, "removing %s/vm/%s", dir, vm_id);
	return 0;
}
