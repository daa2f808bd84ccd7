/* SPDX-License-Identifier: ISC */
/* gc: what nobody needs is shown, and removed where somebody says so. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli.h"
#include "cmd.h"

static const struct cmd_opt gc__opts[] = {
	{ 'a', "images", NULL, NULL, NULL,
	    "Images that no VM was made from, too." },
	{ 'n', "dry-run", NULL, NULL, NULL,
	    "Only show what would be removed." },
	{ 'y', "yes", NULL, NULL, NULL, "Do not ask." },
	CMD_OPT_END,
};

static const char *
gc__text(const json_t *item, const char *key)
{
	const char *text = json_string_value(json_object_get(item, key));

	return text != NULL ? text : "";
}

static bool
gc__is_image(const json_t *item)
{
	return strcmp(gc__text(item, "kind"), "image") == 0;
}

/* Takes those out that were not asked for. */
static void
gc__select(const struct cmd_ctx *ctx, json_t *items)
{
	size_t i = 0;

	while (i < json_array_size(items))
		if (gc__is_image(json_array_get(items, i)) &&
		    !cmd_given(ctx, "images"))
			json_array_remove(items, i);
		else
			i++;
}

static int64_t
gc__bytes(const json_t *item)
{
	return json_integer_value(json_object_get(item, "bytes"));
}

/* "image tiny (12.5 MiB)" */
static void
gc__put(struct buf *out, const json_t *item)
{
	const char *name = gc__is_image(item) ? gc__text(item, "name")
					      : gc__text(item, "id");

	buf_printf(out, "%s ", gc__is_image(item) ? "image" : "disk of");
	text_escape(out, name, strlen(name), false);
	buf_puts(out, " (");
	text_put_bytes(out, gc__bytes(item));
	buf_putc(out, ')');
}

static void
gc__show(const json_t *items, bool json)
{
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		_cleanup_buf_ struct buf line = BUF_INIT;

		if (json) {
			cli_print_json(item);
			continue;
		}
		gc__put(&line, item);
		puts(buf_str(&line));
	}
}

static int
gc__remove(struct cmd_ctx *ctx, json_t *item, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	_cleanup_buf_ struct buf line = BUF_INIT;
	json_t *params = json_object();
	bool image = gc__is_image(item);
	int r;

	/* By id: a name may be another image's by now. */
	json_object_set(params, image ? "image" : "vm_id",
	    json_object_get(item, "id"));
	r = cli_call(ctx, image ? "image.delete" : "disk.discard", params, &a,
	    err);
	if (r < 0)
		return r;
	json_object_set_new(item, "op_id", json_string(a.op.text));
	if (a.json) {
		cli_print_json(item);
		return 0;
	}
	gc__put(&line, item);
	printf("removed %s (%s)\n", buf_str(&line), a.op.text);
	return 0;
}

/* Removes each, whatever becomes of the others. */
static int
gc__remove_all(struct cmd_ctx *ctx, json_t *items, bool json, struct error *err)
{
	_cleanup_buf_ struct buf freed = BUF_INIT;
	struct error one = ERROR_INIT;
	int64_t bytes = 0;
	size_t failed = 0;

	for (size_t i = 0; i < json_array_size(items); i++) {
		json_t *item = json_array_get(items, i);

		if (gc__remove(ctx, item, &one) == 0) {
			bytes += gc__bytes(item);
			continue;
		}
		fprintf(stderr, "banger: %s\n", one.text);
		error_clear(&one);
		failed++;
	}
	text_put_bytes(&freed, bytes);
	if (!json)
		printf("freed %s\n", buf_str(&freed));
	return failed == 0
	    ? 0
	    : error_set(err, -EPROTO, "%zu of %zu could not be removed", failed,
		  json_array_size(items));
}

static int
gc__run(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *items;
	bool only_show = cmd_given(ctx, "dry-run");
	int r = cli_call(ctx, "gc.list", NULL, &a, err);

	if (r < 0)
		return r;
	items = json_object_get(a.result, "items");
	gc__select(ctx, items);
	if (json_array_size(items) == 0)
		return 0;
	if (only_show || !cmd_given(ctx, "yes"))
		gc__show(items, a.json && only_show);
	if (only_show)
		return 0;
	if (!cmd_given(ctx, "yes"))
		r = cli_ask("this removes disks and images", "Remove them?",
		    err);
	return r == 0 ? gc__remove_all(ctx, items, a.json, err) : r;
}

const struct cmd_entry cmd_gc = {
	.name = "gc",
	.args = "",
	.opts = gc__opts,
	.about = "Remove what is kept and belongs to no VM: disks whose record "
		 "was lost, and images that nothing uses; asks first.",
	.exec = gc__run,
};
