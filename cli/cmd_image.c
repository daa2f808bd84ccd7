/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Registers and says so; params is taken. */
static int
image__send(struct cmd_ctx *ctx, json_t *params, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	int r = cli_call(ctx, "image.register", params, &a, err);

	if (r == 0)
		cli_print_done(&a, "registered",
		    cli_member(&a, "image", "name", ctx->argv[0]), NULL);
	return r;
}

/* With neither a kernel nor a root file system, the operand is a directory. */
static int
image__register(struct cmd_ctx *ctx, struct error *err)
{
	bool kernel = cmd_value(ctx, "kernel") != NULL;
	bool rootfs = cmd_value(ctx, "rootfs") != NULL;
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
	return image__send(ctx, params, err);
}

/* ---- building --------------------------------------------------------------
 */

static const struct cmd_opt image__build_opts[] = {
	{ 'o', "output", "DIR", NULL, NULL,
	    "Where to make it; by default a folder of that name below "
	    "/var/cache/banger, or ~/.cache/banger where you are not root." },
	{ 0, "no-register", NULL, NULL, NULL,
	    "Only make it; do not hand it to the daemon." },
	{ 0, "scripts", "DIR", "BANGER_IMAGE_SCRIPTS", NULL,
	    "Where build-NAME.sh is." },
	CMD_OPT_END,
};

/* The script: named, or installed beside us, or of a checkout. */
static char *
build__script(const struct cmd_ctx *ctx, const char *kind)
{
	static const char *const places[] = { "../share/banger/image",
		"../../packaging/image" };
	const char *named = cmd_value(ctx, "scripts");
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (named != NULL)
		return xasprintf("%s/build-%s.sh", named, kind);
	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s/build-%s.sh", self,
		    places[i], kind);

		if (access(path, X_OK) == 0)
			return steal(&path);
	}
	return NULL;
}

/*
 * As named; else in a cache of ours.  Not below /tmp: bangerd as a service sees
 * another one.
 */
static int
build__output(const struct cmd_ctx *ctx, const char *kind, char **ret,
    struct error *err)
{
	const char *named = cmd_value(ctx, "output");
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	_cleanup_free_ char *base = NULL, *dir = NULL;

	if (named != NULL) {
		*ret = xstrdup(named);
		return 0;
	}
	if (getuid() == 0)
		base = xstrdup("/var/cache");
	else if (cache != NULL && cache[0] == '/')
		base = xstrdup(cache);
	else if (home != NULL && home[0] == '/')
		base = xasprintf("%s/.cache", home);
	else
		return cmd_usage_error(err, "HOME is not set: say --output");
	dir = xasprintf("%s/banger", base);
	mkdir(base, 0755);
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return error_errno(err, errno, "making %s", dir);
	*ret = xasprintf("%s/%s", dir, kind);
	return 0;
}

/* Runs the script with our streams and waits. */
static int
build__run(const char *script, const char *out, struct error *err)
{
	const char *argv[] = { script, out, NULL };
	int status, rc;
	pid_t pid;

	/* The prototype predates const; nothing is written through it. */
	rc = posix_spawn(&pid, script, NULL, NULL,
	    (char *const *)(uintptr_t)argv, environ);
	if (rc != 0)
		return error_errno(err, rc, "%s", script);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, -EIO,
		    "%s did not make the image; its own messages say why",
		    script);
	return 0;
}

/* Whether there is one of that name is found out before the long work. */
static int
build__is_new(struct cmd_ctx *ctx, const char *kind, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	int r = cli_call(ctx, "image.list", NULL, &a, err);
	const json_t *list = json_object_get(a.result, "images");

	for (size_t i = 0; r == 0 && i < json_array_size(list); i++) {
		const char *name = json_string_value(
		    json_object_get(json_array_get(list, i), "name"));

		if (name != NULL && strcmp(name, kind) == 0)
			r = error_set(err, -EEXIST,
			    "an image named %s exists already; delete it "
			    "first, or build with --no-register",
			    kind);
	}
	return r;
}

static int
image__build(struct cmd_ctx *ctx, struct error *err)
{
	const char *kind = ctx->argv[0];
	_cleanup_free_ char *script = NULL, *out = NULL;
	bool keep = cmd_given(ctx, "no-register");
	json_t *params = NULL;
	int r;

	if (strcmp(kind, "tiny") != 0 && strcmp(kind, "debian") != 0)
		return cmd_usage_error(err, "the image is tiny or debian");
	script = build__script(ctx, kind);
	if (script == NULL)
		return error_set(err, -ENOENT,
		    "build-%s.sh is not installed; name its folder with "
		    "--scripts",
		    kind);
	if ((!keep && (r = build__is_new(ctx, kind, err)) < 0) ||
	    (r = build__output(ctx, kind, &out, err)) < 0 ||
	    (r = build__run(script, out, err)) < 0)
		return r;
	if (keep)
		return 0;
	r = image__from_dir(out, &params, err);
	return r < 0 ? r : image__send(ctx, params, err);
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

const struct cmd_entry cmd_image_build = {
	.name = "image build",
	.args = "NAME",
	.min = 1,
	.max = 1,
	.opts = image__build_opts,
	.about = "Make the image tiny or debian from Debian's packages, and "
		 "register it.",
	.exec = image__build,
};

#define IMAGE_LIST .about = "List all images.", .exec = image__list

const struct cmd_entry cmd_image_list = { .name = "image list", IMAGE_LIST };
const struct cmd_entry cmd_images = { .name = "images", IMAGE_LIST };
