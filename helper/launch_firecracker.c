/* SPDX-License-Identifier: ISC */
/*
 * Firecracker: it takes no descriptors.  It opens its tap by the name, so it is
 * in the host's network namespace and the tap is lent to its user; and it binds
 * its own sockets, so it has a directory that it may write to.  The filter
 * leaves it nothing else to do with either.  What it is to run it is told over
 * its API.
 */
#include "base/mem.h"

#include "wire/vmm_root.h"

#include "confine.h"
#include "files.h"
#include "launch_int.h"

/* Its own code and buffers; the guest's memory is counted apart. */
#define LAUNCH_MEMORY_MIB 128
#define LAUNCH_ARGS_MAX 6

static unsigned
launch_firecracker__memory(const struct host *host)
{
	(void)host;
	return LAUNCH_MEMORY_MIB;
}

static int
launch_firecracker__check(const struct launch *l, struct error *err)
{
	int r = files_check_program(l->cfg->firecracker, err);

	if (r < 0)
		error_hint(err,
		    "put Firecracker's release there, root's and executable, "
		    "or name it by --firecracker of banger-helper");
	return r;
}

static int
launch_firecracker__tap(struct launch *l, struct error *err)
{
	return net_tap_lend(l->cfg, l->p->vm_id, l->p->slot, l->uid, &l->tap,
	    err);
}

static int
launch_firecracker__sockets(struct launch *l, int run_dir, struct error *err)
{
	int r = files_socket_dir(l->cfg, run_dir, l->uid, &l->sockets, err);

	return r < 0 ? r : confine_host_net(&l->filter, err);
}

static char **
launch_firecracker__fill(const struct launch *l, struct jail_spec *spec)
{
	const char *const args[LAUNCH_ARGS_MAX] = { l->cfg->firecracker, "--id",
		l->p->vm_id, "--api-sock", "/" VMM_ROOT_API };
	char **argv = xcalloc(LAUNCH_ARGS_MAX, sizeof(char *));
	size_t i;

	for (i = 0; args[i] != NULL; i++)
		argv[i] = xstrdup(args[i]);
	spec->program = l->cfg->firecracker;
	/* The guest's serial port is its standard output. */
	spec->output = l->console;
	/* Its sockets are for the client, who alone comes into their directory;
	 * it makes nothing else. */
	spec->umask = 0;
	spec->kvm = l->host->kvm_device;
	spec->tun = true;
	spec->host_net = true;
	spec->filter = &l->filter;
	return argv;
}

const struct launch_vmm launch_firecracker = {
	.disk = VMM_ROOT_DISK,
	.api = VMM_ROOT_API,
	.agent = VMM_ROOT_VSOCK,
	.memory_mib = launch_firecracker__memory,
	.check = launch_firecracker__check,
	.open_tap = launch_firecracker__tap,
	.open_sockets = launch_firecracker__sockets,
	.fill = launch_firecracker__fill,
};
