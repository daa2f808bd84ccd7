/* SPDX-License-Identifier: ISC */
/* The guest's agent: it says that the guest is there, and shuts it down. */
#include <errno.h>

#include "agent.h"
#include "base/clock.h"
#include "base/wait.h"
#include "hook.h"
#include "op.h"
#include "teardown.h"
#include "vm.h"
#include "vmm.h"
#include "wire/rpc.h"

#define AGENT_TRY_NS (250 * NSEC_PER_MSEC)
#define AGENT_PAUSE_NS (10 * NSEC_PER_MSEC)
#define AGENT_ASK_NS (3 * NSEC_PER_SEC)

static unsigned
agent__port(const struct life *l)
{
	return vmm_of(l->vm->machine)->agent_port;
}

static int
agent__open(const struct life *l, struct agent *agent, int64_t deadline_ns,
    struct error *err)
{
	return agent_open(agent, l->vm->agent_socket, agent__port(l),
	    deadline_ns, err);
}

/*
 * One try.  A vsock has to be asked anew each time: it hangs up as long as
 * nobody listens in the guest.
 */
static bool
agent__answers(const struct life *l, struct agent *agent)
{
	int64_t until = clock_mono_ns() + AGENT_TRY_NS;

	if (agent__port(l) != 0) {
		agent_close(agent);
		if (agent__open(l, agent, until, NULL) < 0)
			return false;
	}
	return agent_sync(agent, until, NULL) == 0;
}

/* Waits for the agent's first answer, and looks whether the VMM still lives. */
static int
agent__ready(struct life *l, struct error *err)
{
	_cleanup_(agent_close) struct agent agent = { .fd = -1 };
	char how[TEARDOWN_HOW_MAX];
	int rc = 0;

	if (agent__port(l) == 0)
		rc = agent__open(l, &agent, op_deadline(l->op), err);
	while (rc == 0 && (rc = wait_check(err)) == 0) {
		if (agent__answers(l, &agent))
			return 0;
		/* A sync may fail at once: this is also the pause between. */
		if (l->vm->vmm->ops->wait_end(l->vm->vmm,
			clock_mono_ns() + AGENT_PAUSE_NS, NULL) == 0) {
			teardown_how_ended(l->op, l->vm, how);
			rc = rpc_fail(err, RPC_OPERATION_FAILED,
			    "%s before the guest was ready", how);
		}
	}
	if (rc == -ETIME)
		error_set(err, rc, "the guest agent did not answer");
	error_hint(err, "inspect %s", l->vm->console_log);
	return rc;
}

static bool
agent__is_awaited(const struct life *l)
{
	return !l->no_ready;
}

static bool
agent__has_key(const struct life *l)
{
	return l->vm->ssh_key[0] != '\0' && !l->no_ready;
}

/* Puts the VM's key into root's authorized_keys. */
static int
agent__ssh_key(struct life *l, struct error *err)
{
	int64_t deadline = op_deadline(l->op);
	_cleanup_(agent_close) struct agent agent = { .fd = -1 };
	int rc = agent__open(l, &agent, deadline, err);

	if (rc == 0)
		rc = agent_sync(&agent, deadline, err);
	if (rc == 0)
		rc = agent_execute(&agent, "guest-ssh-add-authorized-keys",
		    json_pack("{s:s, s:[s]}", "username", "root", "keys",
			l->vm->ssh_key),
		    deadline, NULL, err);
	if (rc < 0)
		error_hint(err,
		    "take the key away with banger set %s --ssh-key '' where "
		    "the image knows none",
		    l->vm->name);
	return rc;
}

static const struct hook_step agent_start[] = {
	{ .stage = "guest_wait",
	    .run = agent__ready,
	    .applies = agent__is_awaited },
	{ .stage = "ssh_key",
	    .run = agent__ssh_key,
	    .applies = agent__has_key },
	HOOK_STEPS_END,
};

static bool
agent__can_ask(const struct life *l)
{
	return l->vm->vmm != NULL && !l->force;
}

/* Whatever goes wrong, the next means is due. */
static int
agent__shutdown(struct life *l, struct error *err)
{
	int64_t deadline = op_deadline(l->op);
	int64_t ask = clock_mono_ns() + AGENT_ASK_NS;
	_cleanup_(agent_close) struct agent agent = { .fd = -1 };

	(void)err;
	l->how = "guest";
	if (agent__open(l, &agent, ask, NULL) == 0 &&
	    agent_sync(&agent, ask, NULL) == 0 &&
	    agent_send(&agent, "guest-shutdown",
		json_pack("{s:s}", "mode", vmm_of(l->vm->machine)->shutdown),
		ask, NULL) == 0)
		l->ended = l->vm->vmm->ops->wait_end(l->vm->vmm, deadline,
			       NULL) == 0;
	return 0;
}

static const struct hook_step agent_stop[] = {
	{ .stage = "guest_shutdown",
	    .run = agent__shutdown,
	    .applies = agent__can_ask },
	HOOK_STEPS_END,
};

const struct hook hook_agent = {
	.name = "agent",
	.start = agent_start,
	.stop = agent_stop,
};
