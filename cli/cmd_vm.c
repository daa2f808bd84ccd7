/* SPDX-License-Identifier: ISC */
#include "cli.h"
#include "cmd.h"
#include "spec_opts.h"

#define VM_DISK_MAX 4194304 /* MiB */

static const struct cmd_opt vm__create_opts[] = {
	{ 'i', "image", "IMAGE", NULL, NULL,
	    "The image to make it from; required." },
	{ 'd', "disk", "MIB", NULL, NULL,
	    "The disk's size, when it is to be larger than the image's root." },
	SPEC_OPTS,
	CMD_OPT_END,
};

static const struct cmd_opt vm__start_opts[] = {
	{ 0, "no-wait-ready", NULL, NULL, NULL,
	    "It is started once its VMM runs: do not wait for the guest (whose "
	    "SSH key is then not put in place)." },
	CMD_OPT_END,
};

static const struct cmd_opt vm__stop_opts[] = {
	{ 'f', "force", NULL, NULL, NULL, "Do not ask the guest: kill it." },
	CMD_OPT_END,
};

static const struct cmd_opt vm__delete_opts[] = {
	{ 'f', "force", NULL, NULL, NULL, "Stop it first if it runs." },
	CMD_OPT_END,
};

static int
vm__create(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	_cleanup_json_ json_t *params = NULL;
	const char *image = cmd_value(ctx, "image");
	int r;

	if (image == NULL)
		return cmd_usage_error(err, "--image is required");
	if ((r = cli_params(ctx, "name", &params, err)) < 0 ||
	    (r = cli_put_text(params, "image", image, "--image", err)) < 0 ||
	    (r = cli_put_number(ctx, "disk", VM_DISK_MAX, params, "disk_mib",
		 err)) < 0 ||
	    (r = cli_put_spec(ctx, params, err)) < 0 ||
	    (r = cli_call(ctx, "vm.create", steal(&params), &a, err)) < 0)
		return r;
	cli_print_done(&a, "created",
	    cli_member(&a, "vm", "name", ctx->argv[0]),
	    cli_member(&a, "vm", "guest_ip", NULL));
	return 0;
}

static int
vm__start(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	r = cli_params(ctx, "vm", &params, err);
	if (r < 0)
		return r;
	if (cmd_given(ctx, "no-wait-ready"))
		json_object_set_new(params, "no_ready", json_true());
	r = cli_call(ctx, "vm.start", params, &a, err);
	if (r < 0)
		return r;
	cli_print_done(&a, "started",
	    cli_member(&a, "vm", "name", ctx->argv[0]),
	    cli_member(&a, "vm", "guest_ip", NULL));
	return 0;
}

/* Those that end a VM; some take --force. */
static int
vm__end(struct cmd_ctx *ctx, const char *method, const char *done,
    bool has_force, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	r = cli_params(ctx, "vm", &params, err);
	if (r < 0)
		return r;
	if (has_force && cmd_given(ctx, "force"))
		json_object_set_new(params, "force", json_true());
	r = cli_call(ctx, method, params, &a, err);
	if (r < 0)
		return r;
	cli_print_done(&a, done, cli_member(&a, "vm", "name", ctx->argv[0]),
	    json_string_value(json_object_get(a.result, "how")));
	return 0;
}

static int
vm__stop(struct cmd_ctx *ctx, struct error *err)
{
	return vm__end(ctx, "vm.stop", "stopped", true, err);
}

static int
vm__delete(struct cmd_ctx *ctx, struct error *err)
{
	return vm__end(ctx, "vm.delete", "deleted", true, err);
}

static int
vm__kill(struct cmd_ctx *ctx, struct error *err)
{
	return vm__end(ctx, "vm.kill", "killed", false, err);
}

static int
vm__restart(struct cmd_ctx *ctx, struct error *err)
{
	return vm__end(ctx, "vm.restart", "restarted", true, err);
}

CMD_VM(create, "NAME", 1, 1, vm__create_opts, "Make a VM from an image.",
    vm__create);
CMD_VM(start, "VM", 1, 1, vm__start_opts,
    "Boot a VM and wait until its guest is ready.", vm__start);
CMD_VM(stop, "VM", 1, 1, vm__stop_opts,
    "Shut a VM down: ask the guest, then the VMM, then kill it.", vm__stop);
CMD_VM(restart, "VM", 1, 1, vm__stop_opts,
    "Stop a VM and start it again, as one operation.", vm__restart);
CMD_VM(kill, "VM", 1, 1, NULL, "End a VM at once; its guest is not asked.",
    vm__kill);
CMD_VM(delete, "VM", 1, 1, vm__delete_opts,
    "Remove a VM, its disk and its snapshots.", vm__delete);
