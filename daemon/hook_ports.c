/* SPDX-License-Identifier: ISC */
/* Ports of the host that are handed on to the VM. */
#include "hook.h"
#include "op.h"
#include "ports.h"
#include "priv.h"
#include "vm.h"

static bool
ports__are_wanted(const struct life *l)
{
	return l->vm->ports[0] != '\0';
}

static int
ports__apply(struct life *l, struct error *err)
{
	json_t *params = priv_vm_params(l->vm);

	json_object_set_new(params, "ports", ports_numbers(l->vm->ports));
	return priv_call(l->op, "ports.apply", params, NULL, err);
}

static bool
ports__attr(const struct life *l, struct line_attr *ret, char scratch[24])
{
	(void)scratch;
	*ret = (struct line_attr)LINE_S("ports", l->vm->ports);
	return true;
}

static int
ports__remove(struct life *l, struct error *err)
{
	return priv_call(l->op, "ports.remove", priv_vm_params(l->vm), NULL,
	    err);
}

static const struct hook_step ports_prepare[] = {
	{ .stage = "ports_apply",
	    .run = ports__apply,
	    .applies = ports__are_wanted,
	    .extra = ports__attr },
	HOOK_STEPS_END,
};

static const struct hook_step ports_clean[] = {
	{ .stage = "ports_remove",
	    .run = ports__remove,
	    .applies = ports__are_wanted },
	HOOK_STEPS_END,
};

const struct hook hook_ports = {
	.name = "ports",
	.prepare = ports_prepare,
	.clean = ports_clean,
};
