/* SPDX-License-Identifier: ISC */
/*
 * vm.start: the stages in the order of the table below.  A step that fails
 * ends the operation in its stage; what the earlier ones made is taken away
 * again.  A new stage is one function and one row.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "dispatch.h"
#include "image.h"
#include "op.h"
#include "priv.h"
#include "state.h"
#include "teardown.h"
#include "vm.h"
#include "vmm.h"
#include "watch.h"
#include "wire/rpc.h"

#define START_READY_MS 60000
#define START_READY_MS_MAX 3600000
#define START_HANDSHAKE_NS (10 * NSEC_PER_SEC)
#define START_AGENT_TRY_NS (250 * NSEC_PER_MSEC)
#define START_KEY_NS (10 * NSEC_PER_SEC)
#define START_PAUSE_NS (10 * NSEC_PER_MSEC)

struct start {
	struct op *op;
	struct daemon *daemon;
	const json_t *params;
	const char *ref; /* the VM as it was asked for */
	int64_t ready_ms;
	struct vm *vm;
	struct image *image;
	json_t *net;  /* what tap.create said */
	bool dirty;   /* something was made that a failure must take away */
	bool may_run; /* a VMM was asked for */
};

static int
start__validate(struct start *s, struct error *err)
{
	int rc = rpc_param_str(s->params, "vm", &s->ref, err);

	if (rc == 0)
		rc = rpc_param_int_opt(s->params, "timeout_ms", 1,
		    START_READY_MS_MAX, &s->ready_ms, err);
	return rc;
}

static int
start__lock(struct start *s, struct error *err)
{
	int rc = vmset_acquire(s->daemon->vms, s->ref, s->op, &s->vm, err);

	if (rc < 0)
		return rc;
	if (s->vm->state != VM_STOPPED)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s is %s; only a stopped VM can be started", s->vm->name,
		    vm_state_name(s->vm->state));
	return 0;
}

static int
start__image(struct start *s, struct error *err)
{
	int rc = state_image_find(s->daemon->state, s->vm->image_id, &s->image,
	    err);

	if (rc > 0)
		return rpc_fail(err, RPC_NOT_FOUND,
		    "the image %s of this VM is not there any more",
		    s->vm->image_name);
	return rc;
}

static int
start__disk(struct start *s, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/vm/%s/disk.qcow2",
	    s->daemon->config.state_dir, s->vm->id);
	struct stat st;

	if (lstat(path, &st) < 0)
		return error_errno(err, errno, "the VM's disk %s", path);
	return 0;
}

static int
start__bridge(struct start *s, struct error *err)
{
	int rc = vmset_set_state(s->daemon->vms, s->vm, VM_STARTING, NULL, err);

	if (rc < 0)
		return rc;
	s->dirty = true;
	return priv_call(s->op, "bridge.ensure", NULL, NULL, err);
}

static int
start__tap(struct start *s, struct error *err)
{
	const char *ip;
	int rc = priv_call(s->op, "tap.create", priv_vm_params(s->vm), &s->net,
	    err);

	if (rc == 0)
		rc = rpc_param_str(s->net, "guest_ip", &ip, err);
	if (rc < 0)
		return rc;
	vmset_change(s->daemon->vms);
	xset(&s->vm->guest_ip, ip);
	rc = vmset_save(s->daemon->vms, s->vm, err);
	op_subject(s->op, FIELD_GUEST_IP, ip);
	return rc;
}

static int
start__nat(struct start *s, struct error *err)
{
	return priv_call(s->op, "nat.apply", priv_vm_params(s->vm), NULL, err);
}

/* The kernel's arguments: the image's, and who the guest is. */
static char *
start__cmdline(const struct start *s)
{
	const char *gateway = json_string_value(
	    json_object_get(s->net, "gateway"));
	struct buf line = BUF_INIT;

	buf_puts(&line, s->image->cmdline);
	if (s->vm->cmdline[0] != '\0')
		buf_printf(&line, " %s", s->vm->cmdline);
	buf_printf(&line, " banger.ip=%s/%d banger.gw=%s banger.host=%s",
	    s->vm->guest_ip,
	    (int)json_integer_value(json_object_get(s->net, "prefix")),
	    gateway != NULL ? gateway : "", s->vm->name);
	return buf_steal(&line);
}

