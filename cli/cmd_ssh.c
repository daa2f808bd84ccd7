/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli.h"
#include "cmd.h"

static const struct cmd_opt ssh__opts[] = {
	{ 'u', "user", "NAME", NULL, "root", "Whom to be in the guest." },
	{ 'k', "identity", "FILE", NULL, NULL, "The private key." },
	CMD_OPT_END,
};

/*
 * The guests' host keys, apart from the user's own file.  They are kept under
 * the VM's id, since an address goes to another VM when this one is deleted.
 */
static char *
ssh__known_hosts(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	_cleanup_free_ char *base = NULL, *dir = NULL;

	if (state != NULL && state[0] == '/')
		base = xstrdup(state);
	else
		base = xasprintf("%s/.local/state",
		    home != NULL && home[0] == '/' ? home : "/root");
	dir = xasprintf("%s/banger", base);
	mkdir(base, 0700);
	mkdir(dir, 0700);
	return xasprintf("%s/known_hosts", dir);
}

/* Becomes ssh. */
static int
ssh__become(struct cmd_ctx *ctx, const char *id, const char *ip,
    struct error *err)
{
	_cleanup_free_ char *hosts = ssh__known_hosts();
	_cleanup_free_ char *file = xasprintf("UserKnownHostsFile=%s", hosts);
	_cleanup_free_ char *alias = xasprintf("HostKeyAlias=%s", id);
	const char *identity = cmd_value(ctx, "identity");
	_cleanup_free_ char **argv = xcalloc((size_t)ctx->argc + 20,
	    sizeof(char *));
	const char *fixed[] = { "ssh", "-o", alias, "-o", file, "-o",
		"StrictHostKeyChecking=accept-new", "-l",
		cmd_value(ctx, "user") };
	size_t n = 0;

	/* execvp() writes nothing through these. */
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		argv[n++] = (char *)(uintptr_t)fixed[i];
	if (identity != NULL) {
		argv[n++] = (char *)(uintptr_t) "-i";
		argv[n++] = (char *)(uintptr_t)identity;
	}
	argv[n++] = (char *)(uintptr_t) "--";
	argv[n++] = (char *)(uintptr_t)ip;
	for (int i = 1; i < ctx->argc; i++)
		argv[n++] = ctx->argv[i];
	execvp("ssh", argv);
	error_errno(err, errno, "ssh");
	error_hint(err, "install openssh-client");
	return -ENOENT;
}

static int
ssh__run(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	const char *id, *ip;
	json_t *vm;
	int r = cli_vm(ctx, &a, &vm, err);

	if (r < 0)
		return r;
	id = json_string_value(json_object_get(vm, "vm_id"));
	ip = json_string_value(json_object_get(vm, "guest_ip"));
	if (id == NULL || ip == NULL)
		return error_set(err, -ENOENT,
		    "%s does not run: it has no address; start it first",
		    ctx->argv[0]);
	return ssh__become(ctx, id, ip, err);
}

CMD_VM(ssh, "VM [-- COMMAND ...]", 1, -1, ssh__opts,
    "Log in to a guest whose image has an SSH server, with ssh(1).", ssh__run);
