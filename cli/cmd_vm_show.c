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

/* What is asked of each VM: the columns, then what only a filter needs. */
enum show_key {
	SHOW_NAME,
	SHOW_STATE,
	SHOW_IMAGE_NAME = 4,
	SHOW_IMAGE_ID = 10,
	SHOW_COLUMNS = SHOW_IMAGE_ID,
};
static const char *const show__keys[] = { "name", "state", "guest_ip", "ports",
	"image_name", "machine", "memory_mib", "vcpus", "pid", "last_error",
	"image_id" };

static const char *
show__text(const json_t *vm, enum show_key key)
{
	return json_string_value(cli_field(vm, show__keys[key], key));
}

/* True when it is the wanted text; NULL: any is. */
static bool
show__is(const json_t *vm, enum show_key key, const char *want)
{
	const char *text = show__text(vm, key);

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

		if (show__is(vm, SHOW_STATE, cmd_value(ctx, "state")) &&
		    (show__is(vm, SHOW_IMAGE_NAME, image) ||
			show__is(vm, SHOW_IMAGE_ID, image)))
			i++;
		else
			json_array_remove(list, i);
	}
}

/* Those fields alone, unless all is to be printed. */
static json_t *
show__params(const struct cmd_ctx *ctx)
{
	size_t n = cmd_value(ctx, "image") != NULL ? ARRAY_LEN(show__keys)
						   : SHOW_COLUMNS;
	json_t *params, *fields;

	if (strcmp(cmd_value(ctx, "format"), "json") == 0)
		return NULL;
	params = json_object();
	fields = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(fields, json_string(show__keys[i]));
	json_object_set_new(params, "fields", fields);
	return params;
}

static int
show__list(struct cmd_ctx *ctx, struct error *err)
{
	static const struct table_column columns[SHOW_COLUMNS] = {
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
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *list;
	int r = cli_call(ctx, "vm.list", show__params(ctx), &a, err);

	if (r < 0)
		return r;
	list = json_object_get(a.result, "vms");
	show__filter(ctx, list);
	if (!cmd_given(ctx, "quiet")) {
		cli_print_list(&a, "vms", columns, show__keys, SHOW_COLUMNS);
		return 0;
	}
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = show__text(json_array_get(list, i),
		    SHOW_NAME);
		_cleanup_buf_ struct buf safe = BUF_INIT;

		if (name != NULL)
			text_escape(&safe, name, strlen(name), false);
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