/* Takes the paths that the helper gave; the caller holds the VM. */
static int
start__launched(struct start *s, const json_t *reply, struct error *err)
{
	const char *api, *agent, *console, *socket, *log;
	struct stat st;
	int64_t pid;
	int rc;

	if ((rc = rpc_param_str(reply, "api_socket", &api, err)) < 0 ||
	    (rc = rpc_param_str(reply, "agent_socket", &agent, err)) < 0 ||
	    (rc = rpc_param_str(reply, "console_log", &console, err)) < 0 ||
	    (rc = rpc_param_str(reply, "console_socket", &socket, err)) < 0 ||
	    (rc = rpc_param_str(reply, "log_path", &log, err)) < 0 ||
	    (rc = rpc_param_int(reply, "pid", 1, INT32_MAX, &pid, err)) < 0)
		return rc;
	vmset_change(s->daemon->vms);
	xset(&s->vm->api_socket, api);
	xset(&s->vm->agent_socket, agent);
	xset(&s->vm->console_log, console);
	xset(&s->vm->console_socket, socket);
	/* The guest does not run yet: what is there is of earlier starts. */
	s->vm->console_from = stat(console, &st) == 0 ? st.st_size : 0;
	xset(&s->vm->log_path, log);
	s->vm->pid = pid;
	s->vm->gone = false;
	op_subject_vm(s->op, s->vm);
	return vmset_save(s->daemon->vms, s->vm, err);
}

static int
start__spawn(struct start *s, struct error *err)
{
	_cleanup_free_ char *cmdline = start__cmdline(s);
	_cleanup_json_ json_t *reply = NULL;
	json_t *params = priv_vm_params(s->vm), *more;
	int rc;

	more = json_pack("{s:s, s:s, s:I, s:I, s:s}", "image_id",
	    s->vm->image_id, "machine", s->vm->machine, "memory_mib",
	    (json_int_t)s->vm->memory_mib, "vcpus", (json_int_t)s->vm->vcpus,
	    "cmdline", cmdline);
	json_object_update(params, more);
	json_decref(more);
	s->may_run = true;
	rc = priv_call(s->op, "vmm.launch", params, &reply, err);
	return rc < 0 ? rc : start__launched(s, reply, err);
}

/* Says how the VMM ended when that is why a step failed. */
static int
start__vmm_failed(struct start *s, int rc, struct error *err)
{
	char how[TEARDOWN_HOW_MAX];

	if (rc == -EPIPE || rc == -ECONNREFUSED || rc == -ECONNRESET) {
		teardown_how_ended(s->op, s->vm, how);
		rc = rpc_fail(err, RPC_OPERATION_FAILED, "%s", how);
	}
	error_hint(err, "inspect %s", s->vm->log_path);
	return rc;
}

static int
start__handshake(struct start *s, struct error *err)
{
	int rc = vmm_qemu.open(s->vm->api_socket,
	    clock_mono_ns() + START_HANDSHAKE_NS, &s->vm->vmm, err);

	return rc < 0 ? start__vmm_failed(s, rc, err) : 0;
}

static int
start__boot(struct start *s, struct error *err)
{
	int rc = s->vm->vmm->ops->boot(s->vm->vmm,
	    clock_mono_ns() + START_HANDSHAKE_NS, err);

	return rc < 0 ? start__vmm_failed(s, rc, err) : 0;
}

/* Waits for the agent's first answer, and looks whether the VMM still lives. */
static int
start__ready(struct start *s, struct error *err)
{
	int64_t deadline = clock_mono_ns() + s->ready_ms * NSEC_PER_MSEC;
	_cleanup_(agent_close) struct agent agent;
	char how[TEARDOWN_HOW_MAX];
	int rc = agent_open(&agent, s->vm->agent_socket, deadline, err);

	while (rc == 0) {
		if (agent_sync(&agent, clock_mono_ns() + START_AGENT_TRY_NS,
			NULL) == 0)
			return 0;
		/* A sync may fail at once: this is also the pause between. */
		if (s->vm->vmm->ops->wait_end(s->vm->vmm,
			clock_mono_ns() + START_PAUSE_NS, NULL) == 0) {
			teardown_how_ended(s->op, s->vm, how);
			rc = rpc_fail(err, RPC_OPERATION_FAILED,
			    "%s before the guest was ready", how);
		} else if (clock_mono_ns() >= deadline) {
			rc = rpc_fail(err, RPC_TIMEOUT,
			    "the guest agent did not answer within %lld ms",
			    (long long)s->ready_ms);
		}
	}
	error_hint(err, "inspect %s", s->vm->console_log);
	return rc;
}

