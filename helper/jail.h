/* SPDX-License-Identifier: ISC */
/*
 * Starts a program in a jail: namespaces of its own (mount, ipc, uts, pid, and
 * net if it can do with none of the host's), a root directory in memory that
 * holds /usr and the few files it is given, a uid of its own, no capabilities,
 * no way to gain any, and only the descriptors named here.
 *
 * The root is built by the parent on mounts that are attached nowhere; the
 * child only attaches them, so between clone and exec it makes system calls
 * and nothing else (a thread of the logger may have held any lock).  Nothing
 * is ever mounted where the host sees it.
 *
 * In two steps: jail_start() makes a child that waits, so that the caller can
 * write down that it exists; jail_release() lets it go on, and waits until it
 * runs the program or says at which step it failed.  A child whose parent dies
 * in between ends by itself.
 */
#ifndef HELPER_JAIL_H
#define HELPER_JAIL_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define JAIL_FIRST_FD 3 /* what fds[0] becomes in the program */
#define JAIL_FDS_MAX 8
#define JAIL_FILES_MAX 8

/* A checked file, or directory, that the jail shows in its root directory. */
struct jail_file {
	int fd; /* borrowed */
	const char *name;
	bool writable, directory;
};

/* All borrowed until jail_release() has returned. */
struct jail_spec {
	const char *mount_point; /* an empty directory of ours */
	const char *program;     /* beneath /usr */
	char *const *argv;
	uid_t uid;          /* and gid; not root's */
	int output, errors; /* what descriptors 1 and 2 become */
	mode_t umask;
	bool kvm, tun; /* devices that it finds */
	/* The host's network namespace, where a tap is to be opened by its
	 * name; a filter that makes up for that then has to be there. */
	bool host_net;
	const struct sock_fprog *filter; /* NULL: none */
	const struct jail_file *files;
	size_t n_files;
	int fds[JAIL_FDS_MAX]; /* become JAIL_FIRST_FD and following */
	size_t n_fds;
};

struct jail_child {
	pid_t pid;
	int pidfd; /* readable when it has ended; the caller's to close */
	int sock;  /* internal; closed by jail_release() */
};

int jail_start(const struct jail_spec *spec, struct jail_child *ret,
    struct error *err);
/*
 * Negative: err says "STEP: reason"; the child has ended, or is about to, and
 * is the caller's to reap.
 */
int jail_release(struct jail_child *child, struct error *err);

#endif
