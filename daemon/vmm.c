/* SPDX-License-Identifier: ISC */
#include "vmm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "image.h"
#include "image_files.h"
#include "wire/rpc.h"

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

int
vmm_check_kernel(const struct config *config, const struct vmm_ops *ops,
    const struct image *image, struct error *err)
{
	static const char elf[] = "\x7f"
				  "ELF";
	_cleanup_free_ char *path = image_path(config, image->id, IMAGE_KERNEL);
	_cleanup_close_ int fd = -1;
	char head[sizeof(elf) - 1];
	ssize_t n;

	if (!ops->elf_kernel)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? pread(fd, head, sizeof(head), 0) : -1;
	if (n < 0)
		return error_errno(err, errno, "the image's kernel %s", path);
	if (n == sizeof(head) && memcmp(head, elf, sizeof(head)) == 0)
		return 0;
	return rpc_fail(err, RPC_INVALID_ARGUMENT,
	    "the kernel of image %s is no ELF file, and %s loads no other; "
	    "register an image with the uncompressed vmlinux",
	    image->name, ops->name);
}