/* The guest's agent puts the VM's key into root's authorized_keys. */
static int
start__ssh_key(struct start *s, struct error *err)
{
	int64_t deadline = clock_mono_ns() + START_KEY_NS;
	_cleanup_(agent_close) struct agent agent = { .fd = -1 };
	int rc;

	rc = agent_open(&agent, s->vm->agent_socket, deadline, err);
	if (rc == 0)
		rc = agent_sync(&agent, deadline, err);
	if (rc == 0)
		rc = agent_execute(&agent, "guest-ssh-add-authorized-keys",
		    json_pack("{s:s, s:[s]}", "username", "root", "keys",
			s->vm->ssh_key),
		    deadline, NULL, err);
	if (rc < 0)
		error_hint(err,
		    "take the key away with banger set %s "
		    "--ssh-key '' where the image knows none",
		    s->vm->name);
	return rc;
}

static bool
start__has_key(const struct start *s)
{
	return s->vm->ssh_key[0] != '\0';
}

static int
start__persist(struct start *s, struct error *err)
{
	int rc = vmset_set_state(s->daemon->vms, s->vm, VM_RUNNING, NULL, err);

	if (rc == 0)
		watch_start(s->daemon, s->vm);
	return rc;
}

static const struct {
	const char *stage;
	int (*run)(struct start *s, struct error *err);
	bool (*wanted)(const struct start *s); /* NULL: always */
} start_steps[] = {
	{ "validate", start__validate, NULL },
	{ "vm_lock", start__lock, NULL },
	{ "image_resolve", start__image, NULL },
	{ "disk_check", start__disk, NULL },
	{ "bridge_ensure", start__bridge, NULL },
	{ "tap_create", start__tap, NULL },
	{ "nat_apply", start__nat, NULL },
	{ "vmm_spawn", start__spawn, NULL },
	{ "vmm_handshake", start__handshake, NULL },
	{ "vmm_boot", start__boot, NULL },
	{ "guest_wait", start__ready, NULL },
	{ "ssh_key", start__ssh_key, start__has_key },
	{ "state_persist", start__persist, NULL },
};

/* Marks the stage, with what the one before has found out. */
static void
start__mark(struct start *s, const char *stage)
{
	const char *tap = json_string_value(json_object_get(s->net, "tap"));
	char pid[24];

	if (strcmp(stage, "nat_apply") == 0 && tap != NULL) {
		op_stage_with(s->op, stage,
		    &(struct line_attr)LINE_S("tap", tap), 1);
	} else if (strcmp(stage, "vmm_handshake") == 0) {
		snprintf(pid, sizeof(pid), "%lld", (long long)s->vm->pid);
		op_stage_with(s->op, stage,
		    &(struct line_attr)LINE_T("vmm_pid", pid), 1);
	} else {
		op_stage(s->op, stage);
	}
}

int
rpc_vm_start(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct start s = { .op = op,
		.daemon = op_daemon(op),
		.params = params,
		.ready_ms = START_READY_MS };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(start_steps); i++) {
		if (start_steps[i].wanted != NULL && !start_steps[i].wanted(&s))
			continue;
		start__mark(&s, start_steps[i].stage);
		rc = start_steps[i].run(&s, err);
	}
	if (rc < 0 && s.dirty)
		teardown_quietly(op, s.vm, s.may_run, err->text);
	if (rc == 0)
		json_object_set_new(result, "vm",
		    vmset_vm_json(s.daemon->vms, s.vm));
	image_free(s.image);
	json_decref(s.net);
	return rc;
}
