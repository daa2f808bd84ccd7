/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "cli.h"

#define PARAMS_MEMORY_MAX 1048576 /* MiB; the daemon says what it takes */
#define PARAMS_VCPUS_MAX 255
#define PARAMS_KEY_MAX 8192

int
cli_put_text(json_t *params, const char *key, const char *text,
    const char *what, struct error *err)
{
	json_t *value = json_string(text);

	if (value == NULL)
		return cmd_usage_error(err, "%s is not valid UTF-8", what);
	json_object_set_new(params, key, value);
	return 0;
}

int
cli_params(const struct cmd_ctx *ctx, const char *key, json_t **ret,
    struct error *err)
{
	_cleanup_json_ json_t *params = json_object();
	int r = cli_put_text(params, key, ctx->argv[0], "the name", err);

	if (r == 0)
		*ret = steal(&params);
	return r;
}

int
cli_put_number(struct cmd_ctx *ctx, const char *name, unsigned long max,
    json_t *params, const char *key, struct error *err)
{
	unsigned long n;
	int r;

	if (cmd_value(ctx, name) == NULL)
		return 0;
	r = cmd_number(ctx, name, 1, max, &n, err);
	if (r == 0)
		json_object_set_new(params, key, json_integer((json_int_t)n));
	return r;
}

static int
params__machine(struct cmd_ctx *ctx, json_t *params, struct error *err)
{
	static const char *const machines[] = { "microvm", "q35", "firecracker",
		NULL };
	int which, r;

	if (cmd_value(ctx, "machine") == NULL)
		return 0;
	r = cmd_choice(ctx, "machine", machines, &which, err);
	return r < 0 ? r
		     : cli_put_text(params, "machine", machines[which],
			   "--machine", err);
}

static int
params__ports(const char *list, json_t *params, struct error *err)
{
	json_t *ports = json_array();
	size_t len;

	json_object_set_new(params, "ports", ports);
	for (; *list != '\0'; list += list[len] == ',' ? len + 1 : len) {
		json_t *port;

		len = strcspn(list, ",");
		port = json_stringn(list, len);
		if (port == NULL)
			return cmd_usage_error(err,
			    "--ports is not valid UTF-8");
		json_array_append_new(ports, port);
	}
	return 0;
}

/* The file's one line; an empty name stands for no key. */
static int
params__ssh_key(const char *path, json_t *params, struct error *err)
{
	_cleanup_free_ char *line = xmalloc(PARAMS_KEY_MAX + 2);
	FILE *in;
	bool read;

	if (path[0] == '\0')
		return cli_put_text(params, "ssh_key", "", "", err);
	in = fopen(path, "re");
	if (in == NULL)
		return error_errno(err, errno, "--ssh-key %s", path);
	read = fgets(line, PARAMS_KEY_MAX + 2, in) != NULL;
	fclose(in);
	if (!read)
		return error_set(err, -EINVAL, "--ssh-key %s is empty", path);
	/* Nothing of it is shown: this may have been the private one. */
	if (strncmp(line, "-----BEGIN", 10) == 0)
		return error_set(err, -EINVAL,
		    "%s is a private key; name its .pub file", path);
	line[strcspn(line, "\r\n")] = '\0';
	return cli_put_text(params, "ssh_key", line, "--ssh-key", err);
}

int
cli_put_spec(struct cmd_ctx *ctx, json_t *params, struct error *err)
{
	const char *cmdline = cmd_value(ctx, "cmdline");
	const char *ports = cmd_value(ctx, "ports");
	const char *key = cmd_value(ctx, "ssh-key");
	int r;

	if ((r = cli_put_number(ctx, "memory", PARAMS_MEMORY_MAX, params,
		 "memory_mib", err)) < 0 ||
	    (r = cli_put_number(ctx, "vcpus", PARAMS_VCPUS_MAX, params, "vcpus",
		 err)) < 0 ||
	    (r = params__machine(ctx, params, err)) < 0)
		return r;
	if (cmdline != NULL)
		r = cli_put_text(params, "cmdline", cmdline, "--cmdline", err);
	if (r == 0 && ports != NULL)
		r = params__ports(ports, params, err);
	if (r == 0 && key != NULL)
		r = params__ssh_key(key, params, err);
	return r;
}

const char *
cli_member(const struct cli_answer *a, const char *object, const char *key,
    const char *fallback)
{
	const json_t *o = json_object_get(a->result, object);
	const char *text = json_string_value(json_object_get(o, key));

	return text != NULL && text[0] != '\0' ? text : fallback;
}

int
cli_vm(struct cmd_ctx *ctx, struct cli_answer *a, json_t **ret_vm,
    struct error *err)
{
	json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_call(ctx, "vm.show", params, a, err)) < 0)
		return r;
	*ret_vm = json_object_get(a->result, "vm");
	return 0;
}
