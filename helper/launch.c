/* SPDX-License-Identifier: ISC */
/*
 * Starting a VMM: its files, sockets, logs and tap are opened first, then the
 * jail is made around them.  Whatever fails leaves no process, no socket and
 * no entry; the logs stay, they may say why.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/mem.h"

#include "wire/rpc.h"
#include "wire/sock.h"
#include "wire/vmm_root.h"

#include "confine.h"
#include "files.h"
#include "launch_int.h"
#include "nat.h"
#include "vmm_int.h"

static const struct launch__file {
	const char *name; /* NULL: the kind of VMM says it */
	bool writable;
} launch__files[LAUNCH_FILE_MAX] = {
	[LAUNCH_DISK] = { NULL, true },
	[LAUNCH_KERNEL] = { VMM_ROOT_KERNEL, false },
	[LAUNCH_ROOTFS] = { VMM_ROOT_IMAGE, false },
	[LAUNCH_INITRD] = { VMM_ROOT_INITRD, false },
	[LAUNCH_WORK] = { VMM_ROOT_WORK, true },
};

#define LAUNCH_PIDS 256

static const struct launch_vmm *
launch__vmm(const struct launch *l)
{
	return l->p->machine == CHECK_FIRECRACKER ? &launch_firecracker
						  : &launch_qemu;
}

static void
launch__init(struct launch *l, const struct config *cfg,
    const struct check_params *p)
{
	memset(l, 0, sizeof(*l));
	memset(l->file, -1, sizeof(l->file));
	l->qmp = l->agent = l->console_socket = l->tap_fd = l->sockets = -1;
	l->console = l->log = -1;
	l->cfg = cfg;
	l->p = p;
	l->uid = cfg->vm_uid_base + p->slot;
}

static void
launch__done(struct launch *l)
{
	size_t i;

	for (i = 0; i < LAUNCH_FILE_MAX; i++)
		cleanup_closep(&l->file[i]);
	cleanup_closep(&l->qmp);
	cleanup_closep(&l->agent);
	cleanup_closep(&l->console_socket);
	cleanup_closep(&l->tap_fd);
	cleanup_closep(&l->sockets);
	cleanup_closep(&l->console);
	cleanup_closep(&l->log);
	confine_filter_done(&l->filter);
}

static int
launch__open_files(struct launch *l, struct error *err)
{
	const struct launch_vmm *vmm = launch__vmm(l);
	uint64_t size;
	int i, r;

	r = files_open_disk(l->cfg, l->p->vm_id, vmm->disk, l->uid,
	    &l->file[LAUNCH_DISK], err);
	if (r == 0)
		r = files_open_work(l->cfg, l->p->vm_id, l->uid,
		    &l->file[LAUNCH_WORK], &size, err);
	if (r == 1)
		r = 0;
	for (i = LAUNCH_KERNEL; r == 0 && i <= LAUNCH_INITRD; i++) {
		if (i == LAUNCH_ROOTFS && !vmm->overlay)
			continue;
		r = files_open_image(l->cfg, l->p->image_id,
		    launch__files[i].name, &l->file[i], err);
		if (r == 1 && i != LAUNCH_INITRD)
			return rpc_fail(err, RPC_NOT_FOUND,
			    "image %s has no %s", l->p->image_id,
			    launch__files[i].name);
		if (r == 1)
			r = 0;
	}
	return r;
}

