/* SPDX-License-Identifier: ISC */
/* snapshot.create, .list, .restore and .delete; snapshot.h says how. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "disk.h"
#include "dispatch.h"
#include "op.h"
#include "snapshot.h"
#include "state.h"
#include "vm.h"
#include "vmm.h"
#include "wire/rpc.h"

#define SNAPSHOT_NAME_MAX 32

/* Reads "vm" and "name", and takes the VM, which must be stopped. */
static int
snapshot__begin(struct op *op, const json_t *params, struct vm **ret_vm,
    const char **ret_name, struct error *err)
{
	const char *ref;
	int rc;

	op_stage(op, "validate");
	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = rpc_param_str(params, "name", ret_name, err)) < 0)
		return rc;
	if (!text_is_name(*ret_name, "abcdefghijklmnopqrstuvwxyz0123456789-",
		SNAPSHOT_NAME_MAX) ||
	    (*ret_name)[0] == '-')
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "a snapshot's name is 1 to %d of a-z, 0-9 and -, not "
		    "beginning with -",
		    SNAPSHOT_NAME_MAX);
	op_stage(op, "vm_lock");
	return vmset_acquire_stopped(op_daemon(op)->vms, ref, op, ret_vm, err);
}

/* The disk's name of that VM; its snapshots end the same way. */
static const char *
snapshot__disk(const struct vm *vm)
{
	return vmm_of(vm->machine)->disk;
}

static char *
snapshot__file(const struct vm *vm, const struct snapshot *s)
{
	return xasprintf("%s%s", s->id, strrchr(snapshot__disk(vm), '.'));
}

/* As snapshot__begin(), of a snapshot that is there; and its file's name. */
static int
snapshot__begin_of(struct op *op, const json_t *params, struct vm **ret_vm,
    struct snapshot **ret, char **ret_file, struct error *err)
{
	const char *name;
	int rc = snapshot__begin(op, params, ret_vm, &name, err);

	if (rc == 0)
		rc = snapshot_find(op_daemon(op), (*ret_vm)->id, name, ret,
		    err);
	if (rc == 0)
		*ret_file = snapshot__file(*ret_vm, *ret);
	return rc;
}

/* Copies and records; on failure neither is left. */
static int
snapshot__make(struct op *op, const struct vm *vm, struct snapshot *s,
    struct error *err)
{
	const struct config *config = &op_daemon(op)->config;
	_cleanup_free_ char *file = snapshot__file(vm, s);
	_cleanup_free_ char *path = disk_path(config, s->vm_id, file);
	int rc;

	op_stage(op, "disk_copy");
	rc = disk_copy(config, vm->id, snapshot__disk(vm), file, &s->bytes,
	    err);
	if (rc == 0)
		rc = op_check(op, err);
	if (rc == 0) {
		op_stage(op, "state_persist");
		rc = state_snapshot_save(op_daemon(op)->state, s, err);
	}
	if (rc < 0)
		unlink(path);
	return rc;
}

int
rpc_snapshot_create(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(snapshot_freep) struct snapshot *s = NULL, *other = NULL;
	struct daemon *d = op_daemon(op);
	char id[16] = "snap-";
	const char *name;
	struct vm *vm;
	int rc;

	rc = snapshot__begin(op, params, &vm, &name, err);
	if (rc < 0)
		return rc;
	if (snapshot_find(d, vm->id, name, &other, NULL) == 0)
		return rpc_fail(err, RPC_ALREADY_EXISTS,
		    "%s has a snapshot named %s already", vm->name, name);
	opid_random_hex(id + 5, 4);
	s = xcalloc(1, sizeof(*s));
	s->id = xstrdup(id);
	s->vm_id = xstrdup(vm->id);
	s->name = xstrdup(name);
	s->created_ns = clock_real_ns();
	rc = snapshot__make(op, vm, s, err);
	if (rc == 0)
		json_object_set_new(result, "snapshot", snapshot_json(s));
	return rc;
}

int
rpc_snapshot_restore(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(snapshot_freep) struct snapshot *s = NULL;
	_cleanup_free_ char *file = NULL;
	struct daemon *d = op_daemon(op);
	struct vm *vm;
	int64_t bytes;
	int rc;

	rc = snapshot__begin_of(op, params, &vm, &s, &file, err);
	if (rc < 0)
		return rc;
	op_stage(op, "disk_copy");
	rc = disk_copy(&d->config, vm->id, file, snapshot__disk(vm), &bytes,
	    err);
	if (rc == 0)
		json_object_set_new(result, "snapshot", snapshot_json(s));
	return rc;
}

int
rpc_snapshot_delete(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(snapshot_freep) struct snapshot *s = NULL;
	_cleanup_free_ char *file = NULL, *path = NULL;
	struct daemon *d = op_daemon(op);
	struct vm *vm;
	int rc;

	rc = snapshot__begin_of(op, params, &vm, &s, &file, err);
	if (rc == 0)
		rc = op_check(op, err);
	if (rc < 0)
		return rc;
	op_stage(op, "state_remove");
	rc = state_snapshot_delete(d->state, s->id, err);
	if (rc < 0)
		return rc;
	path = disk_path(&d->config, vm->id, file);
	op_stage(op, "file_remove");
	if (unlink(path) < 0 && errno != ENOENT)
		return error_errno(err, errno, "removing %s", path);
	json_object_set_new(result, "snapshot", snapshot_json(s));
	return 0;
}

int
rpc_snapshot_list(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	_cleanup_json_ json_t *vm = NULL;
	json_t *list = NULL;
	const char *ref;
	int rc;

	if ((rc = rpc_param_str(params, "vm", &ref, err)) < 0 ||
	    (rc = vmset_show_json(d->vms, ref, &vm, err)) < 0)
		return rc;
	rc = snapshot_list_json(d,
	    json_string_value(json_object_get(vm, "vm_id")), &list, err);
	if (rc == 0)
		json_object_set_new(result, "snapshots", list);
	return rc;
}
