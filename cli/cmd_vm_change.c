/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/when.h"
#include "cli.h"
#include "cmd.h"
#include "spec_opts.h"

static const struct cmd_opt change__set_opts[] = {
	SPEC_OPTS,
	CMD_OPT_END,
};

static const struct cmd_opt change__prune_opts[] = {
	{ 0, "older", "SPAN", NULL, "0s",
	    "Only those that have not run for so long, such as 30d." },
	{ 'y', "yes", NULL, NULL, NULL, "Do not ask." },
	CMD_OPT_END,
};

static int
change__set(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	_cleanup_json_ json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_put_spec(ctx, params, err)) < 0)
		return r;
	if (json_object_size(params) == 1)
		return cmd_usage_error(err, "say what to set (see --help)");
	r = cli_call(ctx, "vm.set", steal(&params), &a, err);
	if (r == 0)
		cli_print_done(&a, "changed",
		    cli_member(&a, "vm", "name", ctx->argv[0]), NULL);
	return r;
}

static int
change__rename(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	_cleanup_json_ json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_put_text(params, "name", ctx->argv[1], "the new name",
		 err)) < 0 ||
	    (r = cli_call(ctx, "vm.rename", steal(&params), &a, err)) < 0)
		return r;
	cli_print_done(&a, "renamed", ctx->argv[0],
	    cli_member(&a, "vm", "name", NULL));
	return 0;
}

/* ---- prune -----------------------------------------------------------------
 */

/* Leaves those VMs that are stopped since before that time. */
static void
prune__select(json_t *list, int64_t before_ns)
{
	size_t i = 0;

	while (i < json_array_size(list)) {
		const json_t *vm = json_array_get(list, i);
		const json_t *stopped = json_object_get(vm, "stopped");
		int64_t ns;

		if (json_is_string(stopped) &&
		    clock_parse_rfc3339(json_string_value(stopped),
			json_string_length(stopped), &ns) &&
		    ns <= before_ns)
			i++;
		else
			json_array_remove(list, i);
	}
}

/* Shows what would go, and asks; 1: no. */
static int
prune__ask(const struct cli_answer *a, struct error *err)
{
	static const struct table_column columns[] = {
		{ "NAME", TABLE_SHRINK },
		{ "IMAGE", TABLE_SHRINK },
		{ "STOPPED", 0 },
	};
	static const char *const keys[] = { "name", "image_name", "stopped" };

	cli_print_list(a, "vms", columns, keys, ARRAY_LEN(columns));
	return cli_ask("this removes VMs with their disks",
	    "Remove these VMs with their disks and snapshots?", err);
}

static int
prune__delete(struct cmd_ctx *ctx, const json_t *vm, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = json_object();
	int r;

	/* By id: its name may be another VM's by now. */
	json_object_set(params, "vm", json_object_get(vm, "vm_id"));
	r = cli_call(ctx, "vm.delete", params, &a, err);
	if (r == 0)
		cli_print_done(&a, "deleted",
		    json_string_value(json_object_get(vm, "name")), NULL);
	return r;
}

static int
change__prune(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	struct error one = ERROR_INIT;
	int64_t span;
	json_t *list;
	size_t failed = 0;
	int r;

	if (when_parse_span(cmd_value(ctx, "older"), 0, &span, err) < 0)
		return cmd_usage_error(err, "--older: give a span such as 30d");
	r = cli_call(ctx, "vm.list", NULL, &a, err);
	if (r < 0)
		return r;
	list = json_object_get(a.result, "vms");
	prune__select(list, clock_diff(clock_real_ns(), span));
	if (json_array_size(list) == 0)
		return 0;
	r = cmd_given(ctx, "yes") ? 0 : prune__ask(&a, err);
	if (r != 0)
		return r;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (prune__delete(ctx, json_array_get(list, i), &one) < 0) {
			fprintf(stderr, "banger: %s\n", one.text);
			error_clear(&one);
			failed++;
		}
	return failed == 0
	    ? 0
	    : error_set(err, -EPROTO, "%zu of %zu VMs could not be deleted",
		  failed, json_array_size(list));
}

CMD_VM(set, "VM", 1, 1, change__set_opts,
    "Change a stopped VM; an empty value takes the old one away.", change__set);
CMD_VM(rename, "VM NAME", 2, 2, NULL, "Give a stopped VM another name.",
    change__rename);
CMD_VM(prune, "", 0, 0, change__prune_opts,
    "Remove stopped VMs with their disks; asks first.", change__prune);
