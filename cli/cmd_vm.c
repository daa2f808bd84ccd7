/* SPDX-License-Identifier: ISC */
#include "cli.h"
#include "cmd.h"

#define VM_MEMORY_MAX 1048576 /* MiB */
#define VM_VCPUS_MAX 255

static const struct cmd_opt vm__create_opts[] = {
	{ 'i', "image", "IMAGE", NULL, NULL,
	    "The image to make it from; required." },
	{ 'm', "memory", "MIB", NULL, NULL, "The guest's memory." },
	{ 'c', "vcpus", "N", NULL, NULL, "How many processors it has." },
	{ 0, "machine", "TYPE", NULL, NULL, "The machine: microvm or q35." },
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

/* Puts a number option into params under key, when it was given. */
static int
vm__put_number(struct cmd_ctx *ctx, const char *name, unsigned long max,
    json_t *params, const char *key, struct error *err)
{
	unsigned long n;
	int r;

	if (cmd_value(ctx, name) == NULL)
		return 0;
	r = cmd_number(ctx, name, 1, max, &n, err);
	if (r < 0)
		return r;
	json_object_set_new(params, key, json_integer((json_int_t)n));
	return 0;
}

static int
vm__put_machine(struct cmd_ctx *ctx, json_t *params, struct error *err)
{
	static const char *const machines[] = { "microvm", "q35", NULL };
	int which, r;

	if (cmd_value(ctx, "machine") == NULL)
		return 0;
	r = cmd_choice(ctx, "machine", machines, &which, err);
	if (r < 0)
		return r;
	json_object_set_new(params, "machine", json_string(machines[which]));
	return 0;
}

/* {key: the first operand}, as far as it is text. */
static int
vm__params(struct cmd_ctx *ctx, const char *key, json_t **ret,
    struct error *err)
{
	json_t *name = json_string(ctx->argv[0]);

	if (name == NULL)
		return cmd_usage_error(err, "\"%s\" is not valid UTF-8",
		    ctx->argv[0]);
	*ret = json_object();
	json_object_set_new(*ret, key, name);
	return 0;
}

/* The member of result.vm, else fallback. */
static const char *
vm__field(const struct cli_answer *a, const char *key, const char *fallback)
{
	const json_t *vm = json_object_get(a->result, "vm");
	const char *text = json_string_value(json_object_get(vm, key));

	return text != NULL && text[0] != '\0' ? text : fallback;
}

static int
vm__create(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	_cleanup_json_ json_t *params = NULL;
	const char *image = cmd_value(ctx, "image");
	json_t *value;
	int r;

	if (image == NULL)
		return cmd_usage_error(err, "--image is required");
	value = json_string(image);
	if (value == NULL)
		return cmd_usage_error(err, "--image is not valid UTF-8");
	r = vm__params(ctx, "name", &params, err);
	if (r < 0) {
		json_decref(value);
		return r;
	}
	json_object_set_new(params, "image", value);
	if ((r = vm__put_number(ctx, "memory", VM_MEMORY_MAX, params,
		 "memory_mib", err)) < 0 ||
	    (r = vm__put_number(ctx, "vcpus", VM_VCPUS_MAX, params, "vcpus",
		 err)) < 0 ||
	    (r = vm__put_machine(ctx, params, err)) < 0 ||
	    (r = cli_call(ctx, "vm.create", steal(&params), &a, err)) < 0)
		return r;
	cli_print_done(&a, "created", vm__field(&a, "name", ctx->argv[0]),
	    vm__field(&a, "guest_ip", NULL));
	return 0;
}

static int
vm__start(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	if ((r = vm__params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_call(ctx, "vm.start", params, &a, err)) < 0)
		return r;
	cli_print_done(&a, "started", vm__field(&a, "name", ctx->argv[0]),
	    vm__field(&a, "guest_ip", NULL));
	return 0;
}

/* Stop and delete: both take --force. */
static int
vm__end(struct cmd_ctx *ctx, const char *method, const char *done,
    struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	r = vm__params(ctx, "vm", &params, err);
	if (r < 0)
		return r;
	if (cmd_given(ctx, "force"))
		json_object_set_new(params, "force", json_true());
	r = cli_call(ctx, method, params, &a, err);
	if (r < 0)
		return r;
	cli_print_done(&a, done, vm__field(&a, "name", ctx->argv[0]),
	    json_string_value(json_object_get(a.result, "how")));
	return 0;
}

static int
vm__stop(struct cmd_ctx *ctx, struct error *err)
{
	return vm__end(ctx, "vm.stop", "stopped", err);
}

static int
vm__delete(struct cmd_ctx *ctx, struct error *err)
{
	return vm__end(ctx, "vm.delete", "deleted", err);
}

static int
vm__list(struct cmd_ctx *ctx, struct error *err)
{
	static const struct table_column columns[] = {
		{ "NAME", TABLE_SHRINK },
		{ "STATE", 0 },
		{ "ADDRESS", 0 },
		{ "IMAGE", TABLE_SHRINK },
		{ "MACHINE", 0 },
		{ "MIB", TABLE_RIGHT },
		{ "VCPUS", TABLE_RIGHT },
		{ "PID", TABLE_RIGHT },
		{ "ERROR", TABLE_SHRINK },
	};
	static const char *const keys[] = { "name", "state", "guest_ip",
		"image_name", "machine", "memory_mib", "vcpus", "pid",
		"last_error" };
	_cleanup_answer_ struct cli_answer a = { 0 };
	int r = cli_call(ctx, "vm.list", NULL, &a, err);

	if (r < 0)
		return r;
	cli_print_list(&a, "vms", columns, keys, ARRAY_LEN(columns));
	return 0;
}

static int
vm__show(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	if ((r = vm__params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_call(ctx, "vm.show", params, &a, err)) < 0)
		return r;
	if (a.json)
		cli_print_json(a.result);
	else
		cli_print_members(json_object_get(a.result, "vm"));
	return 0;
}

/* Each verb once: the long and the short entry share everything but a name. */
#define VM_ENTRY(noun, verb, word, operands, count, options, sentence)     \
	const struct cmd_entry cmd_##noun##verb = { word, operands, count, \
		count, options, sentence, vm__##verb, false }
#define VM_VERB(verb, operands, count, options, sentence)                     \
	VM_ENTRY(vm_, verb, "vm " #verb, operands, count, options, sentence); \
	VM_ENTRY(, verb, #verb, operands, count, options, sentence)

VM_VERB(create, "NAME", 1, vm__create_opts, "Make a VM from an image.");
VM_VERB(start, "VM", 1, NULL, "Boot a VM and wait until its guest is ready.");
VM_VERB(stop, "VM", 1, vm__stop_opts,
    "Shut a VM down: ask the guest, then the VMM, then kill it.");
VM_VERB(delete, "VM", 1, vm__delete_opts, "Remove a VM and its disk.");
VM_VERB(list, "", 0, NULL, "List all VMs.");
VM_VERB(show, "VM", 1, NULL, "Show all that is known of a VM.");
