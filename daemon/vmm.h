/* SPDX-License-Identifier: ISC */
/*
 * What a VM monitor must be able to do, so that vm.start and vm.stop know no
 * back end by name.  The helper starts the process; the daemon talks to it
 * over its API socket through this.  One user at a time: whoever holds the VM.
 *
 * Deadlines are on the monotonic clock.
 */
#ifndef DAEMON_VMM_H
#define DAEMON_VMM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct vmm;

/*
 * What a VMM is told by messages, where its command line does not say it.
 * Files have their names of wire/vmm_root.h.  Borrowed during the call.
 */
struct vmm_config {
	int64_t memory_mib, vcpus;
	const char *cmdline, *tap, *mac;
	bool initrd;
};

struct vmm_ops {
	const char *name;
	/* Connects to the API socket and agrees on the protocol. */
	int (*open)(const char *socket, int64_t deadline_ns, struct vmm **ret,
	    struct error *err);
	/* Tells it what to run; NULL: it knows. */
	int (*configure)(struct vmm *v, const struct vmm_config *c,
	    int64_t deadline_ns, struct error *err);
	/* Lets the guest run. */
	int (*boot)(struct vmm *v, int64_t deadline_ns, struct error *err);
	/* Has the VMM end itself, or the guest end it. */
	int (*quit)(struct vmm *v, int64_t deadline_ns, struct error *err);
	/* 0: the VMM has ended; 1: the deadline passed. */
	int (*wait_end)(struct vmm *v, int64_t deadline_ns, struct error *err);
	/* Becomes hung up (EPOLLRDHUP) when the VMM ends. */
	int (*fd)(const struct vmm *v);
	/* Takes NULL; returns NULL. */
	struct vmm *(*close)(struct vmm *v);
};

struct vmm {
	const struct vmm_ops *ops; /* first member of each back end's struct */
};

extern const struct vmm_ops vmm_qemu, vmm_firecracker;

/* The back end of that machine. */
const struct vmm_ops *vmm_of(const char *machine);

#endif
