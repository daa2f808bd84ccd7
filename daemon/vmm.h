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

struct config;
struct image;
struct vmm;

/*
 * What a VMM is told by messages, where its command line does not say it.
 * Files have their names of wire/vmm_root.h.  Borrowed during the call.
 */
struct vmm_config {
	int64_t memory_mib, vcpus;
	const char *cmdline, *tap, *mac;
	bool initrd, work;
};

struct vmm_ops {
	const char *name;
	/* The file name of the disk that it takes: an overlay over the image,
	 * or all of it. */
	const char *disk;
	bool overlay;
	/* It runs kernels that are ELF files, and no others. */
	bool elf_kernel;
	/* It makes its sockets itself, some time after it was started. */
	bool binds;
	/* The vsock port of the guest's agent, which the agent's socket is to
	 * be asked for first; 0: that socket is the agent's. */
	unsigned agent_port;
	/* The way for a guest to shut itself down that ends the VMM. */
	const char *shutdown;
	/* What an exit status means, or NULL; NULL: none means anything. */
	const char *(*exit_text)(int status);
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
/* Refuses an image whose kernel is of no form that the VMM can load. */
int vmm_check_kernel(const struct config *config, const struct vmm_ops *ops,
    const struct image *image, struct error *err);

#endif
