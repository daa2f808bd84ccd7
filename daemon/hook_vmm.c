/* SPDX-License-Identifier: ISC */
/* The VMM itself: started by the helper, spoken to through its back end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/wait.h"
#include "dns.h"
#include "hook.h"
#include "image.h"
#include "op.h"
#include "priv.h"
#include "teardown.h"
#include "vm.h"
#include "vmm.h"
#include "watch.h"
#include "wire/rpc.h"

#define VMM_PAUSE_NS (2 * NSEC_PER_MSEC)

/* ---- starting -------------------------------------------------------------
 */

/* The host's name servers, unless image or VM name others. */
static void
vmm__put_dns(const struct life *l, struct buf *line)
{
	static const char word[] = "banger.dns=";
	_cleanup_buf_ struct buf dns = BUF_INIT;

	if (strstr(l->image->cmdline, word) == NULL &&
	    strstr(l->vm->cmdline, word) == NULL && dns_of_host(&dns) > 0)
		buf_printf(line, " %s%s", word, buf_str(&dns));
}

/* The kernel's arguments: the image's, the VM's, and who the guest is. */
static char *
vmm__cmdline(const struct life *l)
{
	const char *gateway = json_string_value(
	    json_object_get(l->net, "gateway"));
	struct buf line = BUF_INIT;

	buf_puts(&line, l->image->cmdline);
	if (l->vm->cmdline[0] != '\0')
		buf_printf(&line, " %s", l->vm->cmdline);
	buf_printf(&line, " banger.ip=%s/%d banger.gw=%s banger.host=%s",
	    l->vm->guest_ip,
	    (int)json_integer_value(json_object_get(l->net, "prefix")),
	    gateway != NULL ? gateway : "", l->vm->name);
	vmm__put_dns(l, &line);
	return buf_steal(&line);
}

/* Takes the paths that the helper gave. */
static int
vmm__launched(struct life *l, const json_t *reply, struct error *err)
{
	const char *api, *agent, *console, *socket = NULL, *log;
	struct stat st;
	int64_t pid;
	int rc;

	if ((rc = rpc_param_str(reply, "api_socket", &api, err)) < 0 ||
	    (rc = rpc_param_str(reply, "agent_socket", &agent, err)) < 0 ||
	    (rc = rpc_param_str(reply, "console_log", &console, err)) < 0 ||
	    (rc = rpc_param_str_opt(reply, "console_socket", &socket, err)) <
		0 ||
	    (rc = rpc_param_str(reply, "log_path", &log, err)) < 0 ||
	    (rc = rpc_param_int(reply, "pid", 1, INT32_MAX, &pid, err)) < 0)
		return rc;
	l->work = json_is_true(json_object_get(reply, "work"));
	vmset_change(l->daemon->vms);
	xset(&l->vm->api_socket, api);
	xset(&l->vm->agent_socket, agent);
	xset(&l->vm->console_log, console);
	xset(&l->vm->console_socket, socket);
	/* The guest does not run yet: what is there is of earlier starts. */
	l->vm->console_from = stat(console, &st) == 0 ? st.st_size : 0;
	xset(&l->vm->log_path, log);
	l->vm->pid = pid;
	l->vm->gone = false;
	op_subject_vm(l->op, l->vm);
	return vmset_save(l->daemon->vms, l->vm, err);
}

static int
vmm__spawn(struct life *l, struct error *err)
{
	_cleanup_free_ char *cmdline = vmm__cmdline(l);
	_cleanup_json_ json_t *reply = NULL;
	json_t *params = priv_vm_params(l->vm), *more;
	int rc;

	more = json_pack("{s:s, s:s, s:I, s:I, s:s}", "image_id",
	    l->vm->image_id, "machine", l->vm->machine, "memory_mib",
	    (json_int_t)l->vm->memory_mib, "vcpus", (json_int_t)l->vm->vcpus,
	    "cmdline", cmdline);
	json_object_update(params, more);
	json_decref(more);
	l->may_run = true;
	rc = priv_call(l->op, "vmm.launch", params, &reply, err);
	return rc < 0 ? rc : vmm__launched(l, reply, err);
}

/* Says how the VMM ended when that is why a step failed. */
static int
vmm__failed(struct life *l, int rc, struct error *err)
{
	char how[TEARDOWN_HOW_MAX];

	if (rc == -EPIPE || rc == -ECONNREFUSED || rc == -ECONNRESET ||
	    rc == -ENOENT) {
		teardown_how_ended(l->op, l->vm, how);
		rc = rpc_fail(err, RPC_OPERATION_FAILED, "%s", how);
	}
	error_hint(err, "inspect %s", l->vm->log_path);
	return rc;
}

/* The process that the helper started is another user's: EPERM says that it is
 * there. */
static bool
vmm__is_there(const struct vm *vm)
{
	return kill((pid_t)vm->pid, 0) == 0 || errno != ESRCH;
}

