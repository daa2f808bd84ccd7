/* SPDX-License-Identifier: ISC */
/* QEMU: all that it may speak to is handed to it as descriptors. */
#include "wire/vmm_root.h"

#include "files.h"
#include "launch_int.h"
#include "qemu.h"

/* What QEMU needs beside the guest's memory, and for translated code. */
#define LAUNCH_MEMORY_MIB 512
#define LAUNCH_TCG_MIB 1024

static unsigned
launch_qemu__memory(const struct host *host)
{
	return LAUNCH_MEMORY_MIB + (host->kvm ? 0 : LAUNCH_TCG_MIB);
}

static int
launch_qemu__check(const struct launch *l, struct error *err)
{
	int r = files_check_program(l->cfg->qemu, err);

	if (r < 0)
		error_hint(err,
		    "install Debian's qemu-system-x86, or name QEMU by --qemu "
		    "of banger-helper");
	return r;
}

static int
launch_qemu__tap(struct launch *l, struct error *err)
{
	return net_tap_open(l->cfg, l->p->vm_id, l->p->slot, &l->tap,
	    &l->tap_fd, err);
}

static int
launch_qemu__sockets(struct launch *l, int run_dir, struct error *err)
{
	int r = launch__socket(l, launch_qemu.api, 0600, &l->qmp, err);

	(void)run_dir;
	if (r == 0)
		r = launch__socket(l, launch_qemu.agent, 0600, &l->agent, err);
	if (r == 0)
		r = launch__socket(l, launch_qemu.console, 0660,
		    &l->console_socket, err);
	return r;
}

static char **
launch_qemu__fill(const struct launch *l, struct jail_spec *spec)
{
	struct qemu_config q;

	q.program = l->cfg->qemu;
	q.vm = l->p;
	q.mac = l->tap.mac;
	q.kvm = l->host->kvm;
	q.tsc_khz = l->host->tsc_khz;
	q.initrd = l->file[LAUNCH_INITRD] >= 0;
	q.work = l->file[LAUNCH_WORK] >= 0;
	spec->program = l->cfg->qemu;
	spec->kvm = q.kvm;
	spec->fds[QEMU_FD_QMP - JAIL_FIRST_FD] = l->qmp;
	spec->fds[QEMU_FD_AGENT - JAIL_FIRST_FD] = l->agent;
	spec->fds[QEMU_FD_CONSOLE_SOCKET - JAIL_FIRST_FD] = l->console_socket;
	spec->fds[QEMU_FD_CONSOLE - JAIL_FIRST_FD] = l->console;
	spec->fds[QEMU_FD_TAP - JAIL_FIRST_FD] = l->tap_fd;
	spec->n_fds = QEMU_FD_END - JAIL_FIRST_FD;
	return qemu_argv(&q);
}

const struct launch_vmm launch_qemu = {
	.disk = VMM_ROOT_OVERLAY,
	.overlay = true,
	.api = "qmp.sock",
	.agent = "agent.sock",
	.console = "console.sock",
	.memory_mib = launch_qemu__memory,
	.check = launch_qemu__check,
	.open_tap = launch_qemu__tap,
	.open_sockets = launch_qemu__sockets,
	.fill = launch_qemu__fill,
};
