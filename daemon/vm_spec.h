/* SPDX-License-Identifier: ISC */
/*
 * What a user may say of a VM, when it is made and later (vm.create, vm.set):
 * one place that reads and judges it.
 */
#ifndef DAEMON_VM_SPEC_H
#define DAEMON_VM_SPEC_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

struct vm;

#define VM_SPEC_CMDLINE_MAX 1024
#define VM_SPEC_SSH_KEY_MAX 8192

/* NULL and 0: not said.  Strings but ports are borrowed from the params. */
struct vm_spec {
	const char *machine, *cmdline, *ssh_key;
	char *ports; /* "8080:80/tcp,53:53/udp"; owned */
	int64_t memory_mib, vcpus, disk_mib;
};

/* invalid_argument names what is wrong; ret is to be freed in any case. */
int vm_spec_read(const json_t *params, struct vm_spec *ret, struct error *err);
void vm_spec_done(struct vm_spec *spec);
/* Puts what was said into the VM, but for the disk; within a change. */
void vm_spec_apply(const struct vm_spec *spec, struct vm *vm);
/* Fit to be a VM's name, which is also its guest's host name. */
int vm_spec_name(const char *name, struct error *err);

#endif
