/* SPDX-License-Identifier: ISC */
/* What a VMM runs of and makes itself: its program, and its sockets. */
#include "files_int.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#include "wire/rpc.h"
#include "wire/vmm_root.h"

int
files_check_program(const char *path, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return rpc_fail(err, RPC_OPERATION_FAILED, "%s: %s", path,
		    strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & 0022) != 0 || (st.st_mode & 0111) != 0111)
		return rpc_fail(err, RPC_OPERATION_FAILED,
		    "%s is not root's alone to write and everybody's to "
		    "execute",
		    path);
	return 0;
}

int
files__remove_sockets(int run_dir, struct error *err)
{
	int r,
	    fd = files__beneath(run_dir, VMM_ROOT_SOCKETS,
		O_RDONLY | O_DIRECTORY, 0);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return error_errno(err, -fd, "opening " VMM_ROOT_SOCKETS);
	r = files__empty(fd, err);
	if (r < 0)
		return error_wrap(err, r, VMM_ROOT_SOCKETS);
	if (unlinkat(run_dir, VMM_ROOT_SOCKETS, AT_REMOVEDIR) < 0 &&
	    errno != ENOENT)
		return error_errno(err, errno, "removing " VMM_ROOT_SOCKETS);
	return 0;
}

int
files_socket_dir(const struct config *cfg, int run_dir, uid_t vm_uid,
    int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = -1;
	/* What an earlier run left there would be in the way. */
	int r = files__remove_sockets(run_dir, err);

	if (r < 0)
		return r;
	if (mkdirat(run_dir, VMM_ROOT_SOCKETS, 0700) < 0)
		return error_errno(err, errno, "making " VMM_ROOT_SOCKETS);
	fd = files__beneath(run_dir, VMM_ROOT_SOCKETS, O_RDONLY | O_DIRECTORY,
	    0);
	/* The client looks for them, the VM's group makes them. */
	if (fd < 0 || fchown(fd, cfg->client_uid, (gid_t)vm_uid) < 0 ||
	    fchmod(fd, 0530) < 0)
		return error_errno(err, fd < 0 ? -fd : errno,
		    "setting up " VMM_ROOT_SOCKETS);
	*ret_fd = steal_fd(&fd);
	return 0;
}