int
launch__socket(const struct launch *l, const char *name, mode_t mode,
    int *ret_fd, struct error *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	_cleanup_close_ int fd = -1;
	int r;

	buf_printf(&path, "%s/vm/%s/%s", l->cfg->run_dir, l->p->vm_id, name);
	r = sock_listen(buf_str(&path), mode, (gid_t)-1, &fd, err);
	if (r < 0)
		return r;
	if (lchown(buf_str(&path), l->cfg->client_uid, l->cfg->client_gid) < 0)
		return error_errno(err, errno, "chown %s", buf_str(&path));
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int
launch__open_logs(struct launch *l, struct error *err)
{
	_cleanup_close_ int dir = -1;
	int r;

	r = files_log_dir(l->cfg, l->p->vm_id, &dir, err);
	if (r == 0)
		r = files_open_log(l->cfg, dir, FILES_VMM_LOG, &l->log, err);
	if (r == 0)
		r = files_open_log(l->cfg, dir, FILES_CONSOLE_LOG, &l->console,
		    err);
	return r;
}

/* Without the rules over its tap a guest could speak for any other. */
static int
launch__check_rules(const struct launch *l, struct error *err)
{
	int r = nat_is_applied(l->cfg, &l->tap, err);

	if (r == 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "no rules stand over tap %s; nat.apply makes them",
		    l->tap.name);
	return r < 0 ? r : 0;
}

/* Everything the VMM is given. */
static int
launch__open(struct launch *l, struct error *err)
{
	_cleanup_close_ int run = -1;
	int r;

	r = launch__vmm(l)->check(l, err);
	if (r == 0)
		r = launch__vmm(l)->open_tap(l, err);
	if (r == 0)
		r = launch__check_rules(l, err);
	if (r == 0)
		r = launch__open_files(l, err);
	if (r == 0)
		r = launch__open_logs(l, err);
	if (r == 0)
		r = files_run_dir(l->cfg, l->p->vm_id, &run, err);
	if (r == 0)
		r = launch__vmm(l)->open_sockets(l, run, err);
	return r;
}

char **
launch__argv_free(char **argv)
{
	size_t i;

	for (i = 0; argv != NULL && argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
	return NULL;
}

/* The files that were opened, as the jail shows them; how many. */
static size_t
launch__show(const struct launch *l, struct jail_file out[LAUNCH_FILE_MAX])
{
	size_t n = 0;
	int i;

	for (i = 0; i < LAUNCH_FILE_MAX; i++) {
		if (l->file[i] < 0)
			continue;
		memset(&out[n], 0, sizeof(out[n]));
		out[n].fd = l->file[i];
		out[n].name = i == LAUNCH_DISK ? launch__vmm(l)->disk
					       : launch__files[i].name;
		out[n].writable = launch__files[i].writable;
		n++;
	}
	return n;
}

/* Makes the child, which waits for jail_release(). */
static int
launch__start(struct launch *l, const char *mount_point, struct jail_child *ret,
    struct error *err)
{
	_cleanup_(launch__argv_freep) char **argv = NULL;
	struct jail_file files[LAUNCH_FILE_MAX + 1];
	struct jail_spec spec;

	memset(&spec, 0, sizeof(spec));
	spec.mount_point = mount_point;
	spec.uid = l->uid;
	spec.output = spec.errors = l->log;
	spec.umask = 077;
	spec.files = files;
	spec.n_files = launch__show(l, files);
	if (l->sockets >= 0)
		files[spec.n_files++] = (struct jail_file){ .fd = l->sockets,
			.name = VMM_ROOT_SOCKETS,
			.writable = true,
			.directory = true };
	argv = launch__vmm(l)->fill(l, &spec);
	spec.argv = argv;
	return jail_start(&spec, ret, err);
}

/* Ends a child that did not get as far as running. */
static void
launch__abort(struct jail_child *child)
{
	siginfo_t si;

	cleanup_closep(&child->sock);
	pidfd_send_signal(child->pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)child->pidfd, &si, WEXITED) < 0 &&
	    errno == EINTR)
		continue;
	cleanup_closep(&child->pidfd);
}

/* Bounds the waiting child, where the host can. */
static int
launch__limit(struct launch *l, pid_t pid, struct error *err)
{
	struct cgroup_limits limits;

	if (l->host->cgroup_mount == NULL)
		return 0;
	limits.memory_mib = l->p->memory_mib +
	    launch__vmm(l)->memory_mib(l->host);
	limits.pids = LAUNCH_PIDS;
	limits.cpus = l->p->vcpus + 1;
	return cgroup_enter(l->host->cgroup_mount, l->cfg->bridge, l->p->vm_id,
	    pid, &limits, &l->limits, err);
}

/* Writes down the waiting child, then lets it go on into the jail. */
static int
launch__run(struct launch *l, struct state *ret_state, int *ret_pidfd,
    struct error *err)
{
	_cleanup_buf_ struct buf point = BUF_INIT;
	struct jail_child child;
	struct state st;
	int r;

