/* SPDX-License-Identifier: ISC */
/*
 * The command line of a VM's QEMU, built from checked values: an argv array,
 * no shell, and block devices as JSON, so that no name is ever parsed as an
 * option.  Formats are said for each disk; nothing is probed.
 */
#ifndef HELPER_QEMU_H
#define HELPER_QEMU_H

#include <stdbool.h>

#include "wire/vmm_root.h"

#include "check.h"
#include "jail.h"

/* Descriptors that QEMU finds in place, in the order of jail_spec.fds. */
enum qemu_fd {
	QEMU_FD_QMP = JAIL_FIRST_FD, /* listening sockets */
	QEMU_FD_AGENT,
	QEMU_FD_CONSOLE_SOCKET,
	QEMU_FD_CONSOLE, /* the console's log */
	QEMU_FD_TAP,
	QEMU_FD_END
};

/* Borrowed during the call. */
struct qemu_config {
	const char *program;
	const struct check_params *vm;
	const char *mac;
	bool kvm, initrd, work;
	unsigned tsc_khz; /* of the host; 0: unknown */
};

/* An owned, NULL-terminated argv of owned strings. */
char **qemu_argv(const struct qemu_config *q);

#endif
