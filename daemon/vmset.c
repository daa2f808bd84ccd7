/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "hosts.h"
#include "op.h"
#include "state.h"
#include "vmset_int.h"
#include "wire/rpc.h"

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
	buf_done(&s->hosts);
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

struct vm *
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

json_t *
vmset_vm_json(struct vmset *s, const struct vm *vm)
{
	json_t *out;

	pthread_mutex_lock(&s->lock);
	out = vm_json(vm);
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
vmset_list_json(struct vmset *s, const struct vm_fields *fields)
{
	_cleanup_free_ struct vm **list = NULL;
	json_t *out = json_array();
	size_t n;

	pthread_mutex_lock(&s->lock);
	list = vmset__sorted(s, &n);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(out,
		    fields != NULL ? vm_json_row(list[i], fields)
				   : vm_json(list[i]));
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

int
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
		*ret = vm_json(vm);
	pthread_mutex_unlock(&s->lock);
	return vm != NULL ? 0 : vmset__not_found(ref, err);
}

int
vmset_slot(struct vmset *s, const char *ref, int64_t *ret, struct error *err)
{
	const struct vm *vm;

	pthread_mutex_lock(&s->lock);
	vm = vmset__find(s, ref);
	if (vm != NULL)
		*ret = vm->slot;
	pthread_mutex_unlock(&s->lock);
	return vm != NULL ? 0 : vmset__not_found(ref, err);
}

bool
vmset_state(struct vmset *s, const char *vm_id, enum vm_state *ret)
{
	const struct vm *vm;

	pthread_mutex_lock(&s->lock);
	vm = map_find(s->by_id, vm_id);
	if (vm != NULL)
		*ret = vm->state;
	pthread_mutex_unlock(&s->lock);
	return vm != NULL;
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

/* ---- names ------------------------------------------------------------------
 */

int
vmset__publish(struct vmset *s, struct error *err)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_free_ struct vm **list = NULL;
	size_t n;
	int rc;

	list = vmset__sorted(s, &n);
	for (size_t i = 0; i < n; i++)
		hosts_line(list[i], &text);
	if (s->published && text.len == s->hosts.len &&
	    memcmp(buf_str(&text), buf_str(&s->hosts), text.len) == 0)
		return 0;
	rc = hosts_write(s->daemon->config.run_dir, &text, err);
	s->published = rc == 0;
	if (rc == 0) {
		buf_reset(&s->hosts);
		buf_put(&s->hosts, buf_str(&text), text.len);
	}
	return rc;
}

int
vmset_publish(struct vmset *s, struct error *err)
{
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = vmset__publish(s, err);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* ---- images ----------------------------------------------------------------
 */

/* Names of the VMs that were made from the image; the lock is held. */
static json_t *
vmset__users(struct vmset *s, const char *image_id)
{
	_cleanup_free_ struct vm **list = NULL;
	json_t *out = json_array();
	size_t n;

	list = vmset__sorted(s, &n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->image_id, image_id) == 0)
			json_array_append_new(out, json_string(list[i]->name));
	return out;
}

json_t *
vmset_users_json(struct vmset *s, const char *image_id)
{
	json_t *out;

	pthread_mutex_lock(&s->lock);
	out = vmset__users(s, image_id);
	pthread_mutex_unlock(&s->lock);
	return out;
}

int
vmset_delete_image(struct vmset *s, const char *image_id, struct error *err)
{
	_cleanup_json_ json_t *list = NULL;
	_cleanup_buf_ struct buf users = BUF_INIT;
	int rc;

	pthread_mutex_lock(&s->lock);
	list = vmset__users(s, image_id);
	for (size_t i = 0; i < json_array_size(list); i++)
		buf_printf(&users, "%s%s", i > 0 ? ", " : "",
		    json_string_value(json_array_get(list, i)));
	rc = users.len > 0
	    ? rpc_fail(err, RPC_INVALID_STATE,
		  "the image is used by %s; delete these VMs first",
		  buf_str(&users))
	    : state_image_delete(s->daemon->state, image_id, err);
	pthread_mutex_unlock(&s->lock);
	return rc;
}
