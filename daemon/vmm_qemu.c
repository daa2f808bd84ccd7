/* SPDX-License-Identifier: ISC */
#include "base/cleanup.h"
#include "base/mem.h"
#include "qmp.h"
#include "vmm.h"
#include "wire/vmm_root.h"

struct vmm_qemu {
	struct vmm vmm;
	struct qmp qmp;
};

static struct qmp *
vmm_qemu__qmp(struct vmm *v)
{
	return &((struct vmm_qemu *)v)->qmp;
}

static int
vmm_qemu__open(const char *socket, int64_t deadline_ns, struct vmm **ret,
    struct error *err)
{
	_cleanup_free_ struct vmm_qemu *q = xcalloc(1, sizeof(*q));
	int rc = qmp_open(&q->qmp, socket, deadline_ns, err);

	if (rc < 0)
		return rc;
	q->vmm.ops = &vmm_qemu;
	*ret = &steal(&q)->vmm;
	return 0;
}

static int
vmm_qemu__boot(struct vmm *v, int64_t deadline_ns, struct error *err)
{
	return qmp_execute(vmm_qemu__qmp(v), "cont", NULL, deadline_ns, NULL,
	    err);
}

static int
vmm_qemu__quit(struct vmm *v, int64_t deadline_ns, struct error *err)
{
	return qmp_execute(vmm_qemu__qmp(v), "quit", NULL, deadline_ns, NULL,
	    err);
}

static int
vmm_qemu__wait_end(struct vmm *v, int64_t deadline_ns, struct error *err)
{
	return qmp_wait_end(vmm_qemu__qmp(v), deadline_ns, err);
}

static int
vmm_qemu__fd(const struct vmm *v)
{
	return ((const struct vmm_qemu *)v)->qmp.fd;
}

static struct vmm *
vmm_qemu__close(struct vmm *v)
{
	if (v != NULL) {
		qmp_close(vmm_qemu__qmp(v));
		free(v);
	}
	return NULL;
}

const struct vmm_ops vmm_qemu = {
	.name = "qemu",
	.disk = VMM_ROOT_OVERLAY,
	.overlay = true,
	.shutdown = "powerdown",
	.open = vmm_qemu__open,
	.boot = vmm_qemu__boot,
	.quit = vmm_qemu__quit,
	.wait_end = vmm_qemu__wait_end,
	.fd = vmm_qemu__fd,
	.close = vmm_qemu__close,
};
