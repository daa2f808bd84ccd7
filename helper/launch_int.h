/* SPDX-License-Identifier: ISC */
/*
 * Between launch.c, which does what every VMM needs, and launch_NAME.c, which
 * knows what one kind of it is given and how it is called.
 */
#ifndef HELPER_LAUNCH_INT_H
#define HELPER_LAUNCH_INT_H

#include <linux/filter.h>

#include "base/cleanup.h"

#include "check.h"
#include "config.h"
#include "host.h"
#include "jail.h"
#include "net.h"

enum launch_file {
	LAUNCH_DISK,
	LAUNCH_KERNEL,
	LAUNCH_ROOTFS, /* below a disk that is an overlay */
	LAUNCH_INITRD, /* an image may do without */
	LAUNCH_WORK,   /* and a VM */
	LAUNCH_FILE_MAX
};

struct launch {
	const struct config *cfg;
	const struct host *host;
	const struct check_params *p;
	uid_t uid;
	struct net_tap tap;
	/* All owned; -1: none. */
	int file[LAUNCH_FILE_MAX];
	int qmp, agent, console_socket, tap_fd, sockets;
	int console, log;
	struct sock_fprog filter; /* owned */
	unsigned limits;          /* as struct vmm_launched says */
};

/* One kind of VMM. */
struct launch_vmm {
	const char *disk; /* the file name of the disk that it takes */
	bool overlay;     /* over the image's, which it is given too */
	/* Sockets beneath RUN_DIR/vm/ID; no console: none to attach to. */
	const char *api, *agent, *console;
	/* What it needs beside the guest's memory. */
	unsigned (*memory_mib)(const struct host *host);
	/* The program, proved; err has the remedy. */
	int (*check)(const struct launch *l, struct error *err);
	/* The tap, and once that has its rules, the sockets. */
	int (*open_tap)(struct launch *l, struct error *err);
	int (*open_sockets)(struct launch *l, int run_dir, struct error *err);
	/* The rest of its jail; the argv, owned. */
	char **(*fill)(const struct launch *l, struct jail_spec *spec);
};

extern const struct launch_vmm launch_qemu, launch_firecracker;

/*
 * A listening socket in the VM's run directory, for the client alone, or for
 * its group as well: those who may ask it anyway.
 */
int launch__socket(const struct launch *l, const char *name, mode_t mode,
    int *ret_fd, struct error *err);

/* Owned strings, to a NULL.  Takes NULL; returns NULL. */
char **launch__argv_free(char **argv);

DEFINE_FREEP(char **, launch__argv_free);

#endif
