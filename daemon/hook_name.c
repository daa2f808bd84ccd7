/* SPDX-License-Identifier: ISC */
/*
 * The VM's name in the host's own hosts file, where the helper's configuration
 * names one.  It goes with the tap (tap.delete).
 */
#include "hook.h"
#include "op.h"
#include "priv.h"
#include "vm.h"

static bool
name__is_wanted(const struct life *l)
{
	return json_is_true(json_object_get(l->net, "names"));
}

static int
name__apply(struct life *l, struct error *err)
{
	json_t *params = priv_vm_params(l->vm);

	json_object_set_new(params, "hostname", json_string(l->vm->name));
	return priv_call(l->op, "name.apply", params, NULL, err);
}

static const struct hook_step name_prepare[] = {
	{ .stage = "name_apply",
	    .run = name__apply,
	    .applies = name__is_wanted },
	HOOK_STEPS_END,
};

const struct hook hook_name = {
	.name = "name",
	.prepare = name_prepare,
};
