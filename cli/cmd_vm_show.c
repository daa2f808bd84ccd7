/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli.h"
#include "cmd.h"

static const struct cmd_opt show__list_opts[] = {
	{ 's', "state", "STATE", NULL, NULL, "Only those in that state." },
	{ 'i', "image", "IMAGE", NULL, NULL,
	    "Only those made from that image, by name or id." },
	{ 'q', "quiet", NULL, NULL, NULL, "Print names alone, one a line." },
	CMD_OPT_END,
};

/* True when the member is the wanted text; NULL: any is. */
static bool
show__is(const json_t *vm, const char *key, const char *want)
{
	const char *text = json_string_value(json_object_get(vm, key));

	return want == NULL || (text != NULL && strcmp(text, want) == 0);
}

/* Takes those out that the options do not want. */
static void
show__filter(const struct cmd_ctx *ctx, json_t *list)
{
	const char *image = cmd_value(ctx, "image");
	size_t i = 0;

	while (i < json_array_size(list)) {
		const json_t *vm = json_array_get(list, i);

		if (show__is(vm, "state", cmd_value(ctx, "state")) &&
		    (show__is(vm, "image_name", image) ||
			show__is(vm, "image_id", image)))
			i++;
		else
			json_array_remove(list, i);
	}
}

static int
show__list(struct cmd_ctx *ctx, struct error *err)
{
	static const struct table_column columns[] = {
		{ "NAME", TABLE_SHRINK },
		{ "STATE", 0 },
		{ "ADDRESS", 0 },
		{ "PORTS", TABLE_SHRINK },
		{ "IMAGE", TABLE_SHRINK },
		{ "MACHINE", 0 },
		{ "MIB", TABLE_RIGHT },
		{ "VCPUS", TABLE_RIGHT },
		{ "PID", TABLE_RIGHT },
		{ "ERROR", TABLE_SHRINK },
	};
	static const char *const keys[] = { "name", "state", "guest_ip",
		"ports", "image_name", "machine", "memory_mib", "vcpus", "pid",
		"last_error" };
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *list;
	int r = cli_call(ctx, "vm.list", NULL, &a, err);

	if (r < 0)
		return r;
	list = json_object_get(a.result, "vms");
	show__filter(ctx, list);
	if (!cmd_given(ctx, "quiet")) {
		cli_print_list(&a, "vms", columns, keys, ARRAY_LEN(columns));
		return 0;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *name = json_object_get(json_array_get(list, i),
		    "name");
		_cleanup_buf_ struct buf safe = BUF_INIT;

		text_escape(&safe, json_string_value(name),
		    json_string_length(name), false);
		puts(buf_str(&safe));
	}
	return 0;
}

static int
show__show(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *vm;
	int r = cli_vm(ctx, &a, &vm, err);

	if (r < 0)
		return r;
	if (a.json)
		cli_print_json(a.result);
	else
		cli_print_members(vm);
	return 0;
}

static int
show__stats(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_call(ctx, "vm.stats", params, &a, err)) < 0)
		return r;
	if (a.json)
		cli_print_json(a.result);
	else
		cli_print_members(a.result);
	return 0;
}

CMD_VM(list, "", 0, 0, show__list_opts, "List VMs, oldest first.", show__list);
CMD_VM(show, "VM", 1, 1, NULL, "Show all that is known of a VM.", show__show);
CMD_VM(stats, "VM", 1, 1, NULL,
    "Show what a running VM has used: processor time, memory, disk, network.",
    show__stats);
