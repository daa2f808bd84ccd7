/* SPDX-License-Identifier: ISC */
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/wait.h"
#include "wire/rpc.h"

/* So much is copied between looks whether it is called off, and written out at
 * once. */
#define COPY_TURN (16 << 20)

/* A raw disk that begins like one of these is most likely not raw. */
static const char *
copy__format(const char *head, size_t len)
{
	static const struct {
		const char *magic, *name;
		size_t len;
	} formats[] = {
		{ "QFI\xfb", "qcow2", 4 },
		{ "KDMV", "vmdk", 4 },
		{ "vhdxfile", "vhdx", 8 },
		{ "conectix", "vpc", 8 },
		{ "<<< ", "vdi", 4 },
		{ "QED", "qed", 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (len >= formats[i].len &&
		    memcmp(head, formats[i].magic, formats[i].len) == 0)
			return formats[i].name;
	return NULL;
}

/* Where a service has its own, or none (packaging/systemd/bangerd.service). */
static int
copy__unreadable(const char *path, int errnum, struct error *err)
{
	static const char *const hidden[] = { "/home/", "/root/", "/tmp/",
		"/var/tmp/" };
	int rc = rpc_fail(err, RPC_INVALID_ARGUMENT,
	    "bangerd cannot read %s: %s", path, strerror(errnum));

	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		if (strncmp(path, hidden[i], strlen(hidden[i])) == 0)
			error_hint(err,
			    "as a service it sees no home directory and no "
			    "/tmp: put the file elsewhere, where its user may "
			    "read it");
	return rc;
}

static int
copy__open(const char *path, bool raw_disk, struct stat *ret_st, int *ret_fd,
    struct error *err)
{
	_cleanup_close_ int fd = -1;
	char head[8];
	const char *format;
	ssize_t n;

	if (path[0] != '/')
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "%s is not an absolute path", path);
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return copy__unreadable(path, errno, err);
	if (fstat(fd, ret_st) < 0)
		return error_errno(err, errno, "%s", path);
	if (!S_ISREG(ret_st->st_mode) || ret_st->st_size == 0)
		return rpc_fail(err, RPC_INVALID_ARGUMENT, "%s is %s", path,
		    S_ISREG(ret_st->st_mode) ? "empty" : "no regular file");
	n = pread(fd, head, sizeof(head), 0);
	format = raw_disk && n > 0 ? copy__format(head, (size_t)n) : NULL;
	if (format != NULL)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "%s looks like a %s image; convert it to raw first", path,
		    format);
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Copies a piece that begins at pos; how much, 0 at the end, or -errno. */
static ssize_t
copy__piece(int in, int out, off_t pos, size_t len)
{
	static const size_t most = 65536;
	off_t from = pos, to = pos;
	ssize_t n, put, done = 0;
	char chunk[65536];

	n = copy_file_range(in, &from, out, &to, len, 0);
	if (n >= 0 || errno == EINTR)
		return n >= 0 ? n : -EINTR;
	/* EXDEV: two kinds of file system; others: one that has no such call.
	 */
	if (errno != EXDEV && errno != EINVAL && errno != ENOSYS &&
	    errno != EOPNOTSUPP)
		return -errno;
	n = pread(in, chunk, len < most ? len : most, pos);
	if (n < 0)
		return -errno;
	while (done < n) {
		put = pwrite(out, chunk + done, (size_t)(n - done), pos + done);
		if (put < 0 && errno != EINTR)
			return -errno;
		done += put > 0 ? put : 0;
	}
	return n;
}

struct copy {
	int in, out;
	off_t begun;   /* from here on nothing is on its way to the disk */
	off_t waited;  /* up to here it is there */
	int64_t fresh; /* bytes that were copied behind begun */
};

/*
 * Has what was copied up to pos written out, and waits for what was before it:
 * the sync at the end, which nobody can call off, then has two turns' bytes to
 * wait for and not the whole file's.
 */
static int
copy__write_out(struct copy *c, off_t pos)
{
	if (sync_file_range(c->out, c->begun, pos - c->begun,
		SYNC_FILE_RANGE_WRITE) < 0 ||
	    (c->begun > c->waited &&
		sync_file_range(c->out, c->waited, c->begun - c->waited,
		    SYNC_FILE_RANGE_WAIT_BEFORE) < 0))
		return -errno;
	c->waited = c->begun;
	c->begun = pos;
	c->fresh = 0;
	return 0;
}

/* Copies the bytes from pos to end. */
static int
copy__range(struct copy *c, off_t pos, off_t end)
{
	ssize_t n;
	size_t len;
	int rc = 0;

	while (rc == 0 && pos < end) {
		rc = wait_check(NULL);
		if (rc < 0)
			return rc;
		len = end - pos < COPY_TURN ? (size_t)(end - pos) : COPY_TURN;
		n = copy__piece(c->in, c->out, pos, len);
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		if (n == 0)
			return -EIO; /* it was cut while we copied */
		pos += n;
		c->fresh += n;
		if (c->fresh >= COPY_TURN)
			rc = copy__write_out(c, pos);
	}
	return rc;
}

int
copy_file(const char *from, const char *to, int raw_disk, int64_t *ret_bytes,
    struct error *err)
{
	_cleanup_close_ int in = -1, out = -1;
	struct copy c = { 0 };
	off_t pos = 0, hole;
	struct stat st;
	int rc;

	rc = copy__open(from, raw_disk != 0, &st, &in, err);
	if (rc < 0)
		return rc;
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return error_errno(err, errno, "making %s", to);
	c.in = in;
	c.out = out;
	while (rc == 0 && pos < st.st_size) {
		pos = lseek(in, pos, SEEK_DATA);
		if (pos < 0 && errno == ENXIO)
			break; /* only a hole is left */
		hole = pos < 0 ? -1 : lseek(in, pos, SEEK_HOLE);
		if (hole < 0)
			rc = -errno;
		else
			rc = copy__range(&c, pos, hole);
		pos = hole;
	}
	if (rc == 0 &&
	    (ftruncate(out, st.st_size) < 0 || fchmod(out, 0644) < 0 ||
		fsync(out) < 0))
		rc = -errno;
	if (rc == -ECANCELED || rc == -ETIME)
		return wait_check(err);
	if (rc < 0)
		return error_errno(err, -rc, "copying %s to %s", from, to);
	*ret_bytes = st.st_size;
	return 0;
}
