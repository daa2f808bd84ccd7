/* SPDX-License-Identifier: ISC */
#include "vm.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "op.h"
#include "ports.h"

static const char *const vm_state_names[VM_STATE_MAX] = {
#define VM_STATE(id, name) [VM_##id] = (name),
#include "vm_states.def"
#undef VM_STATE
};

const char *
vm_state_name(enum vm_state state)
{
	return vm_state_names[state];
}

enum vm_state
vm_state_of(const char *name)
{
	for (int i = 0; i < VM_STATE_MAX; i++)
		if (strcmp(vm_state_names[i], name) == 0)
			return (enum vm_state)i;
	return VM_UNKNOWN;
}

void
vm_clear_running(struct vm *vm)
{
	xset(&vm->guest_ip, NULL);
	xset(&vm->api_socket, NULL);
	xset(&vm->agent_socket, NULL);
	xset(&vm->console_socket, NULL);
	vm->pid = 0;
}

struct vm *
vm_free(struct vm *vm)
{
	if (vm == NULL)
		return NULL;
	vm_clear_running(vm);
	free(vm->id);
	free(vm->name);
	free(vm->image_id);
	free(vm->image_name);
	free(vm->machine);
	free(vm->cmdline);
	free(vm->ports);
	free(vm->ssh_key);
	free(vm->log_path);
	free(vm->console_log);
	free(vm->last_error);
	free(vm);
	return NULL;
}

json_t *
vm_json(const struct vm *vm)
{
	char created[CLOCK_RFC3339_MAX], stopped[CLOCK_RFC3339_MAX];
	json_t *o, *more;

	clock_format_rfc3339(vm->created_ns, created);
	clock_format_rfc3339(vm->stopped_ns, stopped);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:o,"
		      " s:s}",
	    "vm_id", vm->id, "name", vm->name, "state",
	    vm_state_name(vm->state), "image_id", vm->image_id, "image_name",
	    vm->image_name, "machine", vm->machine, "memory_mib",
	    (json_int_t)vm->memory_mib, "vcpus", (json_int_t)vm->vcpus,
	    "disk_bytes", (json_int_t)vm->disk_bytes, "cmdline", vm->cmdline,
	    "ports", ports_json(vm->ports), "ssh_key", vm->ssh_key);
	more = json_pack("{s:s?, s:I, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:I,"
			 " s:s?, s:s?}",
	    "guest_ip", vm->guest_ip, "pid", (json_int_t)vm->pid, "created",
	    created, "stopped", vm->state == VM_STOPPED ? stopped : NULL,
	    "api_socket", vm->api_socket, "log_path", vm->log_path,
	    "console_socket", vm->console_socket, "console_log",
	    vm->console_log, "console_from", (json_int_t)vm->console_from,
	    "last_error", vm->last_error, "busy_with",
	    vm->holder != NULL ? op_id(vm->holder)->text : NULL);
	json_object_update(o, more);
	json_decref(more);
	return o;
}
