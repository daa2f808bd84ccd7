/* SPDX-License-Identifier: ISC */
/*
 * Firecracker as a back end.  All it is to run is told by requests before
 * InstanceStart, in any order; each is one row of the table below.
 *
 * Its process ends with the guest's reboot.  That is seen on a connection that
 * is kept open and on which nothing is ever said.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "firecracker.h"
#include "vmm.h"
#include "wire/rpc.h"
#include "wire/sock.h"
#include "wire/vmm_root.h"

/* The first context id that no hypervisor keeps for itself (vsock(7)). */
#define FIRECRACKER_CID 3

/*
 * Behind the image's own words, so that they go before what QEMU wants: a
 * reboot by the keyboard controller ends Firecracker, and so does a panic that
 * leads to one.
 */
#define FIRECRACKER_ARGS " reboot=k panic=1"

struct vmm_firecracker {
	struct vmm vmm;
	struct firecracker *api;
	int watch;
};

static struct vmm *
vmm_firecracker__close(struct vmm *v)
{
	struct vmm_firecracker *f = (struct vmm_firecracker *)v;

	if (f == NULL)
		return NULL;
	firecracker_free(f->api);
	cleanup_closep(&f->watch);
	free(f);
	return NULL;
}

DEFINE_FREEP(struct vmm *, vmm_firecracker__close);

/* "Not started", "Running" or "Paused"; the answer must be Firecracker's. */
static int
vmm_firecracker__hello(struct firecracker *api, int64_t deadline_ns,
    struct error *err)
{
	_cleanup_json_ json_t *info = NULL;
	int rc = firecracker_get(api, "/", deadline_ns, &info, err);

	if (rc == 0 &&
	    (!json_is_string(json_object_get(info, "state")) ||
		!json_is_string(json_object_get(info, "vmm_version"))))
		rc = error_set(err, -EPROTO,
		    "Firecracker GET /: the answer is not its own");
	return rc;
}

static int
vmm_firecracker__open(const char *socket, int64_t deadline_ns, struct vmm **ret,
    struct error *err)
{
	_cleanup_(vmm_firecracker__closep) struct vmm *v = NULL;
	struct vmm_firecracker *f = xcalloc(1, sizeof(*f));
	int rc;

	v = &f->vmm;
	f->vmm.ops = &vmm_firecracker;
	f->watch = -1;
	f->api = firecracker_new(socket);
	rc = sock_connect_nofollow(socket, deadline_ns - clock_mono_ns(),
	    &f->watch, err);
	if (rc == 0)
		rc = vmm_firecracker__hello(f->api, deadline_ns, err);
	if (rc < 0)
		return rc;
	*ret = steal(&v);
	return 0;
}

/* ---- what it is to run -------------------------------------------------- */

static json_t *
vmm_firecracker__machine(const struct vmm_config *c)
{
	return json_pack("{s:I, s:I}", "vcpu_count", (json_int_t)c->vcpus,
	    "mem_size_mib", (json_int_t)c->memory_mib);
}

static json_t *
vmm_firecracker__boot_source(const struct vmm_config *c)
{
	_cleanup_free_ char *args = xasprintf("%s" FIRECRACKER_ARGS,
	    c->cmdline);
	json_t *body = json_pack("{s:s, s:s}", "kernel_image_path",
	    "/" VMM_ROOT_KERNEL, "boot_args", args);

	if (c->initrd)
		json_object_set_new(body, "initrd_path",
		    json_string("/" VMM_ROOT_INITRD));
	return body;
}

/* Writeback: the guest's flushes reach the disk. */
static json_t *
vmm_firecracker__drive(const char *id, const char *path, bool root)
{
	return json_pack("{s:s, s:s, s:b, s:b, s:s}", "drive_id", id,
	    "path_on_host", path, "is_root_device", root, "is_read_only", 0,
	    "cache_type", "Writeback");
}

static json_t *
vmm_firecracker__root(const struct vmm_config *c)
{
	(void)c;
	return vmm_firecracker__drive("rootfs", "/" VMM_ROOT_DISK, true);
}

static json_t *
vmm_firecracker__work(const struct vmm_config *c)
{
	return c->work
	    ? vmm_firecracker__drive("work", "/" VMM_ROOT_WORK, false)
	    : NULL;
}