/* One that binds its socket itself may not have come to that yet. */
static int
vmm__handshake(struct life *l, struct error *err)
{
	const struct vmm_ops *ops = vmm_of(l->vm->machine);
	bool again;
	int rc;

	do {
		again = ops->binds && vmm__is_there(l->vm);
		rc = ops->open(l->vm->api_socket, op_deadline(l->op),
		    &l->vm->vmm, err);
		again = again && (rc == -ENOENT || rc == -ECONNREFUSED);
		if (again)
			rc = wait_until(clock_mono_ns() + VMM_PAUSE_NS, err);
	} while (again && rc == 0);
	return rc < 0 ? vmm__failed(l, rc, err) : 0;
}

static bool
vmm__pid_attr(const struct life *l, struct line_attr *ret, char scratch[24])
{
	snprintf(scratch, 24, "%lld", (long long)l->vm->pid);
	*ret = (struct line_attr)LINE_T("vmm_pid", scratch);
	return true;
}

static bool
vmm__is_told(const struct life *l)
{
	return l->vm->vmm->ops->configure != NULL;
}

static int
vmm__configure(struct life *l, struct error *err)
{
	_cleanup_free_ char *cmdline = vmm__cmdline(l);
	const struct vmm_config config = { .memory_mib = l->vm->memory_mib,
		.vcpus = l->vm->vcpus,
		.cmdline = cmdline,
		.tap = json_string_value(json_object_get(l->net, "tap")),
		.mac = json_string_value(json_object_get(l->net, "mac")),
		.initrd = l->image->has_initrd,
		.work = l->work };
	int rc = l->vm->vmm->ops->configure(l->vm->vmm, &config,
	    op_deadline(l->op), err);

	return rc < 0 ? vmm__failed(l, rc, err) : 0;
}

static int
vmm__boot(struct life *l, struct error *err)
{
	int rc = l->vm->vmm->ops->boot(l->vm->vmm, op_deadline(l->op), err);

	return rc < 0 ? vmm__failed(l, rc, err) : 0;
}

static const struct hook_step vmm_start[] = {
	{ .stage = "vmm_spawn", .run = vmm__spawn },
	{ .stage = "vmm_handshake",
	    .run = vmm__handshake,
	    .extra = vmm__pid_attr },
	{ .stage = "vmm_configure",
	    .run = vmm__configure,
	    .applies = vmm__is_told },
	{ .stage = "vmm_boot", .run = vmm__boot },
	HOOK_STEPS_END,
};

/* ---- ending ---------------------------------------------------------------
 */

static bool
vmm__can_quit(const struct life *l)
{
	return l->vm->vmm != NULL;
}

/* Whatever goes wrong, the next means is due. */
static int
vmm__quit(struct life *l, struct error *err)
{
	int64_t deadline = op_deadline(l->op);
	int rc = l->vm->vmm->ops->quit(l->vm->vmm, deadline, NULL);

	(void)err;
	l->how = "quit";
	/* The VMM may be gone before it has answered. */
	if (rc == 0 || rc == -EPIPE)
		l->ended = l->vm->vmm->ops->wait_end(l->vm->vmm, deadline,
			       NULL) == 0;
	return 0;
}

static bool
vmm__runs_on(const struct life *l)
{
	return !l->ended;
}

static int
vmm__kill(struct life *l, struct error *err)
{
	op_shield(l->op);
	l->how = "kill";
	return priv_call(l->op, "vmm.kill",
	    json_pack("{s:s}", "vm_id", l->vm->id), NULL, err);
}

static const struct hook_step vmm_stop[] = {
	{ .stage = "vmm_quit", .run = vmm__quit, .applies = vmm__can_quit },
	{ .stage = "vmm_kill", .run = vmm__kill, .applies = vmm__runs_on },
	HOOK_STEPS_END,
};

/*
 * Waits for the end of a VMM that has closed its monitor, or is about to, and
 * kills one that does not come to it.
 */
static int
vmm__reap(struct life *l, struct error *err)
{
	_cleanup_json_ json_t *status = NULL;
	int rc = 0;

	watch_end(l->daemon, l->vm);
	if (!l->quiet) {
		rc = priv_call(l->op, "vmm.wait",
		    json_pack("{s:s}", "vm_id", l->vm->id), &status, err);
		if (rc < 0 || !json_is_true(json_object_get(status, "running")))
			return rc;
	}
	rc = priv_call(l->op, "vmm.kill",
	    json_pack("{s:s}", "vm_id", l->vm->id), NULL, err);
	if (rc == 0)
		l->may_run = false;
	return rc;
}

static const struct hook_step vmm_clean[] = {
	{ .stage = "vmm_reap", .run = vmm__reap },
	HOOK_STEPS_END,
};

const struct hook hook_vmm = {
	.name = "vmm",
	.start = vmm_start,
	.stop = vmm_stop,
	.clean = vmm_clean,
};
