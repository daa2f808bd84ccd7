/* SPDX-License-Identifier: ISC */
#include "vmm.h"

#include <string.h>

#include "base/cleanup.h"

/* Machines that QEMU does not emulate. */
static const struct {
	const char *machine;
	const struct vmm_ops *ops;
} vmm_others[] = {
	{ "firecracker", &vmm_firecracker },
};

const struct vmm_ops *
vmm_of(const char *machine)
{
	for (size_t i = 0; i < ARRAY_LEN(vmm_others); i++)
		if (strcmp(vmm_others[i].machine, machine) == 0)
			return vmm_others[i].ops;
	return &vmm_qemu;
}