	buf_printf(&point, "%s/jail", l->cfg->run_dir);
	r = launch__start(l, buf_str(&point), &child, err);
	if (r < 0)
		return r;
	memset(&st, 0, sizeof(st));
	st.slot = l->p->slot;
	st.pid = child.pid;
	st.running = true;
	r = state_starttime(child.pid, &st.starttime, err);
	if (r == 0)
		r = state_save(l->cfg, l->p->vm_id, &st, err);
	if (r == 0)
		r = launch__limit(l, child.pid, err);
	if (r == 0)
		r = jail_release(&child, err);
	if (r < 0) {
		launch__abort(&child);
		if (l->host->cgroup_mount != NULL)
			cgroup_leave(l->host->cgroup_mount, l->cfg->bridge,
			    l->p->vm_id);
		return r;
	}
	*ret_state = st;
	*ret_pidfd = child.pidfd;
	return 0;
}

/* A VM runs once, and nobody shares its user. */
static int
launch__may(const struct vmm_table *t, const struct check_params *p,
    struct error *err)
{
	const struct vmm *v;
	size_t pos = 0;

	while ((v = vmm_next(t, &pos)) != NULL) {
		if (!v->state.running)
			continue;
		if (strcmp(v->vm_id, p->vm_id) == 0)
			return rpc_fail(err, RPC_INVALID_STATE,
			    "the VMM runs already (pid %d)", (int)v->state.pid);
		if (v->state.slot == p->slot)
			return rpc_fail(err, RPC_INVALID_STATE,
			    "slot %u belongs to VM %s", p->slot, v->vm_id);
	}
	return 0;
}

/* What the client is told. */
static void
launch__reply(const struct launch *l, pid_t pid, struct vmm_launched *ret)
{
	const char *run = l->cfg->run_dir, *log = l->cfg->log_dir;
	const struct launch_vmm *vmm = launch__vmm(l);
	const char *id = l->p->vm_id;

	ret->pid = pid;
	ret->limits = l->limits;
	ret->work = l->file[LAUNCH_WORK] >= 0;
	ret->api_socket = xasprintf("%s/vm/%s/%s", run, id, vmm->api);
	ret->agent_socket = xasprintf("%s/vm/%s/%s", run, id, vmm->agent);
	ret->console_socket = vmm->console == NULL
	    ? NULL
	    : xasprintf("%s/vm/%s/%s", run, id, vmm->console);
	ret->console_log = xasprintf("%s/vm/%s/%s", log, id,
	    files_log_name(FILES_CONSOLE_LOG));
	ret->log_path = xasprintf("%s/vm/%s/%s", log, id,
	    files_log_name(FILES_VMM_LOG));
}

int
vmm_launch(struct vmm_table *t, const struct check_params *p,
    struct vmm_launched *ret, struct error *err)
{
	_cleanup_(launch__done) struct launch l;
	const char *run = t->cfg->run_dir, *log = t->cfg->log_dir;
	struct state st;
	struct vmm *v;
	int pidfd = -1, r;

	launch__init(&l, t->cfg, p);
	l.host = t->host;
	r = launch__may(t, p, err);
	if (r < 0)
		return r;
	r = launch__open(&l, err);
	if (r == 0)
		r = launch__run(&l, &st, &pidfd, err);
	if (r < 0) {
		/* An entry of an earlier run would now have no state. */
		vmm__drop(t, p->vm_id);
		files_remove(run, p->vm_id, NULL);
		if (l.log >= 0)
			error_hint(err, "inspect %s/vm/%s/%s", log, p->vm_id,
			    files_log_name(FILES_VMM_LOG));
		return r;
	}
	v = vmm__entry(t, p->vm_id);
	v->state = st;
	r = vmm__watch(v, pidfd, err);
	if (r < 0) {
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		vmm__reap(v);
		return r;
	}
	launch__reply(&l, st.pid, ret);
	return 0;
}

void
vmm_launched_done(struct vmm_launched *l)
{
	free(l->api_socket);
	free(l->agent_socket);
	free(l->console_socket);
	free(l->console_log);
	free(l->log_path);
	memset(l, 0, sizeof(*l));
}
