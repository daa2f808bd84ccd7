/* SPDX-License-Identifier: ISC */
#include "vm.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "op.h"
#include "state.h"
#include "watch.h"
#include "wire/rpc.h"

static const char *const vm_state_names[VM_STATE_MAX] = {
#define VM_STATE(id, name) [VM_##id] = (name),
#include "vm_states.def"
#undef VM_STATE
};

struct vmset {
	struct daemon *daemon;
	pthread_mutex_t lock;
	struct map *by_id; /* owns the VMs */
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
	free(vm->log_path);
	free(vm->console_log);
	free(vm->last_error);
	free(vm);
	return NULL;
}

static void
vm__free_value(void *vm)
{
	vm_free(vm);
}

struct vmset *
vmset_new(struct daemon *d)
{
	struct vmset *s = xcalloc(1, sizeof(*s));

	s->daemon = d;
	s->by_id = map_new(vm__free_value);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

struct vmset *
vmset_free(struct vmset *s)
{
	if (s == NULL)
		return NULL;
	map_free(s->by_id);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

static void
vmset__load_one(void *arg, struct vm *vm)
{
	struct vmset *s = arg;

	map_put(s->by_id, vm->id, vm);
}

int
vmset_load(struct vmset *s, struct error *err)
{
	return state_vm_load(s->daemon->state, vmset__load_one, s, err);
}

/* ---- looking ---------------------------------------------------------------
 */

/* The VM of that id or name; the lock is held. */
static struct vm *
vmset__find(struct vmset *s, const char *ref)
{
	struct vm *vm = map_find(s->by_id, ref);
	size_t pos = 0;

	if (vm != NULL)
		return vm;
	while ((vm = map_next(s->by_id, &pos, NULL)) != NULL)
		if (strcmp(vm->name, ref) == 0)
			return vm;
	return NULL;
}

static json_t *
vm__json(const struct vm *vm)
{
	char created[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(vm->created_ns, created);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s?, s:I,"
			 " s:s, s:s?, s:s?, s:s?, s:s?, s:s?}",
	    "vm_id", vm->id, "name", vm->name, "state",
	    vm_state_name(vm->state), "image_id", vm->image_id, "image_name",
	    vm->image_name, "machine", vm->machine, "memory_mib",
	    (json_int_t)vm->memory_mib, "vcpus", (json_int_t)vm->vcpus,
	    "guest_ip", vm->guest_ip, "pid", (json_int_t)vm->pid, "created",
	    created, "api_socket", vm->api_socket, "log_path", vm->log_path,
	    "console_log", vm->console_log, "last_error", vm->last_error,
	    "busy_with", vm->holder != NULL ? op_id(vm->holder)->text : NULL);
}

json_t *
vmset_vm_json(struct vmset *s, const struct vm *vm)
{
	json_t *out;

	pthread_mutex_lock(&s->lock);
	out = vm__json(vm);
	pthread_mutex_unlock(&s->lock);
	return out;
}

static int
vm__by_age(const void *a, const void *b)
{
	const struct vm *x = *(struct vm *const *)a,
			*y = *(struct vm *const *)b;

	return (x->created_ns > y->created_ns) -
	    (x->created_ns < y->created_ns);
}

/* All VMs, oldest first; the lock is held, the array is the caller's. */
static struct vm **
vmset__sorted(struct vmset *s, size_t *ret_n)
{
	struct vm **list = xreallocarray(NULL, map_len(s->by_id),
	    sizeof(struct vm *));
	size_t pos = 0, n = 0;
	struct vm *vm;

	while ((vm = map_next(s->by_id, &pos, NULL)) != NULL)
		list[n++] = vm;
	qsort(list, n, sizeof(struct vm *), vm__by_age);
	*ret_n = n;
	return list;
}

json_t *
vmset_list_json(struct vmset *s)
{
	_cleanup_free_ struct vm **list = NULL;
	json_t *out = json_array();
	size_t n;

	pthread_mutex_lock(&s->lock);
	list = vmset__sorted(s, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(out, vm__json(list[i]));
	pthread_mutex_unlock(&s->lock);
	return out;
}

void
vmset_each(struct vmset *s, void (*fn)(void *arg, const char *vm_id), void *arg)
{
	_cleanup_free_ struct vm **list = NULL;
	_cleanup_free_ char **ids = NULL;
	size_t n;

	pthread_mutex_lock(&s->lock);
	list = vmset__sorted(s, &n);
	ids = xreallocarray(NULL, n, sizeof(char *));
	for (size_t i = 0; i < n; i++)
		ids[i] = xstrdup(list[i]->id);
	pthread_mutex_unlock(&s->lock);
	for (size_t i = 0; i < n; i++) {
		fn(arg, ids[i]);
		free(ids[i]);
	}
}

static int
vmset__not_found(const char *ref, struct error *err)
{
	return rpc_fail(err, RPC_NOT_FOUND, "no VM is named %s", ref);
}

int
vmset_show_json(struct vmset *s, const char *ref, json_t **ret,
    struct error *err)
{
	const struct vm *vm;

	pthread_mutex_lock(&s->lock);
	vm = vmset__find(s, ref);
	if (vm != NULL)
		*ret = vm__json(vm);
	pthread_mutex_unlock(&s->lock);
	return vm != NULL ? 0 : vmset__not_found(ref, err);
}

void
vmset_describe(struct vmset *s, const char *ref, struct op *op)
{
	const struct vm *vm;

	pthread_mutex_lock(&s->lock);
	vm = vmset__find(s, ref);
	if (vm != NULL)
		op_subject_vm(op, vm);
	pthread_mutex_unlock(&s->lock);
	if (vm == NULL)
		op_subject(op, FIELD_VM_NAME, ref);
}

/* ---- holding ---------------------------------------------------------------
 */

/* The lowest slot that no VM has, or 0; the lock is held. */
static int64_t
vmset__free_slot(struct vmset *s)
{
	_cleanup_free_ bool *taken = xcalloc(VM_SLOT_MAX + 1, sizeof(bool));
	size_t pos = 0;
	const struct vm *vm;

	while ((vm = map_next(s->by_id, &pos, NULL)) != NULL)
		taken[vm->slot] = true;
	for (int64_t i = 1; i <= VM_SLOT_MAX; i++)
		if (!taken[i])
			return i;
	return 0;
}

int
vmset_add(struct vmset *s, struct vm *vm, struct op *op, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	vm->slot = vmset__free_slot(s);
	if (vmset__find(s, vm->name) != NULL)
		rc = rpc_fail(err, RPC_ALREADY_EXISTS,
		    "a VM named %s exists already", vm->name);
	else if (vm->slot == 0)
		rc = rpc_fail(err, RPC_LIMIT_EXCEEDED,
		    "all %d guest addresses are taken; delete a VM",
		    VM_SLOT_MAX);
	else
		rc = state_vm_save(s->daemon->state, vm, err);
	if (rc == 0) {
		vm->holder = op;
		map_put(s->by_id, vm->id, vm);
	}
	pthread_mutex_unlock(&s->lock);
	if (rc == 0)
		op_set_vm(op, vm);
	return rc;
}

int
vmset_acquire(struct vmset *s, const char *ref, struct op *op, struct vm **ret,
    struct error *err)
{
	struct vm *vm;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	vm = vmset__find(s, ref);
	if (vm == NULL) {
		rc = vmset__not_found(ref, err);
	} else if (vm->holder != NULL) {
		rc = rpc_fail(err, RPC_VM_BUSY,
		    "%s is held by another operation (%s)", vm->name,
		    op_id(vm->holder)->text);
	} else {
		vm->holder = op;
	}
	pthread_mutex_unlock(&s->lock);
	if (rc < 0)
		return rc;
	op_set_vm(op, vm);
	op_subject_vm(op, vm);
	*ret = vm;
	return 0;
}

void
vmset_release(struct vmset *s, struct op *op)
{
	struct vm *vm = op_vm(op);

	if (vm == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	/* The VMM ended while we held the VM: nobody else looks after it. */
	if (vm->gone && vm->state == VM_RUNNING && vm->watch != NULL)
		watch_again(s->daemon, vm);
	vm->gone = false;
	vm->holder = NULL;
	pthread_mutex_unlock(&s->lock);
	op_set_vm(op, NULL);
}

int
vmset_remove(struct vmset *s, struct op *op, struct error *err)
{
	struct vm *vm = op_vm(op);
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = state_vm_delete(s->daemon->state, vm->id, err);
	if (rc == 0) {
		op_set_vm(op, NULL);
		vm_free(map_take(s->by_id, vm->id));
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

void
vmset_change(struct vmset *s)
{
	pthread_mutex_lock(&s->lock);
}

int
vmset_save(struct vmset *s, struct vm *vm, struct error *err)
{
	int rc = state_vm_save(s->daemon->state, vm, err);

	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* What the VM is about to be, as against what it is. */
static bool
vm__is_plan(enum vm_state state)
{
	return state == VM_STARTING || state == VM_STOPPING ||
	    state == VM_DELETING;
}

int
vmset_set_state(struct vmset *s, struct vm *vm, enum vm_state state,
    const char *last_error, struct error *err)
{
	enum vm_state was;
	int rc;

	vmset_change(s);
	was = vm->state;
	vm->state = state;
	xset(&vm->last_error, last_error);
	if (state == VM_STOPPED)
		vm_clear_running(vm);
	rc = state_vm_save(s->daemon->state, vm, err);
	if (rc < 0 && vm__is_plan(state))
		vm->state = was;
	pthread_mutex_unlock(&s->lock);
	return rc;
}

bool
vmset_mark_gone(struct vmset *s, const char *vm_id)
{
	struct vm *vm;
	bool free_to_take = false;

	pthread_mutex_lock(&s->lock);
	vm = map_find(s->by_id, vm_id);
	if (vm != NULL) {
		free_to_take = vm->holder == NULL;
		vm->gone = !free_to_take;
	}
	pthread_mutex_unlock(&s->lock);
	return free_to_take;
}

void
vmset_unwatch(struct vmset *s)
{
	size_t pos = 0;
	struct vm *vm;

	while ((vm = map_next(s->by_id, &pos, NULL)) != NULL)
		watch_end(s->daemon, vm);
}
