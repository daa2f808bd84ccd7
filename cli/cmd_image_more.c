/* SPDX-License-Identifier: ISC */
#include "cli.h"
#include "cmd.h"

static int
image__show(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "image", &params, err)) < 0 ||
	    (r = cli_call(ctx, "image.show", params, &a, err)) < 0)
		return r;
	if (a.json)
		cli_print_json(a.result);
	else
		cli_print_members(json_object_get(a.result, "image"));
	return 0;
}

static int
image__delete(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "image", &params, err)) < 0 ||
	    (r = cli_call(ctx, "image.delete", params, &a, err)) < 0)
		return r;
	cli_print_done(&a, "deleted",
	    cli_member(&a, "image", "name", ctx->argv[0]), NULL);
	return 0;
}

static int
image__promote(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	_cleanup_json_ json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_put_text(params, "name", ctx->argv[1], "the image's name",
		 err)) < 0 ||
	    (r = cli_call(ctx, "image.promote", steal(&params), &a, err)) < 0)
		return r;
	cli_print_done(&a, "promoted", ctx->argv[0],
	    cli_member(&a, "image", "name", ctx->argv[1]));
	return 0;
}

const struct cmd_entry cmd_image_show = { "image show", "IMAGE", 1, 1, NULL,
	"Show an image, and the VMs that were made from it.", image__show,
	false };
const struct cmd_entry cmd_image_delete = { "image delete", "IMAGE", 1, 1, NULL,
	"Remove an image that no VM was made from.", image__delete, false };
const struct cmd_entry cmd_image_promote = { "image promote", "VM NAME", 2, 2,
	NULL, "Make an image of that name from a stopped VM's disk.",
	image__promote, false };
