/* SPDX-License-Identifier: ISC */
#include "vm.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "op.h"
#include "ports.h"
#include "wire/rpc.h"

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

/* ---- what is shown of one --------------------------------------------------
 */

/* An error may carry bytes that are no text. */
static json_t *
vm__text(const char *text)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;
	json_t *value;

	if (text == NULL)
		return json_null();
	value = json_string(text);
	if (value != NULL)
		return value;
	text_escape(&safe, text, strlen(text), false);
	return json_string(buf_str(&safe));
}

static json_t *
vm__time(int64_t ns)
{
	char text[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(ns, text);
	return json_string(text);
}

/* Each field's name and value, in the order in which they are shown. */
#define VM_FIELDS(F)                                                          \
	F(vm_id, vm__text(vm->id))                                            \
	F(name, vm__text(vm->name))                                           \
	F(state, vm__text(vm_state_name(vm->state)))                          \
	F(image_id, vm__text(vm->image_id))                                   \
	F(image_name, vm__text(vm->image_name))                               \
	F(machine, vm__text(vm->machine))                                     \
	F(memory_mib, json_integer(vm->memory_mib))                           \
	F(vcpus, json_integer(vm->vcpus))                                     \
	F(disk_bytes, json_integer(vm->disk_bytes))                           \
	F(cmdline, vm__text(vm->cmdline))                                     \
	F(ports, ports_json(vm->ports))                                       \
	F(ssh_key, vm__text(vm->ssh_key))                                     \
	F(guest_ip, vm__text(vm->guest_ip))                                   \
	F(pid, json_integer(vm->pid))                                         \
	F(created, vm__time(vm->created_ns))                                  \
	F(stopped,                                                            \
	    vm->state == VM_STOPPED ? vm__time(vm->stopped_ns) : json_null()) \
	F(api_socket, vm__text(vm->api_socket))                               \
	F(log_path, vm__text(vm->log_path))                                   \
	F(console_socket, vm__text(vm->console_socket))                       \
	F(console_log, vm__text(vm->console_log))                             \
	F(console_from, json_integer(vm->console_from))                       \
	F(last_error, vm__text(vm->last_error))                               \
	F(busy_with,                                                          \
	    vm->holder != NULL ? json_string(op_id(vm->holder)->text)         \
			       : json_null())

#define VM_FIELD(field, value)                              \
	static json_t *vm__get_##field(const struct vm *vm) \
	{                                                   \
		return value;                               \
	}
VM_FIELDS(VM_FIELD)
#undef VM_FIELD

static const struct {
	const char *name;
	json_t *(*get)(const struct vm *vm);
} vm_fields[] = {
#define VM_FIELD(field, value) { #field, vm__get_##field },
	VM_FIELDS(VM_FIELD)
#undef VM_FIELD
};

json_t *
vm_json(const struct vm *vm)
{
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_LEN(vm_fields); i++)
		json_object_set_new_nocheck(o, vm_fields[i].name,
		    vm_fields[i].get(vm));
	return o;
}

json_t *
vm_json_row(const struct vm *vm, const struct vm_fields *fields)
{
	json_t *row = json_array();

	for (size_t i = 0; i < fields->n; i++)
		json_array_append_new(row, vm_fields[fields->at[i]].get(vm));
	return row;
}

/* The field of that name, or how many there are. */
static size_t
vm__field(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_LEN(vm_fields) &&
	    (name == NULL || strcmp(vm_fields[i].name, name) != 0))
		i++;
	return i;
}

int
vm_fields_read(const json_t *names, struct vm_fields *ret, struct error *err)
{
	struct vm_fields fields = { .n = json_array_size(names) };

	if (!json_is_array(names) || fields.n > VM_FIELDS_MAX)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "fields is a list of up to %d names of a VM's fields",
		    VM_FIELDS_MAX);
	for (size_t i = 0; i < fields.n; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		fields.at[i] = vm__field(name);
		if (fields.at[i] == ARRAY_LEN(vm_fields))
			return rpc_fail(err, RPC_INVALID_ARGUMENT,
			    "a VM has no field %s", name != NULL ? name : "");
	}
	*ret = fields;
	return 0;
}
