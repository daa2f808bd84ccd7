/* SPDX-License-Identifier: ISC */
#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "vm.h"

void
hosts_line(const struct vm *vm, struct buf *out)
{
	if (vm->guest_ip != NULL)
		buf_printf(out, "%s\t%s.banger %s\n", vm->guest_ip, vm->name,
		    vm->name);
}

int
hosts_write(const char *run_dir, const struct buf *text, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/hosts", run_dir);
	_cleanup_free_ char *new_path = xasprintf("%s/.hosts", run_dir);
	_cleanup_close_ int fd = -1;

	errno = 0;
	fd = open(new_path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	/* One write: a short one is a full file system. */
	if (fd < 0 || fchmod(fd, 0644) < 0 ||
	    write(fd, buf_str(text), text->len) != (ssize_t)text->len ||
	    rename(new_path, path) < 0)
		return error_errno(err, errno != 0 ? errno : ENOSPC,
		    "writing %s", path);
	return 0;
}
