/* SPDX-License-Identifier: ISC */
/* Of capabilities, what is kept. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#include "confine.h"

/* Each with what needs it; the unit's CapabilityBoundingSet= says the same. */
static const unsigned confine__caps[] = {
	CAP_NET_ADMIN,    /* bridge, taps, nftables */
	CAP_SYS_ADMIN,    /* the jail's namespaces, mounts and host name */
	CAP_MKNOD,        /* the jail's /dev */
	CAP_SETUID,       /* the VM's user */
	CAP_SETGID,       /* the same */
	CAP_SETPCAP,      /* emptying the bounding set */
	CAP_CHOWN,        /* disks and sockets are handed over */
	CAP_FOWNER,       /* modes of what is handed over */
	CAP_DAC_OVERRIDE, /* bangerd's directories */
	CAP_KILL,         /* ending a VMM */
};

uint64_t
confine_caps_kept(void)
{
	uint64_t set = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(confine__caps); i++)
		set |= UINT64_C(1) << confine__caps[i];
	return set;
}

/* The bounding set first: that takes CAP_SETPCAP, which is kept. */
int
confine_drop_caps(struct error *err)
{
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const uint64_t keep = confine_caps_kept();
	unsigned long cap;
	size_t i;

	for (cap = 0; cap < 64; cap++)
		if ((keep >> cap & 1) == 0 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			break;
	if (cap < 64 && errno != EINVAL) /* beyond the kernel's last */
		return error_errno(err, errno, "dropping capability %lu", cap);
	memset(&head, 0, sizeof(head));
	head.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capget, &head, data) < 0)
		return error_errno(err, errno, "reading the capabilities");
	for (i = 0; i < ARRAY_LEN(data); i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return error_errno(err, errno, "dropping capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, errno, "no_new_privs");
	return 0;
}
