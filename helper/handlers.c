/* SPDX-License-Identifier: ISC */
#include "handlers.h"

#include <errno.h>

#include "base/clock.h"

#include "handlers_int.h"

/* A VMM that said goodbye still writes its disk back. */
#define HANDLERS_END_WAIT_NS (5 * NSEC_PER_SEC)
#define HANDLERS_KILL_WAIT_NS (2 * NSEC_PER_SEC)

/* How a VMM ended, where that is known. */
static void
handlers__put_end(json_t *o, const struct state *st)
{
	if (st->running || st->end == STATE_END_UNKNOWN)
		return;
	json_object_set_new(o,
	    st->end == STATE_END_EXIT ? "exit_status" : "signal",
	    json_integer(st->end_value));
}

int
handler_host_info(struct call *c, struct error *err)
{
	const struct helper *h = c->helper;
	json_t *vms = json_array();
	const struct vmm *v;
	size_t pos = 0;

	(void)err;
	while ((v = vmm_next(h->vms, &pos)) != NULL)
		json_array_append_new(vms,
		    json_pack("{s:s, s:i, s:i, s:b}", "vm_id", v->vm_id, "slot",
			(int)v->state.slot, "pid", (int)v->state.pid, "running",
			v->state.running));
	c->result = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:o}",
	    "version", BANGER_VERSION, "kernel", h->host.kernel, "qemu",
	    h->host.qemu, "firecracker", h->host.firecracker,
	    "firecracker_path", h->cfg.firecracker, "kvm", h->host.kvm,
	    "kvm_device", h->host.kvm_device, "cgroup",
	    cgroup_kind_name(h->host.cgroup), "vms", vms);
	return 0;
}

/* A running VM keeps its tap, and the rules over it. */
int
handlers__not_running(const struct call *c, struct error *err)
{
	const struct vmm *v = vmm_find(c->helper->vms, c->params.vm_id);

	if (v != NULL && v->state.running)
		return rpc_fail(err, RPC_INVALID_STATE, "the VMM runs (pid %d)",
		    (int)v->state.pid);
	return 0;
}

/* A disk that a child of ours has in hand belongs to nobody else. */
static int
handlers__not_in_work(const struct call *c, struct error *err)
{
	if (work_busy(c->helper->works, c->params.vm_id))
		return rpc_fail(err, RPC_VM_BUSY,
		    "the VM's work disk is being written");
	return 0;
}

/* The child with the work disk has ended. */
static void
handlers__worked(void *arg, const struct work_done *done, struct error *failure)
{
	struct call *c = arg;

	if (failure == NULL)
		c->result = json_pack("{s:b, s:I}", "changed", done->changed,
		    "work_mib", (json_int_t)(done->size >> 20));
	dispatch_finish(c, failure);
}

int
handler_work_create(struct call *c, struct error *err)
{
	struct work_done done;
	int r = handlers__not_in_work(c, err);

	if (r == 0)
		r = work_create(c->helper->works, &c->params, &done,
		    handlers__worked, c, err);
	if (r < 0)
		return r;
	if (r == 1)
		return DISPATCH_LATER;
	c->result = json_pack("{s:b, s:I}", "changed", 0, "work_mib",
	    (json_int_t)(done.size >> 20));
	return 0;
}

int
handler_work_seed(struct call *c, struct error *err)
{
	int r = handlers__not_in_work(c, err);

	if (r == 0)
		r = handlers__not_running(c, err);
	if (r == 0)
		r = work_seed(c->helper->works, &c->params, handlers__worked, c,
		    err);
	return r < 0 ? r : DISPATCH_LATER;
}

int
handler_vmm_launch(struct call *c, struct error *err)
{
	struct vmm_launched l;
	int r = handlers__not_in_work(c, err);

	if (r == 0)
		r = vmm_launch(c->helper->vms, &c->params, &l, err);
	if (r < 0)
		return r;
	c->result = json_pack("{s:i, s:s, s:b, s:s, s:s, s:s*, s:s, s:s}",
	    "pid", (int)l.pid, "limits", cgroup_limits_name(l.limits), "work",
	    l.work, "api_socket", l.api_socket, "agent_socket", l.agent_socket,
	    "console_socket", l.console_socket, "console_log", l.console_log,
	    "log_path", l.log_path);
	vmm_launched_done(&l);
	return 0;
}

/* What there is to say of a VM's VMM; owned. */
static json_t *
handlers__status(struct call *c)
{
	const struct vmm *v = vmm_find(c->helper->vms, c->params.vm_id);
	json_t *out = json_pack("{s:b, s:b}", "known", v != NULL, "running",
	    v != NULL && v->state.running);

	if (v != NULL) {
		json_object_set_new(out, "pid", json_integer(v->state.pid));
		handlers__put_end(out, &v->state);
	}
	return out;
}

int
handler_vmm_status(struct call *c, struct error *err)
{
	(void)err;
	c->result = handlers__status(c);
	return 0;
}

/* The VMM has ended, or the wait has. */
static void
handlers__waited(void *arg, bool gone)
{
	struct call *c = arg;

	(void)gone;
	c->result = handlers__status(c);
	dispatch_finish(c, NULL);
}

int
handler_vmm_wait(struct call *c, struct error *err)
{
	struct vmm *v = vmm_find(c->helper->vms, c->params.vm_id);
	int r;

	if (v == NULL || !v->state.running)
		return handler_vmm_status(c, err);
	r = vmm_wait(v, HANDLERS_END_WAIT_NS, handlers__waited, c, err);
	return r < 0 ? r : DISPATCH_LATER;
}

/* The VMM that was killed is gone, or will not go. */
static void
handlers__killed(void *arg, bool gone)
{
	struct error err = ERROR_INIT;
	struct call *c = arg;
	const struct vmm *v = vmm_find(c->helper->vms, c->params.vm_id);

	if (!gone) {
		rpc_fail(&err,
		    c->helper->ending ? RPC_INTERRUPTED : RPC_TIMEOUT,
		    "the VMM was sent SIGKILL and is still there");
		dispatch_finish(c, &err);
		return;
	}
	c->result = json_pack("{s:b, s:b}", "killed", 1, "known", 1);
	if (v != NULL)
		handlers__put_end(c->result, &v->state);
	dispatch_finish(c, NULL);
}

int
handler_vmm_kill(struct call *c, struct error *err)
{
	struct vmm *v = vmm_find(c->helper->vms, c->params.vm_id);
	int r;

	if (v == NULL || !v->state.running) {
		c->result = json_pack("{s:b, s:b}", "killed", 0, "known",
		    v != NULL);
		if (v != NULL)
			handlers__put_end(c->result, &v->state);
		return 0;
	}
	r = vmm_kill(v, err);
	if (r == 0)
		r = vmm_wait(v, HANDLERS_KILL_WAIT_NS, handlers__killed, c,
		    err);
	return r < 0 ? r : DISPATCH_LATER;
}

int
handler_vm_forget(struct call *c, struct error *err)
{
	int r = handlers__not_in_work(c, err);

	if (r == 0)
		r = vmm_forget(c->helper->vms, c->params.vm_id, err);
	if (r < 0)
		return r;
	c->result = json_object();
	return 0;
}
