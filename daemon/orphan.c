/* SPDX-License-Identifier: ISC */
#include "orphan.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text.h"
#include "disk.h"
#include "op.h"
#include "priv.h"
#include "reconcile.h"
#include "vm.h"
#include "wire/rpc.h"

#define ORPHAN_ID_MAX 32

struct orphans {
	struct op *op;
	struct daemon *daemon;
	struct reconcile_found *found;
	json_t *host;      /* what host.info said */
	struct error *err; /* of the first that could not be removed */
	int rc;
};

bool
orphan_is_id(const char *s)
{
	return text_is_name(s, "abcdefghijklmnopqrstuvwxyz0123456789-",
		   ORPHAN_ID_MAX) &&
	    strncmp(s, "vm-", 3) == 0;
}

/* One call about one VM; what goes wrong is kept, and the sweep goes on. */
static bool
orphan__call(struct orphans *o, const char *method, json_t *params,
    json_t **ret_result)
{
	struct error err = ERROR_INIT;
	int rc = priv_call(o->op, method, params, ret_result, &err);

	if (rc < 0 && o->rc == 0) {
		o->rc = rc;
		if (o->err != NULL)
			*o->err = err;
	}
	return rc == 0;
}

static void
orphan__keep(struct orphans *o, const char *vm_id)
{
	char *ids = o->found->kept_ids;
	size_t len = strlen(ids);

	o->found->kept++;
	if (len + strlen(vm_id) + 2 <= sizeof(o->found->kept_ids))
		snprintf(ids + len, sizeof(o->found->kept_ids) - len, "%s%s",
		    len > 0 ? " " : "", vm_id);
}

static bool
orphan__has_directory(const struct orphans *o, const char *vm_id)
{
	_cleanup_free_ char *path = disk_path(&o->daemon->config, vm_id, NULL);
	struct stat st;

	return lstat(path, &st) == 0 || errno != ENOENT;
}

/* True of a VM whose VMM was left alone. */
static bool
orphan__stays(const struct orphans *o, const char *vm_id)
{
	json_t *row, *list = json_object_get(o->host, "vms");
	const char *id;
	size_t i;

	json_array_foreach(list, i, row)
	{
		id = json_string_value(json_object_get(row, "vm_id"));
		if (id != NULL && strcmp(id, vm_id) == 0)
			return json_is_true(json_object_get(row, "running")) &&
			    orphan__has_directory(o, vm_id);
	}
	return false;
}

/* A row of a list that the helper gave: {"vm_id","slot",…}. */
static bool
orphan__row(json_t *row, const char **ret_id, json_int_t *ret_slot)
{
	return json_unpack(row, "{s:s, s:I}", "vm_id", ret_id, "slot",
		   ret_slot) == 0 &&
	    orphan_is_id(*ret_id);
}

/* ---- VMMs and states -------------------------------------------------------
 */

/* A VMM without a record: ended only where there is nothing that it writes. */
static void
orphan__vmm(struct orphans *o, json_t *row)
{
	enum vm_state state;
	json_int_t slot;
	const char *id;

	if (!json_is_true(json_object_get(row, "running")) ||
	    !orphan__row(row, &id, &slot))
		return;
	if (vmset_state(o->daemon->vms, id, &state)) {
		/* A record from before that start was put back. */
		if (state == VM_STOPPED)
			orphan__keep(o, id);
	} else if (orphan__has_directory(o, id)) {
		orphan__keep(o, id);
	} else if (orphan__call(o, "vmm.kill", json_pack("{s:s}", "vm_id", id),
		       NULL)) {
		o->found->vmms++;
	}
}

/* What the helper remembers of a VM that is no more. */
static void
orphan__state(struct orphans *o, json_t *row)
{
	enum vm_state state;
	json_int_t slot;
	const char *id;

	if (!orphan__row(row, &id, &slot) ||
	    vmset_state(o->daemon->vms, id, &state) || orphan__stays(o, id))
		return;
	if (orphan__call(o, "vm.forget", json_pack("{s:s}", "vm_id", id), NULL))
		o->found->states++;
}

/* ---- the network -----------------------------------------------------------
 */

/* A tap without a VM, or of one that is stopped and held by us meanwhile. */
static void
orphan__tap(struct orphans *o, json_t *row)
{
	struct vmset *vms = o->daemon->vms;
	enum vm_state state;
	struct vm *vm = NULL;
	json_int_t slot;
	const char *id;

	if (!orphan__row(row, &id, &slot) || orphan__stays(o, id))
		return;
	if (vmset_state(vms, id, &state) &&
	    (state != VM_STOPPED ||
		vmset_acquire(vms, id, o->op, &vm, NULL) < 0))
		return;
	/* The helper refuses it while the VMM runs. */
	if ((vm == NULL || vm->state == VM_STOPPED) &&
	    orphan__call(o, "nat.remove",
		json_pack("{s:s, s:I}", "vm_id", id, "slot", slot), NULL) &&
	    orphan__call(o, "tap.delete",
		json_pack("{s:s, s:I}", "vm_id", id, "slot", slot), NULL))
		o->found->taps++;
	vmset_release(vms, o->op);
}

/* ---- directories -----------------------------------------------------------
 */

/* True when nothing is in it but what was cut off. */
static bool
orphan__is_empty(DIR *dir)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			return false;
	return true;
}

static void
orphan__directory(struct orphans *o, const char *vm_id)
{
	_cleanup_free_ char *path = disk_path(&o->daemon->config, vm_id, NULL);
	enum vm_state state;
	bool empty;
	DIR *dir;

	if (!orphan_is_id(vm_id) || vmset_state(o->daemon->vms, vm_id, &state))
		return;
	dir = opendir(path);
	if (dir == NULL)
		return;
	empty = orphan__is_empty(dir);
	closedir(dir);
	if (!empty)
		orphan__keep(o, vm_id);
	else if (disk_remove(&o->daemon->config, vm_id, NULL) == 0)
		o->found->directories++;
}

static void
orphan__directories(struct orphans *o)
{
	_cleanup_free_ char *base = xasprintf("%s/vm",
	    o->daemon->config.state_dir);
	const struct dirent *entry;
	DIR *dir = opendir(base);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		orphan__directory(o, entry->d_name);
	if (dir != NULL)
		closedir(dir);
}

/* ---- the whole -------------------------------------------------------------
 */

/* Calls fn with each row of a list. */
static void
orphan__each(struct orphans *o, const json_t *reply, const char *list,
    void (*fn)(struct orphans *o, json_t *row))
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(reply, list), i, row)
	{
		fn(o, row);
	}
}

int
orphan_sweep(struct op *op, struct reconcile_found *found, struct error *err)
{
	_cleanup_json_ json_t *host = NULL, *net = NULL;
	struct orphans o = { op, op_daemon(op), found, NULL, err, 0 };
	int rc;

	op_stage(op, "inventory");
	rc = priv_call(op, "host.info", NULL, &host, err);
	if (rc == 0)
		rc = priv_call(op, "net.sweep", NULL, &net, err);
	if (rc < 0)
		return rc;
	found->rules += (unsigned)json_integer_value(
	    json_object_get(net, "rules"));
	o.host = host;
	op_stage(op, "orphans");
	orphan__each(&o, host, "vms", orphan__vmm);
	orphan__each(&o, net, "taps", orphan__tap);
	orphan__each(&o, host, "vms", orphan__state);
	orphan__directories(&o);
	return o.rc;
}
