/* SPDX-License-Identifier: ISC */
#include "snapshot.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "disk.h"
#include "state.h"
#include "wire/rpc.h"

struct snapshot *
snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return NULL;
	free(s->id);
	free(s->vm_id);
	free(s->name);
	free(s);
	return NULL;
}

json_t *
snapshot_json(const struct snapshot *s)
{
	char created[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(s->created_ns, created);
	return json_pack("{s:s, s:s, s:s, s:I, s:s}", "snapshot_id", s->id,
	    "vm_id", s->vm_id, "name", s->name, "bytes", (json_int_t)s->bytes,
	    "created", created);
}

struct snapshot__search {
	const char *ref;
	struct snapshot *found;
};

static void
snapshot__match(void *arg, struct snapshot *s)
{
	struct snapshot__search *search = arg;

	if (search->found == NULL &&
	    (strcmp(s->id, search->ref) == 0 ||
		strcmp(s->name, search->ref) == 0))
		search->found = s;
	else
		snapshot_free(s);
}

int
snapshot_find(struct daemon *d, const char *vm_id, const char *ref,
    struct snapshot **ret, struct error *err)
{
	struct snapshot__search search = { ref, NULL };
	int rc = state_snapshot_load(d->state, vm_id, snapshot__match, &search,
	    err);

	if (rc < 0)
		snapshot_free(search.found);
	else if (search.found == NULL)
		rc = rpc_fail(err, RPC_NOT_FOUND,
		    "the VM has no snapshot named %s", ref);
	else
		*ret = search.found;
	return rc;
}

static void
snapshot__collect(void *arg, struct snapshot *s)
{
	json_array_append_new(arg, snapshot_json(s));
	snapshot_free(s);
}

int
snapshot_list_json(struct daemon *d, const char *vm_id, json_t **ret,
    struct error *err)
{
	_cleanup_json_ json_t *list = json_array();
	int rc = state_snapshot_load(d->state, vm_id, snapshot__collect, list,
	    err);

	if (rc == 0)
		*ret = steal(&list);
	return rc;
}

/* "snap-1234abcd.qcow2" or ".raw" whose snapshot nobody has recorded, or
 * ".anything" */
static bool
snapshot__is_stray(struct daemon *d, const char *vm_id, const char *file)
{
	_cleanup_(snapshot_freep) struct snapshot *s = NULL;
	struct error err = ERROR_INIT;
	char id[32];

	if (file[0] == '.')
		return strcmp(file, ".") != 0 && strcmp(file, "..") != 0;
	if (sscanf(file, "%31[a-z0-9-].", id) != 1 ||
	    strncmp(id, "snap-", 5) != 0)
		return false;
	/* Only when it is certain that there is no record of it. */
	return snapshot_find(d, vm_id, id, &s, &err) < 0 && err.kind != NULL &&
	    strcmp(err.kind, rpc_code_name(RPC_NOT_FOUND)) == 0;
}

void
snapshot_sweep(struct daemon *d, const char *vm_id)
{
	_cleanup_free_ char *base = disk_path(&d->config, vm_id, NULL);
	struct dirent *entry;
	DIR *dir = opendir(base);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (snapshot__is_stray(d, vm_id, entry->d_name))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
}
