/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "cmd.h"

static const struct cmd_opt image__opts[] = {
	{ 'k', "kernel", "FILE", NULL, NULL, "The kernel to boot." },
	{ 0, "initrd", "FILE", NULL, NULL, "Its initial RAM disk." },
	{ 'r', "rootfs", "FILE", NULL, NULL, "The root file system, raw." },
	{ 0, "cmdline", "TEXT", NULL, NULL,
	    "More words for the kernel's command line." },
	CMD_OPT_END,
};

/* The daemon has another working directory: files are named from the root. */
static int
image__put_file(json_t *params, const char *key, const char *dir,
    const char *path, struct error *err)
{
	_cleanup_free_ char *joined = NULL, *real = NULL;
	json_t *value;

	joined = dir != NULL && path[0] != '/' ? xasprintf("%s/%s", dir, path)
					       : xstrdup(path);
	real = realpath(joined, NULL);
	if (real == NULL)
		return error_errno(err, errno, "%s %s", key, joined);
	value = json_string(real);
	if (value == NULL)
		return error_set(err, -EILSEQ, "%s %s is not valid UTF-8", key,
		    real);
	json_object_set_new(params, key, value);
	return 0;
}

/* DIR/image.json describes the image; file names in it start from DIR. */
static int
image__from_dir(const char *dir, json_t **ret, struct error *err)
{
	static const char *const files[] = { "kernel", "initrd", "rootfs" };
	static const char *const plain[] = { "name", "cmdline", "ready" };
	_cleanup_free_ char *path = xasprintf("%s/image.json", dir);
	_cleanup_json_ json_t *desc = NULL, *params = json_object();
	json_error_t why;
	json_t *value;
	int r;

	desc = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	/* The reason names the file itself when it cannot be opened. */
	if (desc == NULL && why.line > 0)
		return error_set(err, -EINVAL, "%s: line %d: %s", path,
		    why.line, why.text);
	if (desc == NULL) {
		r = error_set(err, -EINVAL, "%s", why.text);
		error_hint(err,
		    "name --kernel and --rootfs, or a directory that has an "
		    "image.json");
		return r;
	}
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		value = json_object_get(desc, files[i]);
		if (value == NULL || json_is_null(value))
			continue;
		if (!json_is_string(value))
			return error_set(err, -EINVAL, "%s: %s is not a string",
			    path, files[i]);
		r = image__put_file(params, files[i], dir,
		    json_string_value(value), err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		value = json_object_get(desc, plain[i]);
		if (value != NULL)
			json_object_set(params, plain[i], value);
	}
	*ret = steal(&params);
	return 0;
}

static int
image__from_options(struct cmd_ctx *ctx, json_t **ret, struct error *err)
{
	static const char *const files[] = { "kernel", "initrd", "rootfs" };
	const char *cmdline = cmd_value(ctx, "cmdline"), *path;
	_cleanup_json_ json_t *params = json_object();
	int r;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		path = cmd_value(ctx, files[i]);
		r = path != NULL
		    ? image__put_file(params, files[i], NULL, path, err)
		    : 0;
		if (r < 0)
			return r;
	}
	if (json_object_set_new(params, "name", json_string(ctx->argv[0])) <
		0 ||
	    (cmdline != NULL &&
		json_object_set_new(params, "cmdline", json_string(cmdline)) <
		    0))
		return cmd_usage_error(err, "a value is not valid UTF-8");
	*ret = steal(&params);
	return 0;
}

/* With neither a kernel nor a root file system, the operand is a directory. */
static int
image__register(struct cmd_ctx *ctx, struct error *err)
{
	bool kernel = cmd_value(ctx, "kernel") != NULL;
	bool rootfs = cmd_value(ctx, "rootfs") != NULL;
	_cleanup_answer_ struct cli_answer a = { 0 };
	const char *name;
	json_t *params = NULL;
	int r;

	if (kernel != rootfs)
		return cmd_usage_error(err,
		    "--%s is required (or name a directory with an image.json, "
		    "without options)",
		    kernel ? "rootfs" : "kernel");
	r = kernel ? image__from_options(ctx, &params, err)
		   : image__from_dir(ctx->argv[0], &params, err);
	if (r < 0)
		return r;
	r = cli_call(ctx, "image.register", params, &a, err);
	if (r < 0)
		return r;
	name = json_string_value(
	    json_object_get(json_object_get(a.result, "image"), "name"));
	cli_print_done(&a, "registered", name != NULL ? name : ctx->argv[0],
	    NULL);
	return 0;
}

static int
image__list(struct cmd_ctx *ctx, struct error *err)
{
	static const struct table_column columns[] = {
		{ "NAME", TABLE_SHRINK },
		{ "ID", 0 },
		{ "INITRD", 0 },
		{ "ROOTFS BYTES", TABLE_RIGHT },
		{ "CREATED", TABLE_SHRINK },
	};
	static const char *const keys[] = { "name", "image_id", "initrd",
		"rootfs_bytes", "created" };
	_cleanup_answer_ struct cli_answer a = { 0 };
	int r = cli_call(ctx, "image.list", NULL, &a, err);

	if (r < 0)
		return r;
	cli_print_list(&a, "images", columns, keys, ARRAY_LEN(columns));
	return 0;
}

const struct cmd_entry cmd_image_register = {
	.name = "image register",
	.args = "NAME|DIR",
	.min = 1,
	.max = 1,
	.opts = image__opts,
	.about = "Hand an image's files to the daemon: named by options, or by "
		 "the image.json of a directory.",
	.exec = image__register,
};

#define IMAGE_LIST .about = "List all images.", .exec = image__list

const struct cmd_entry cmd_image_list = { .name = "image list", IMAGE_LIST };
const struct cmd_entry cmd_images = { .name = "images", IMAGE_LIST };
