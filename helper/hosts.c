/* SPDX-License-Identifier: ISC */
#include "hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

#include "wire/rpc.h"

#include "net.h"

#define HOSTS_SIZE_MAX (1 << 20)
#define HOSTS_TRIES 5

/* The file as it was read. */
struct hosts__file {
	char *path, *new_path; /* the second is the next file, and the lock */
	struct stat st;
	struct buf text;
};

static void
hosts__file_done(struct hosts__file *f)
{
	free(f->path);
	free(f->new_path);
	buf_done(&f->text);
}

static int
hosts__read(struct hosts__file *f, struct error *err)
{
	_cleanup_close_ int fd = -1;
	ssize_t n;

	fd = open(f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &f->st) < 0)
		return error_errno(err, errno, "opening %s", f->path);
	if (!S_ISREG(f->st.st_mode) || f->st.st_size > HOSTS_SIZE_MAX)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s is not a plain file of at most 1 MiB", f->path);
	buf_reset(&f->text);
	do {
		buf_reserve(&f->text, 4096);
		n = read(fd, f->text.data + f->text.len, 4096);
		if (n < 0)
			return error_errno(err, errno, "reading %s", f->path);
		f->text.len += (size_t)n;
	} while (n > 0 && f->text.len <= HOSTS_SIZE_MAX);
	return 0;
}

/*
 * The next file, locked and empty.  Whoever waited for the lock may have
 * waited for what is the hosts file by now; then there is another next one.
 */
static int
hosts__lock(const struct hosts__file *f, int *ret_fd, struct error *err)
{
	struct stat mine, there;
	int i;

	for (i = 0; i < HOSTS_TRIES; i++) {
		_cleanup_close_ int fd = -1;

		fd = open(f->new_path,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &mine) < 0)
			return error_errno(err, errno, "making %s",
			    f->new_path);
		if (lstat(f->new_path, &there) < 0 ||
		    there.st_ino != mine.st_ino || there.st_dev != mine.st_dev)
			continue;
		if (!S_ISREG(mine.st_mode) || mine.st_nlink != 1 ||
		    mine.st_uid != 0)
			return rpc_fail(err, RPC_INVALID_STATE,
			    "%s is not a file of ours", f->new_path);
		if (ftruncate(fd, 0) < 0)
			return error_errno(err, errno, "%s", f->new_path);
		*ret_fd = steal_fd(&fd);
		return 0;
	}
	return rpc_fail(err, RPC_VM_BUSY,
	    "%s is changed by others all the time", f->path);
}

/* Puts the new text in place of the file, as which it looks. */
static int
hosts__replace(const struct hosts__file *f, int fd, const struct buf *text,
    struct error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < text->len) {
		n = write(fd, text->data + done, text->len - done);
		if (n < 0)
			return error_errno(err, errno, "writing %s",
			    f->new_path);
		done += (size_t)n;
	}
	if (fchown(fd, f->st.st_uid, f->st.st_gid) < 0 ||
	    fchmod(fd, f->st.st_mode & 07777) < 0 || fsync(fd) < 0 ||
	    rename(f->new_path, f->path) < 0)
		return error_errno(err, errno, "replacing %s", f->path);
	return 0;
}

/* Has somebody else written it since it was read? */
static bool
hosts__is_same(const struct hosts__file *f)
{
	struct stat st;

	return lstat(f->path, &st) == 0 && st.st_ino == f->st.st_ino &&
	    st.st_dev == f->st.st_dev && st.st_size == f->st.st_size &&
	    st.st_mtim.tv_sec == f->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == f->st.st_mtim.tv_nsec;
}

/* Reads, edits, replaces; 1: the file was changed meanwhile. */
static int
hosts__try(struct hosts__file *f, int fd, const struct hosts_change *change,
    bool *ret_short, struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r = hosts__read(f, err);

	if (r == 0)
		r = hosts_edit(buf_str(&f->text), f->text.len, change, &out,
		    ret_short, err);
	if (r == 0 && out.len == f->text.len &&
	    memcmp(buf_str(&out), buf_str(&f->text), out.len) == 0) {
		unlink(f->new_path);
		return 0;
	}
	if (r == 0 && !hosts__is_same(f))
		return 1;
	if (r == 0)
		r = hosts__replace(f, fd, &out, err);
	if (r < 0)
		unlink(f->new_path);
	return r;
}

static int
hosts__change(const struct config *cfg, const struct hosts_change *change,
    bool *ret_short, struct error *err)
{
	_cleanup_(hosts__file_done) struct hosts__file f = {
		.path = xstrdup(cfg->hosts_file),
		.new_path = xasprintf("%s.banger", cfg->hosts_file),
	};
	_cleanup_close_ int fd = -1;
	int r = hosts__lock(&f, &fd, err);

	for (int i = 0; r == 0 && i < HOSTS_TRIES; i++) {
		r = hosts__try(&f, fd, change, ret_short, err);
		if (r <= 0)
			return r;
		r = 0;
	}
	if (r < 0)
		return r;
	unlink(f.new_path);
	return rpc_fail(err, RPC_VM_BUSY,
	    "%s is changed by others all the time", f.path);
}

int
hosts_put(const struct config *cfg, const struct hosts_entry *entry,
    bool *ret_short, struct error *err)
{
	const struct hosts_change change = { .instance = cfg->bridge,
		.put = entry };

	return hosts__change(cfg, &change, ret_short, err);
}

int
hosts_remove(const struct config *cfg, const char *vm_id, struct error *err)
{
	const struct hosts_change change = { .instance = cfg->bridge,
		.remove = vm_id };

	return hosts__change(cfg, &change, NULL, err);
}

static int
hosts__has_tap(void *arg, const char *address, struct error *err)
{
	char vm_id[CHECK_ID_MAX + 1];
	const struct config *cfg = arg;
	int r = net_address_holder(cfg, address, vm_id, err);

	return r < 0 ? r : r == 0;
}

int
hosts_sweep(const struct config *cfg, struct error *err)
{
	struct hosts_change change = { .instance = cfg->bridge,
		.stays = hosts__has_tap };

	if (cfg->hosts_file == NULL)
		return 0;
	change.arg = (void *)(uintptr_t)cfg;
	return hosts__change(cfg, &change, NULL, err);
}
