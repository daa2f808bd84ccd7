/* SPDX-License-Identifier: ISC */
/* vm.stats: what the helper reads of a VMM; bangerd may not see it itself. */
#include <stdlib.h>
#include <sys/stat.h>

#include "disk.h"
#include "dispatch.h"
#include "op.h"
#include "priv.h"
#include "vm.h"
#include "vmm.h"
#include "wire/rpc.h"

int
rpc_vm_stats(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	_cleanup_json_ json_t *vm = NULL, *used = NULL;
	_cleanup_free_ char *path = NULL;
	struct stat st;
	int64_t slot;
	const char *ref;
	int rc;

	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = vmset_show_json(d->vms, ref, &vm, err)) < 0 ||
	    (rc = vmset_slot(d->vms, ref, &slot, err)) < 0)
		return rc;
	if (json_integer_value(json_object_get(vm, "pid")) == 0)
		return rpc_fail(err, RPC_INVALID_STATE, "%s is %s, not running",
		    json_string_value(json_object_get(vm, "name")),
		    json_string_value(json_object_get(vm, "state")));
	rc = priv_call(op, "vmm.stats",
	    json_pack("{s:O, s:I}", "vm_id", json_object_get(vm, "vm_id"),
		"slot", (json_int_t)slot),
	    &used, err);
	if (rc < 0)
		return rc;
	json_object_set(result, "vm_id", json_object_get(vm, "vm_id"));
	json_object_set(result, "name", json_object_get(vm, "name"));
	json_object_set(result, "vcpus", json_object_get(vm, "vcpus"));
	json_object_set(result, "memory_mib",
	    json_object_get(vm, "memory_mib"));
	json_object_update(result, used);
	path = disk_path(&d->config,
	    json_string_value(json_object_get(vm, "vm_id")),
	    vmm_of(json_string_value(json_object_get(vm, "machine")))->disk);
	if (lstat(path, &st) == 0)
		json_object_set_new(result, "disk_allocated_bytes",
		    json_integer((json_int_t)st.st_blocks * 512));
	return 0;
}
