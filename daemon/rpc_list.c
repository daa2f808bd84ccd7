/* SPDX-License-Identifier: ISC */
/* The methods that only look: what is there, and who answers. */
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "dispatch.h"
#include "image.h"
#include "op.h"
#include "priv.h"
#include "state.h"
#include "vm.h"
#include "wire/rpc.h"

int
rpc_ping(struct op *op, const json_t *params, json_t *result, struct error *err)
{
	(void)op;
	(void)params;
	(void)err;
	json_object_set_new(result, "pong", json_true());
	return 0;
}

/* The helper's part is null when it does not answer. */
int
rpc_version(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_json_ json_t *host = NULL;
	struct utsname uts;

	(void)params;
	(void)err;
	uname(&uts);
	priv_call(op, "host.info", NULL, &host, NULL);
	json_object_set_new(result, "daemon", json_string(BANGER_VERSION));
	json_object_set_new(result, "kernel", json_string(uts.release));
	json_object_set_new(result, "helper",
	    host != NULL ? json_incref(json_object_get(host, "version"))
			 : json_null());
	json_object_set_new(result, "vmm",
	    host != NULL ? json_incref(json_object_get(host, "qemu"))
			 : json_null());
	return 0;
}

int
rpc_vm_list(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	const json_t *names = json_object_get(params, "fields");
	struct vm_fields fields;
	bool whole = names == NULL || json_is_null(names);
	int rc = whole ? 0 : vm_fields_read(names, &fields, err);

	if (rc == 0)
		json_object_set_new(result, "vms",
		    vmset_list_json(op_daemon(op)->vms,
			whole ? NULL : &fields));
	return rc;
}

int
rpc_vm_show(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	const char *ref;
	json_t *vm;
	int rc;

	rc = rpc_param_str(params, "vm", &ref, err);
	if (rc == 0)
		rc = vmset_show_json(op_daemon(op)->vms, ref, &vm, err);
	if (rc == 0)
		json_object_set_new(result, "vm", vm);
	return rc;
}

static void
list__image(void *arg, struct image *im)
{
	json_array_append_new(arg, image_json(im));
	image_free(im);
}

int
rpc_image_list(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	json_t *list = json_array();

	(void)params;
	json_object_set_new(result, "images", list);
	return state_image_load(op_daemon(op)->state, list__image, list, err);
}
