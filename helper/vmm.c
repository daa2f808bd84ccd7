/* SPDX-License-Identifier: ISC */
#include "vmm.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/mem.h"

#include "wire/rpc.h"

#include "files.h"
#include "vmm_int.h"

struct vmm__waiter {
	struct vmm__waiter *next;
	struct vmm *vmm;
	struct loop_source *timer;
	void (*fn)(void *arg, bool gone);
	void *arg;
};

/* Takes the waiter out of its VM's list, frees it and calls its function. */
static void
vmm__waiter_end(struct vmm__waiter *w, bool gone)
{
	struct vmm__waiter **p = &w->vmm->waiters;
	void (*fn)(void *, bool) = w->fn;
	void *arg = w->arg;

	while (*p != NULL && *p != w)
		p = &(*p)->next;
	if (*p == w)
		*p = w->next;
	loop_source_free(w->timer);
	free(w);
	fn(arg, gone);
}

static void
vmm__waiter_timeout(void *arg, uint32_t events)
{
	(void)events;
	vmm__waiter_end(arg, false);
}

static void
vmm__free(void *p)
{
	struct vmm *v = p;

	while (v->waiters != NULL)
		vmm__waiter_end(v->waiters, false);
	loop_source_free(v->source);
	cleanup_closep(&v->pidfd);
	free(v);
}

struct vmm *
vmm__entry(struct vmm_table *t, const char *vm_id)
{
	struct vmm *v = vmm_find(t, vm_id);

	if (v != NULL)
		return v;
	v = xcalloc(1, sizeof(*v));
	strcpy(v->vm_id, vm_id);
	v->table = t;
	v->pidfd = -1;
	map_put(t->vms, vm_id, v);
	return v;
}

void
vmm__drop(struct vmm_table *t, const char *vm_id)
{
	struct vmm *v = map_take(t->vms, vm_id);

	if (v != NULL)
		vmm__free(v);
}

/* The group of a VMM that has ended. */
static void
vmm__leave_cgroup(const struct vmm_table *t, const char *vm_id)
{
	if (t->host->cgroup_mount != NULL)
		cgroup_leave(t->host->cgroup_mount, t->cfg->bridge, vm_id);
}

void
vmm__reap(struct vmm *v)
{
	siginfo_t si;

	v->source = loop_source_free(v->source);
	memset(&si, 0, sizeof(si));
	v->state.running = false;
	v->state.end = STATE_END_UNKNOWN;
	/* ECHILD: it was the child of an earlier life of this helper. */
	if (waitid(P_PIDFD, (id_t)v->pidfd, &si, WEXITED) == 0) {
		v->state.end = si.si_code == CLD_EXITED ? STATE_END_EXIT
							: STATE_END_SIGNAL;
		v->state.end_value = si.si_status;
	}
	cleanup_closep(&v->pidfd);
	vmm__leave_cgroup(v->table, v->vm_id);
	state_save(v->table->cfg, v->vm_id, &v->state, NULL);
	while (v->waiters != NULL)
		vmm__waiter_end(v->waiters, true);
}

static void
vmm__ended(void *arg, uint32_t events)
{
	(void)events;
	vmm__reap(arg);
}

int
vmm__watch(struct vmm *v, int pidfd, struct error *err)
{
	v->pidfd = pidfd;
	return loop_add_fd(v->table->loop, pidfd, EPOLLIN, vmm__ended, v,
	    &v->source, err);
}

/*
 * True when the pidfd's process is the one that was written down.  The order
 * matters: once a pidfd is held, the start time that /proc tells is that of
 * its process, or of another if that had already gone, which then differs.
 */
static bool
vmm__is_same(const struct config *cfg, const struct state *st)
{
	uint64_t start;
	struct stat sb;
	char path[32];

	if (state_starttime(st->pid, &start, NULL) < 0 ||
	    start != st->starttime)
		return false;
	snprintf(path, sizeof(path), "/proc/%d", (int)st->pid);
	return stat(path, &sb) == 0 && sb.st_uid == cfg->vm_uid_base + st->slot;
}

