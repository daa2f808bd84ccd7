/* SPDX-License-Identifier: ISC */
/*
 * Facts about the host that answer "what is this running on": looked up once,
 * at the start, before any thread is made.
 */
#ifndef HELPER_HOST_H
#define HELPER_HOST_H

#include <stdbool.h>

#include "cgroup.h"

#define HOST_TEXT_MAX 96

struct host {
	char kernel[HOST_TEXT_MAX];
	char qemu[HOST_TEXT_MAX]; /* "7.2.22", or "" when it does not run */
	char firecracker[HOST_TEXT_MAX]; /* "1.13.0", or the like */
	bool kvm;                        /* QEMU sets up a processor with it */
	bool kvm_device;                 /* /dev/kvm can be opened */
	unsigned tsc_khz; /* of the time-stamp counter; 0: none */
	enum cgroup_kind cgroup;
	const char *cgroup_mount; /* of v2; NULL: none */
};

/*
 * Asks the kernel, both programs' --version as nobody, and, where /dev/kvm
 * opens, has QEMU set up a guest that it never runs.
 */
void host_probe(const char *qemu, const char *firecracker, struct host *ret);

#endif
