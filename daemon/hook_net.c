/* SPDX-License-Identifier: ISC */
/* The VM's network: its tap on the instance's bridge, and its way out. */
#include "base/mem.h"
#include "hook.h"
#include "op.h"
#include "priv.h"
#include "vm.h"
#include "wire/rpc.h"

/* ---- the tap --------------------------------------------------------------
 */

/* The first thing that is made: from here on there is something to clean. */
static int
net__bridge(struct life *l, struct error *err)
{
	int rc = vmset_set_state(l->daemon->vms, l->vm, VM_STARTING, NULL, err);

	if (rc < 0)
		return rc;
	l->dirty = true;
	return priv_call(l->op, "bridge.ensure", NULL, NULL, err);
}

static int
net__tap(struct life *l, struct error *err)
{
	const char *ip;
	int rc = priv_call(l->op, "tap.create", priv_vm_params(l->vm), &l->net,
	    err);

	if (rc == 0)
		rc = rpc_param_str(l->net, "guest_ip", &ip, err);
	if (rc < 0)
		return rc;
	vmset_change(l->daemon->vms);
	xset(&l->vm->guest_ip, ip);
	rc = vmset_save(l->daemon->vms, l->vm, err);
	op_subject(l->op, FIELD_GUEST_IP, ip);
	return rc;
}

static int
net__tap_delete(struct life *l, struct error *err)
{
	return priv_call(l->op, "tap.delete", priv_vm_params(l->vm), NULL, err);
}

static const struct hook_step net_prepare[] = {
	{ .stage = "bridge_ensure", .run = net__bridge },
	{ .stage = "tap_create", .run = net__tap },
	HOOK_STEPS_END,
};

static const struct hook_step net_clean[] = {
	{ .stage = "tap_delete", .run = net__tap_delete },
	HOOK_STEPS_END,
};

const struct hook hook_net = {
	.name = "net",
	.prepare = net_prepare,
	.clean = net_clean,
};

/* ---- the way out ----------------------------------------------------------
 */

static int
nat__apply(struct life *l, struct error *err)
{
	return priv_call(l->op, "nat.apply", priv_vm_params(l->vm), NULL, err);
}

static bool
nat__tap_attr(const struct life *l, struct line_attr *ret, char scratch[24])
{
	const char *tap = json_string_value(json_object_get(l->net, "tap"));

	(void)scratch;
	if (tap != NULL)
		*ret = (struct line_attr)LINE_S("tap", tap);
	return tap != NULL;
}

static int
nat__remove(struct life *l, struct error *err)
{
	return priv_call(l->op, "nat.remove", priv_vm_params(l->vm), NULL, err);
}

static const struct hook_step nat_prepare[] = {
	{ .stage = "nat_apply", .run = nat__apply, .extra = nat__tap_attr },
	HOOK_STEPS_END,
};

static const struct hook_step nat_clean[] = {
	{ .stage = "nat_remove", .run = nat__remove },
	HOOK_STEPS_END,
};

const struct hook hook_nat = {
	.name = "nat",
	.prepare = nat_prepare,
	.clean = nat_clean,
};
