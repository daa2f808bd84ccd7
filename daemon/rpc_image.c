/* SPDX-License-Identifier: ISC */
/* image.show and image.delete. */
#include "dispatch.h"
#include "image.h"
#include "image_files.h"
#include "op.h"
#include "state.h"
#include "vm.h"
#include "wire/rpc.h"

/* The image that parameter "image" names. */
static int
image__named(struct op *op, const json_t *params, struct image **ret,
    struct error *err)
{
	const char *ref;
	int rc = rpc_param_str(params, "image", &ref, err);

	if (rc == 0)
		rc = state_image_find(op_daemon(op)->state, ref, ret, err);
	return rc > 0
	    ? rpc_fail(err, RPC_NOT_FOUND, "no image is named %s", ref)
	    : rc;
}

int
rpc_image_show(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(image_freep) struct image *im = NULL;
	struct daemon *d = op_daemon(op);
	int rc = image__named(op, params, &im, err);
	json_t *out;

	if (rc < 0)
		return rc;
	out = image_json(im);
	json_object_set_new(out, "used_by", vmset_users_json(d->vms, im->id));
	json_object_set_new(result, "image", out);
	return 0;
}

int
rpc_image_delete(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	_cleanup_(image_freep) struct image *im = NULL;
	struct daemon *d = op_daemon(op);
	int rc;

	op_stage(op, "validate");
	rc = image__named(op, params, &im, err);
	if (rc < 0)
		return rc;
	op_subject(op, FIELD_IMAGE_ID, im->id);
	op_subject(op, FIELD_IMAGE_NAME, im->name);
	rc = op_check(op, err);
	if (rc < 0)
		return rc;
	op_stage(op, "state_remove");
	rc = vmset_delete_image(d->vms, im->id, err);
	if (rc < 0)
		return rc;
	/* Without its record, a crash from here on leaves it to the sweep. */
	op_stage(op, "files_remove");
	image_discard(&d->config, im->id);
	json_object_set_new(result, "image", image_json(im));
	return 0;
}
