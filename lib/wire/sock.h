/* SPDX-License-Identifier: ISC */
/*
 * Unix stream sockets.  Descriptors are close-on-exec; those returned are the
 * caller's to close.  Paths are at most 107 bytes (unix(7)), those listened on
 * 103, since they get a suffix first; a longer one is refused with a text that
 * says so.
 *
 * All that waits here can be called off: base/wait.h.
 */
#ifndef WIRE_SOCK_H
#define WIRE_SOCK_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define SOCK_HELD_MAX 32

/*
 * Listens on path with that mode and group ((gid_t)-1: leave it), non-blocking.
 * The socket is bound under another name and renamed, so nobody can connect
 * before the mode is set; a stale socket is replaced.  -EADDRINUSE when
 * somebody answers on path.
 */
int sock_listen(const char *path, mode_t mode, gid_t group, int *ret_fd,
    struct error *err);
/* Connects, retrying a full backlog until the timeout.  The fd is non-blocking.
 */
int sock_connect(const char *path, int64_t timeout_ns, int *ret_fd,
    struct error *err);
/*
 * The same where the server itself may write to the directory: what path names
 * has to be a socket, not a link to somebody else's.
 */
int sock_connect_nofollow(const char *path, int64_t timeout_ns, int *ret_fd,
    struct error *err);
/*
 * For who connects otherwise: a descriptor of that very socket, and the path by
 * which it is to be had as long as the descriptor is open.
 */
int sock_hold(const char *path, int *ret_fd, char ret_path[SOCK_HELD_MAX],
    struct error *err);
/* The peer as the kernel knows it (SO_PEERCRED), as of its connect(). */
int sock_peer(int fd, uid_t *ret_uid, pid_t *ret_pid, struct error *err);
/* Sends all, or fails; deadline is on the monotonic clock. No SIGPIPE. */
int sock_send(int fd, const void *data, size_t len, int64_t deadline_ns,
    struct error *err);
/*
 * Receives at least one byte into data; returns how many, 0 at the end of the
 * stream, negative on an error or when the deadline passes (-ETIMEDOUT).
 */
ssize_t sock_recv(int fd, void *data, size_t len, int64_t deadline_ns,
    struct error *err);

#endif
