/* SPDX-License-Identifier: ISC */
/*
 * Between jail.c, which prepares, and jail_child.c, which is all that runs
 * after the clone.
 */
#ifndef HELPER_JAIL_INT_H
#define HELPER_JAIL_INT_H

#include "jail.h"

enum jail_step {
	JAIL_WAIT,
	JAIL_SIGNALS,
	JAIL_PRIVATE,
	JAIL_ATTACH,
	JAIL_FILES,
	JAIL_PIVOT,
	JAIL_LIMITS,
	JAIL_CAPS,
	JAIL_UID,
	JAIL_VERIFY,
	JAIL_FILTER,
	JAIL_FDS,
	JAIL_EXEC,
	JAIL_STEP_MAX
};

/* What a child that failed sends to its parent. */
struct jail_report {
	int step, errnum;
};

struct jail_mount {
	int fd;             /* detached mount; owned */
	const char *target; /* relative to the new root */
};

struct jail_plan {
	const struct jail_spec *spec;
	int root; /* detached tmpfs; owned */
	struct jail_mount mounts[JAIL_FILES_MAX + 1];
	size_t n_mounts;
	/* Copies above JAIL_HIGH_FD, so that no target is overwritten. */
	int null, output, errors, fds[JAIL_FDS_MAX], sock;
};

#define JAIL_HIGH_FD 64

/*
 * What any child of ours goes through, by system calls alone: signals as a
 * program expects them; no capability, nor a way to one; the user and group
 * `uid` and no other; and the proof that root is out of reach.  -1 and errno.
 */
int jail__default_signals(void);
int jail__drop_caps(void);
int jail__become(uid_t uid);
int jail__verify_user(uid_t uid);

/* Waits for the parent's word, goes into the jail, executes.  No return. */
void jail__child(const struct jail_plan *plan) __attribute__((noreturn));

#endif
