/* SPDX-License-Identifier: ISC */
#include "vm_spec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ports.h"
#include "vm.h"
#include "wire/rpc.h"

#define SPEC_NAME_MAX 32
#define SPEC_DISK_MIB_MAX 4194304 /* 4 TiB */

int
vm_spec_name(const char *name, struct error *err)
{
	if (!text_is_name(name, "abcdefghijklmnopqrstuvwxyz0123456789-",
		SPEC_NAME_MAX) ||
	    name[0] == '-' || name[strlen(name) - 1] == '-')
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "a VM's name is 1 to %d of a-z, 0-9 and -, neither "
		    "beginning nor ending with -",
		    SPEC_NAME_MAX);
	if (strcmp(name, "localhost") == 0)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "a VM's name becomes a host name; localhost is taken");
	return 0;
}

/* A line of an authorized_keys file, without options before the key. */
static bool
spec__is_ssh_key(const char *key)
{
	size_t type = strcspn(key, " ");

	if (strncmp(key, "ssh-", 4) != 0 && strncmp(key, "ecdsa-", 6) != 0 &&
	    strncmp(key, "sk-", 3) != 0)
		return false;
	if (key[type] != ' ' || strncmp(key + type, " AAAA", 5) != 0 ||
	    strlen(key) > VM_SPEC_SSH_KEY_MAX)
		return false;
	for (const char *p = key; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return true;
}

static int
spec__check(const struct vm_spec *s, struct error *err)
{
	if (s->machine != NULL && strcmp(s->machine, "microvm") != 0 &&
	    strcmp(s->machine, "q35") != 0 &&
	    strcmp(s->machine, "firecracker") != 0)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "machine is microvm, q35 or firecracker");
	/* What the helper takes as kernel arguments. */
	if (s->cmdline != NULL && s->cmdline[0] != '\0' &&
	    !text_is_name(s->cmdline,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789=._:/,@ -",
		VM_SPEC_CMDLINE_MAX))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "cmdline is up to %d of A-Z a-z 0-9 = . _ : / , @ - and "
		    "blanks",
		    VM_SPEC_CMDLINE_MAX);
	if (s->ssh_key != NULL && s->ssh_key[0] != '\0' &&
	    !spec__is_ssh_key(s->ssh_key))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "ssh_key is one public key, as a line of an .pub file has "
		    "it");
	return 0;
}

int
vm_spec_read(const json_t *params, struct vm_spec *ret, struct error *err)
{
	const json_t *ports = json_object_get(params, "ports");
	int rc;

	*ret = (struct vm_spec){ 0 };
	if ((rc = rpc_param_str_opt(params, "machine", &ret->machine, err)) <
		0 ||
	    (rc = rpc_param_str_opt(params, "cmdline", &ret->cmdline, err)) <
		0 ||
	    (rc = rpc_param_str_opt(params, "ssh_key", &ret->ssh_key, err)) <
		0 ||
	    (rc = rpc_param_int_opt(params, "memory_mib", 64, 65536,
		 &ret->memory_mib, err)) < 0 ||
	    (rc = rpc_param_int_opt(params, "vcpus", 1, 32, &ret->vcpus, err)) <
		0 ||
	    (rc = rpc_param_int_opt(params, "disk_mib", 1, SPEC_DISK_MIB_MAX,
		 &ret->disk_mib, err)) < 0)
		return rc;
	if (ports != NULL && !json_is_null(ports) &&
	    (rc = ports_read(ports, &ret->ports, err)) < 0)
		return rc;
	return spec__check(ret, err);
}

void
vm_spec_done(struct vm_spec *spec)
{
	free(spec->ports);
	spec->ports = NULL;
}

void
vm_spec_apply(const struct vm_spec *s, struct vm *vm)
{
	if (s->machine != NULL)
		xset(&vm->machine, s->machine);
	if (s->cmdline != NULL)
		xset(&vm->cmdline, s->cmdline);
	if (s->ssh_key != NULL)
		xset(&vm->ssh_key, s->ssh_key);
	if (s->ports != NULL)
		xset(&vm->ports, s->ports);
	if (s->memory_mib > 0)
		vm->memory_mib = s->memory_mib;
	if (s->vcpus > 0)
		vm->vcpus = s->vcpus;
}
