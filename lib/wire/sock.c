/* SPDX-License-Identifier: ISC */
#include "wire/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/wait.h"

#define SOCK_BACKLOG 128
#define SOCK_RETRY_NS (20 * NSEC_PER_MSEC)

static int
sock__address(const char *path, struct sockaddr_un *ret, struct error *err)
{
	if (strlen(path) >= sizeof(ret->sun_path))
		return error_set(err, -ENAMETOOLONG,
		    "socket path %s is longer than %zu bytes; use a shorter "
		    "directory",
		    path, sizeof(ret->sun_path) - 1);
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	strcpy(ret->sun_path, path);
	return 0;
}

static int
sock__open(int flags, int *ret_fd, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		return error_errno(err, errno, "making a socket");
	*ret_fd = fd;
	return 0;
}

/* Fails when somebody answers on path; a socket that nobody holds is stale. */
static int
sock__is_free(const char *path, const struct sockaddr_un *addr,
    struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int rc;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0
				       : error_errno(err, errno, "%s", path);
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, -EEXIST, "%s exists and is no socket",
		    path);
	rc = sock__open(SOCK_NONBLOCK, &fd, err);
	if (rc < 0)
		return rc;
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 ||
	    errno == EAGAIN)
		return error_set(err, -EADDRINUSE,
		    "%s: another process serves this socket", path);
	return 0;
}

int
sock_listen(const char *path, mode_t mode, gid_t group, int *ret_fd,
    struct error *err)
{
	struct sockaddr_un addr, bound;
	_cleanup_close_ int fd = -1;
	char temp[sizeof(addr.sun_path) + 8];
	int rc;

	snprintf(temp, sizeof(temp), "%s.new", path);
	if ((rc = sock__address(path, &addr, err)) < 0 ||
	    (rc = sock__address(temp, &bound, err)) < 0 ||
	    (rc = sock__is_free(path, &addr, err)) < 0 ||
	    (rc = sock__open(SOCK_NONBLOCK, &fd, err)) < 0)
		return rc;
	unlink(temp);
	/* The mode of the descriptor is that of the node until umask: 0. */
	if (fchmod(fd, 0) < 0 ||
	    bind(fd, (struct sockaddr *)&bound, sizeof(bound)) < 0)
		return error_errno(err, errno, "binding %s", path);
	if (chown(temp, (uid_t)-1, group) < 0 || chmod(temp, mode) < 0 ||
	    listen(fd, SOCK_BACKLOG) < 0 || rename(temp, path) < 0) {
		rc = error_errno(err, errno, "setting up %s", path);
		unlink(temp);
		return rc;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Errors name `name`; path is how it is reached. */
static int
sock__connect(const char *path, const char *name, int64_t timeout_ns,
    int *ret_fd, struct error *err)
{
	int64_t deadline = clock_mono_ns() + timeout_ns;
	struct sockaddr_un addr;
	_cleanup_close_ int fd = -1;
	int rc;

	if ((rc = sock__address(path, &addr, err)) < 0 ||
	    (rc = sock__open(SOCK_NONBLOCK, &fd, err)) < 0)
		return rc;
	/* A full backlog gives EAGAIN at once on a Unix socket. */
	while (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || clock_mono_ns() >= deadline)
			return error_errno(err, errno, "connecting to %s",
			    name);
		rc = wait_until(clock_mono_ns() + SOCK_RETRY_NS, err);
		if (rc < 0)
			return rc;
	}
	*ret_fd = steal_fd(&fd);
	return 0;
}

int
sock_connect(const char *path, int64_t timeout_ns, int *ret_fd,
    struct error *err)
{
	return sock__connect(path, path, timeout_ns, ret_fd, err);
}

int
sock_hold(const char *path, int *ret_fd, char ret_path[SOCK_HELD_MAX],
    struct error *err)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "connecting to %s", path);
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, -ENOTSOCK, "%s is no socket", path);
	snprintf(ret_path, SOCK_HELD_MAX, "/proc/self/fd/%d", fd);
	*ret_fd = steal_fd(&fd);
	return 0;
}

int
sock_connect_nofollow(const char *path, int64_t timeout_ns, int *ret_fd,
    struct error *err)
{
	_cleanup_close_ int fd = -1;
	char held[SOCK_HELD_MAX];
	int rc = sock_hold(path, &fd, held, err);

	return rc < 0 ? rc : sock__connect(held, path, timeout_ns, ret_fd, err);
}

int
sock_peer(int fd, uid_t *ret_uid, pid_t *ret_pid, struct error *err)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return error_errno(err, errno, "asking who the peer is");
	if (len != sizeof(cred))
		return error_set(err, -EPROTO, "no credentials of the peer");
	*ret_uid = cred.uid;
	*ret_pid = cred.pid;
	return 0;
}

int
sock_send(int fd, const void *data, size_t len, int64_t deadline_ns,
    struct error *err)
{
	const char *p = data;
	ssize_t n;
	int rc;

	while (len > 0) {
		n = send(fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			rc = wait_fd(fd, POLLOUT, deadline_ns, err);
			if (rc < 0)
				return rc;
		} else if (errno != EINTR) {
			return error_errno(err, errno, "sending");
		}
	}
	return 0;
}

ssize_t
sock_recv(int fd, void *data, size_t len, int64_t deadline_ns,
    struct error *err)
{
	ssize_t n;
	int rc;

	for (;;) {
		n = recv(fd, data, len, MSG_DONTWAIT);
		if (n >= 0)
			return n;
		if (errno == EAGAIN) {
			rc = wait_fd(fd, POLLIN, deadline_ns, err);
			if (rc < 0)
				return rc;
		} else if (errno != EINTR) {
			return error_errno(err, errno, "receiving");
		}
	}
}
