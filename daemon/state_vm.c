/* SPDX-License-Identifier: ISC */
#include "base/mem.h"
#include "state_int.h"
#include "vm.h"

/* In the order of state_vm_save() and state__vm(). */
#define VM_COLUMNS                                                          \
	"id, name, image_id, image_name, machine, memory_mib, vcpus, slot," \
	" created_ns, state, guest_ip, api_socket, agent_socket, log_path," \
	" console_log, pid, last_error, disk_bytes, cmdline, ports,"        \
	" ssh_key, console_socket, console_from, stopped_ns"

int
state_vm_save(struct state *st, const struct vm *vm, struct error *err)
{
	_state_locked_(st);
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int pos = 1, rc;

	rc = state__prepare(st,
	    "INSERT OR REPLACE INTO vm (" VM_COLUMNS ") VALUES"
	    " (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    &stmt, err);
	if (rc == 0) {
		state__text(stmt, &pos, vm->id);
		state__text(stmt, &pos, vm->name);
		state__text(stmt, &pos, vm->image_id);
		state__text(stmt, &pos, vm->image_name);
		state__text(stmt, &pos, vm->machine);
		state__int(stmt, &pos, vm->memory_mib);
		state__int(stmt, &pos, vm->vcpus);
		state__int(stmt, &pos, vm->slot);
		state__int(stmt, &pos, vm->created_ns);
		state__text(stmt, &pos, vm_state_name(vm->state));
		state__text(stmt, &pos, vm->guest_ip);
		state__text(stmt, &pos, vm->api_socket);
		state__text(stmt, &pos, vm->agent_socket);
		state__text(stmt, &pos, vm->log_path);
		state__text(stmt, &pos, vm->console_log);
		state__int(stmt, &pos, vm->pid);
		state__text(stmt, &pos, vm->last_error);
		state__int(stmt, &pos, vm->disk_bytes);
		state__text(stmt, &pos, vm->cmdline);
		state__text(stmt, &pos, vm->ports);
		state__text(stmt, &pos, vm->ssh_key);
		state__text(stmt, &pos, vm->console_socket);
		state__int(stmt, &pos, vm->console_from);
		state__int(stmt, &pos, vm->stopped_ns);
		rc = state__run_durably(st, stmt, err);
	}
	return rc;
}

int
state_vm_delete(struct state *st, const char *vm_id, struct error *err)
{
	_state_locked_(st);
	int rc;

	/* Its snapshots' files are gone by now. */
	rc = state__delete(st, "DELETE FROM snapshot WHERE vm_id = ?", vm_id,
	    err);
	return rc < 0
	    ? rc
	    : state__delete(st, "DELETE FROM vm WHERE id = ?", vm_id, err);
}

static struct vm *
state__vm(sqlite3_stmt *stmt)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	_cleanup_free_ char *state = NULL;
	int pos = 0;

	vm->id = state__column(stmt, &pos);
	vm->name = state__column(stmt, &pos);
	vm->image_id = state__column(stmt, &pos);
	vm->image_name = state__column(stmt, &pos);
	vm->machine = state__column(stmt, &pos);
	vm->memory_mib = sqlite3_column_int64(stmt, pos++);
	vm->vcpus = sqlite3_column_int64(stmt, pos++);
	vm->slot = sqlite3_column_int64(stmt, pos++);
	vm->created_ns = sqlite3_column_int64(stmt, pos++);
	state = state__column(stmt, &pos);
	vm->state = vm_state_of(state);
	vm->guest_ip = state__column(stmt, &pos);
	vm->api_socket = state__column(stmt, &pos);
	vm->agent_socket = state__column(stmt, &pos);
	vm->log_path = state__column(stmt, &pos);
	vm->console_log = state__column(stmt, &pos);
	vm->pid = sqlite3_column_int64(stmt, pos++);
	vm->last_error = state__column(stmt, &pos);
	vm->disk_bytes = sqlite3_column_int64(stmt, pos++);
	vm->cmdline = state__column(stmt, &pos);
	vm->ports = state__column(stmt, &pos);
	vm->ssh_key = state__column(stmt, &pos);
	vm->console_socket = state__column(stmt, &pos);
	vm->console_from = sqlite3_column_int64(stmt, pos++);
	vm->stopped_ns = sqlite3_column_int64(stmt, pos++);
	return vm;
}

int
state_vm_load(struct state *st, void (*fn)(void *arg, struct vm *vm), void *arg,
    struct error *err)
{
	_cleanup_stmt_ sqlite3_stmt *stmt = NULL;
	int rc;

	rc = state__prepare(st,
	    "SELECT " VM_COLUMNS " FROM vm ORDER BY created_ns", &stmt, err);
	if (rc < 0)
		return rc;
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		fn(arg, state__vm(stmt));
	return rc == SQLITE_DONE ? 0 : state__fail(st, err);
}