static json_t *
vmm_firecracker__net(const struct vmm_config *c)
{
	return json_pack("{s:s, s:s, s:s}", "iface_id", "eth0", "host_dev_name",
	    c->tap, "guest_mac", c->mac);
}

static json_t *
vmm_firecracker__vsock(const struct vmm_config *c)
{
	(void)c;
	return json_pack("{s:i, s:s}", "guest_cid", FIRECRACKER_CID, "uds_path",
	    "/" VMM_ROOT_VSOCK);
}

/* NULL for what the VM does without. */
static const struct {
	const char *path;
	json_t *(*body)(const struct vmm_config *c);
} vmm_firecracker__parts[] = {
	{ "/machine-config", vmm_firecracker__machine },
	{ "/boot-source", vmm_firecracker__boot_source },
	{ "/drives/rootfs", vmm_firecracker__root },
	{ "/drives/work", vmm_firecracker__work },
	{ "/network-interfaces/eth0", vmm_firecracker__net },
	{ "/vsock", vmm_firecracker__vsock },
};

static int
vmm_firecracker__configure(struct vmm *v, const struct vmm_config *c,
    int64_t deadline_ns, struct error *err)
{
	struct vmm_firecracker *f = (struct vmm_firecracker *)v;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(vmm_firecracker__parts);
	     i++) {
		json_t *body = vmm_firecracker__parts[i].body(c);

		if (body != NULL)
			rc = firecracker_put(f->api,
			    vmm_firecracker__parts[i].path, body, deadline_ns,
			    err);
	}
	return rc;
}

/* ---- while it runs ------------------------------------------------------ */

static int
vmm_firecracker__action(struct vmm *v, const char *action, int64_t deadline_ns,
    struct error *err)
{
	struct vmm_firecracker *f = (struct vmm_firecracker *)v;

	return firecracker_put(f->api, "/actions",
	    json_pack("{s:s}", "action_type", action), deadline_ns, err);
}

static int
vmm_firecracker__boot(struct vmm *v, int64_t deadline_ns, struct error *err)
{
	return vmm_firecracker__action(v, "InstanceStart", deadline_ns, err);
}

/* There is no request that ends it: the guest is to reboot. */
static int
vmm_firecracker__quit(struct vmm *v, int64_t deadline_ns, struct error *err)
{
	return vmm_firecracker__action(v, "SendCtrlAltDel", deadline_ns, err);
}

static int
vmm_firecracker__wait_end(struct vmm *v, int64_t deadline_ns, struct error *err)
{
	struct vmm_firecracker *f = (struct vmm_firecracker *)v;
	char unasked[256];
	ssize_t n;

	/* It says nothing there; if it did, that would be no end. */
	do
		n = sock_recv(f->watch, unasked, sizeof(unasked), deadline_ns,
		    err);
	while (n > 0 && clock_mono_ns() < deadline_ns);
	if (n == 0 || n == -ECONNRESET)
		return 0;
	return n > 0 || n == -ETIMEDOUT ? 1 : (int)n;
}

static int
vmm_firecracker__fd(const struct vmm *v)
{
	return ((const struct vmm_firecracker *)v)->watch;
}

/* FcExitCode of Firecracker; the others are signals that it caught. */
static const char *
vmm_firecracker__exit(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {
		{ 148, "a system call that its filter does not allow" },
		{ 149, "SIGBUS" },
		{ 150, "SIGSEGV" },
		{ 151, "SIGXFSZ" },
		{ 152, "a configuration that it does not take" },
		{ 153, "arguments that it does not take" },
		{ 154, "SIGXCPU" },
		{ 155, "SIGPIPE" },
		{ 156, "SIGHUP" },
		{ 157, "SIGILL" },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return NULL;
}

const struct vmm_ops vmm_firecracker = {
	.name = "firecracker",
	.disk = VMM_ROOT_DISK,
	.elf_kernel = true,
	.binds = true,
	.agent_port = VMM_AGENT_PORT,
	/* It outlives a guest that powers down, and ends with a reboot. */
	.shutdown = "reboot",
	.exit_text = vmm_firecracker__exit,
	.open = vmm_firecracker__open,
	.configure = vmm_firecracker__configure,
	.boot = vmm_firecracker__boot,
	.quit = vmm_firecracker__quit,
	.wait_end = vmm_firecracker__wait_end,
	.fd = vmm_firecracker__fd,
	.close = vmm_firecracker__close,
};