/* Takes up one VM of an earlier life; what is not ours to read is left. */
static int
vmm__restore(struct vmm_table *t, const char *vm_id, struct error *err)
{
	_cleanup_close_ int pidfd = -1;
	struct state st;
	struct vmm *v;
	int r;

	r = state_load(t->cfg, vm_id, &st, err);
	if (r != 0)
		return r < 0 ? r : 0;
	v = vmm__entry(t, vm_id);
	v->state = st;
	if (!st.running)
		return 0;
	pidfd = pidfd_open(st.pid, 0);
	if (pidfd >= 0 && vmm__is_same(t->cfg, &st))
		return vmm__watch(v, steal_fd(&pidfd), err);
	v->state.running = false;
	v->state.end = STATE_END_UNKNOWN;
	vmm__leave_cgroup(t, vm_id);
	return state_save(t->cfg, vm_id, &v->state, err);
}

static int
vmm__restore_all(struct vmm_table *t, struct error *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	struct dirent *e;
	int r = 0;
	DIR *d;

	buf_printf(&path, "%s/vm", t->cfg->run_dir);
	d = opendir(buf_str(&path));
	if (d == NULL)
		return errno == ENOENT
		    ? 0
		    : error_errno(err, errno, "reading %s", buf_str(&path));
	while (r == 0 && (e = readdir(d)) != NULL)
		if (check_id(e->d_name))
			r = vmm__restore(t, e->d_name, err);
	closedir(d);
	return r;
}

int
vmm_table_new(const struct config *cfg, const struct host *host,
    struct loop *loop, struct vmm_table **ret, struct error *err)
{
	_cleanup_(vmm_table_freep) struct vmm_table *t = NULL;
	int r;

	t = xcalloc(1, sizeof(*t));
	t->cfg = cfg;
	t->host = host;
	t->loop = loop;
	t->vms = map_new(vmm__free);
	r = vmm__restore_all(t, err);
	if (r < 0)
		return r;
	*ret = steal(&t);
	return 0;
}

struct vmm_table *
vmm_table_free(struct vmm_table *t)
{
	if (t == NULL)
		return NULL;
	map_free(t->vms);
	free(t);
	return NULL;
}

struct vmm *
vmm_find(const struct vmm_table *t, const char *vm_id)
{
	return map_find(t->vms, vm_id);
}

struct vmm *
vmm_next(const struct vmm_table *t, size_t *pos)
{
	return map_next(t->vms, pos, NULL);
}

int
vmm_kill(struct vmm *v, struct error *err)
{
	if (!v->state.running)
		return 0;
	if (pidfd_send_signal(v->pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return error_errno(err, errno, "killing the VMM");
	return 0;
}

int
vmm_wait(struct vmm *v, int64_t timeout_ns, void (*fn)(void *arg, bool gone),
    void *arg, struct error *err)
{
	struct vmm__waiter *w = xcalloc(1, sizeof(*w));
	int r;

	w->vmm = v;
	w->fn = fn;
	w->arg = arg;
	r = loop_add_timer(v->table->loop, timeout_ns, 0, vmm__waiter_timeout,
	    w, &w->timer, err);
	if (r < 0) {
		free(w);
		return r;
	}
	w->next = v->waiters;
	v->waiters = w;
	return 0;
}

int
vmm_forget(struct vmm_table *t, const char *vm_id, struct error *err)
{
	struct vmm *v = vmm_find(t, vm_id);
	int r;

	if (v != NULL && v->state.running)
		return rpc_fail(err, RPC_INVALID_STATE, "the VMM runs (pid %d)",
		    (int)v->state.pid);
	/* Run directory last: it holds the state that tells of the VM. */
	r = files_remove_work(t->cfg, vm_id, err);
	if (r == 0)
		r = files_remove(t->cfg->log_dir, vm_id, err);
	if (r == 0)
		r = files_remove(t->cfg->run_dir, vm_id, err);
	if (r < 0)
		return r;
	vmm__drop(t, vm_id);
	return 0;
}
