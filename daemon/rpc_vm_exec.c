/* SPDX-License-Identifier: ISC */
/* vm.exec: runs a command in the guest through its agent. */
#include <string.h>

#include "agent.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "dispatch.h"
#include "op.h"
#include "vm.h"
#include "vmm.h"
#include "wire/rpc.h"

#define EXEC_REPLY_MAX (RPC_REPLY_MAX - 4096) /* room for what is around it */
#define EXEC_MS_MAX 86400000

/*
 * A guest's output: "stdout" where it is text, else "stdout_base64", so that
 * every byte arrives.
 */
static void
exec__put(json_t *result, const char *key, const struct buf *out)
{
	_cleanup_free_ char *other = NULL;
	_cleanup_buf_ struct buf coded = BUF_INIT;
	json_t *text = NULL;

	/* A NUL is valid in JSON, but our own reader takes no string with it.
	 */
	if (memchr(buf_str(out), '\0', out->len) == NULL)
		text = json_stringn(buf_str(out), out->len);
	if (text != NULL) {
		json_object_set_new(result, key, text);
		return;
	}
	other = xasprintf("%s_base64", key);
	base64_encode(&coded, buf_str(out), out->len);
	json_object_set_new(result, other, json_string(buf_str(&coded)));
}

static int
exec__command(const json_t *params, const json_t **ret, struct error *err)
{
	const json_t *argv = json_object_get(params, "command");
	bool ok = json_array_size(argv) > 0;

	for (size_t i = 0; i < json_array_size(argv); i++)
		ok = ok && json_is_string(json_array_get(argv, i));
	if (!ok)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "parameter command is not a list of strings");
	*ret = argv;
	return 0;
}

/* What the command gets to read; in base64, as the agent takes it. */
static int
exec__input(const json_t *params, const char **ret, struct error *err)
{
	_cleanup_buf_ struct buf plain = BUF_INIT;
	int rc = rpc_param_str_opt(params, "stdin_base64", ret, err);

	if (rc == 0 && *ret != NULL && !base64_decode(&plain, *ret))
		rc = rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "stdin_base64 is no base64");
	return rc;
}

/* Who is in a hurry does not wait longer for the agent either. */
static void
exec__allow(struct op *op, int64_t ns)
{
	op_allow(op, "guest_exec", ns);
	if (ns < config_deadline(&op_daemon(op)->config, "agent_sync"))
		op_allow(op, "agent_sync", ns);
}

/* Talks to the agent; the VM is held. */
static int
exec__run(struct op *op, const struct vm *vm, const json_t *argv,
    const char *input, json_t *result, struct error *err)
{
	struct agent_exit end = { 0, BUF_INIT, BUF_INIT };
	_cleanup_(agent_close) struct agent agent = { .fd = -1 };
	int rc;

	op_stage(op, "agent_sync");
	rc = agent_open(&agent, vm->agent_socket,
	    vmm_of(vm->machine)->agent_port, op_deadline(op), err);
	if (rc == 0)
		rc = agent_sync(&agent, op_deadline(op), err);
	if (rc < 0)
		return rc;
	op_stage(op, "guest_exec");
	rc = agent_exec(&agent, argv, input, op_deadline(op), &end, err);
	if (rc == 0) {
		json_object_set_new(result, "exit_code",
		    json_integer(end.code));
		exec__put(result, "stdout", &end.out);
		exec__put(result, "stderr", &end.err);
		if (json_dumpb(result, NULL, 0, JSON_COMPACT) > EXEC_REPLY_MAX)
			rc = rpc_fail(err, RPC_LIMIT_EXCEEDED,
			    "the command ended with status %lld and wrote more "
			    "than a reply holds; have it write to a file",
			    (long long)end.code);
	}
	buf_done(&end.out);
	buf_done(&end.err);
	return rc;
}

int
rpc_vm_exec(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	int64_t timeout_ms = 0;
	const json_t *argv = NULL;
	const char *ref, *input = NULL;
	struct vm *vm;
	int rc;

	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = exec__command(params, &argv, err)) < 0 ||
	    (rc = exec__input(params, &input, err)) < 0 ||
	    (rc = rpc_param_int_opt(params, "timeout_ms", 1, EXEC_MS_MAX,
		 &timeout_ms, err)) < 0)
		return rc;
	exec__allow(op, timeout_ms * NSEC_PER_MSEC);
	op_stage(op, "vm_lock");
	rc = vmset_acquire(d->vms, ref, op, &vm, err);
	if (rc < 0)
		return rc;
	if (vm->state != VM_RUNNING)
		return rpc_fail(err, RPC_INVALID_STATE, "%s is %s, not running",
		    vm->name, vm_state_name(vm->state));
	return exec__run(op, vm, argv, input, result, err);
}
