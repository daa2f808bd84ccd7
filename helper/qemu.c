/* SPDX-License-Identifier: ISC */
#include "qemu.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#include "wire/rpc.h"

/* More than the longest line below has. */
#define QEMU_ARGS_MAX 64

struct qemu__args {
	char **v;
	size_t n;
};

/* Puts an option and its value, which is formatted. */
static void __attribute__((format(printf, 3, 4)))
qemu__opt(struct qemu__args *a, const char *name, const char *fmt, ...)
{
	char text[2048]; /* CHECK_CMDLINE_MAX has room */
	va_list ap;

	if (a->n + 2 >= QEMU_ARGS_MAX)
		abort();
	a->v[a->n++] = xstrdup(name);
	if (fmt == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	a->v[a->n++] = xstrdup(text);
}

/*
 * The VM's overlay over its image.  The backing file is named here, so that
 * what the overlay's header says of it is not followed.
 */
static void
qemu__disk(struct qemu__args *a)
{
	_cleanup_json_ json_t *dev = NULL;
	_cleanup_free_ char *text = NULL;

	dev = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, "
			"s:{s:s, s:b, s:{s:s, s:s, s:b}}}",
	    "driver", "qcow2", "node-name", "disk", "discard", "unmap", "file",
	    "driver", "file", "filename", "/" VMM_ROOT_OVERLAY, "backing",
	    "driver", "raw", "read-only", 1, "file", "driver", "file",
	    "filename", "/" VMM_ROOT_IMAGE, "read-only", 1);
	if (dev != NULL)
		text = json_dumps(dev, JSON_COMPACT);
	if (text == NULL)
		abort();
	qemu__opt(a, "-blockdev", "%s", text);
}

/* The work disk: raw, whatever its first bytes say, and of one file. */
static void
qemu__work(struct qemu__args *a)
{
	_cleanup_json_ json_t *dev = NULL;
	_cleanup_free_ char *text = NULL;

	dev = json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "driver", "raw",
	    "node-name", "work", "discard", "unmap", "file", "driver", "file",
	    "filename", "/" VMM_ROOT_WORK);
	if (dev != NULL)
		text = json_dumps(dev, JSON_COMPACT);
	if (text == NULL)
		abort();
	qemu__opt(a, "-blockdev", "%s", text);
}

/*
 * The guest's command line.  A microvm under plain emulation has no clock but
 * the TSC, and a guest that fails to measure it (on a busy host every second
 * one does) hangs for ever with no timer interrupt.  So it is told: emulation
 * hands through the host's TSC.  With KVM, kvm-clock tells it.
 */
static void
qemu__append(struct qemu__args *a, const struct qemu_config *q)
{
	if (q->vm->machine == CHECK_MICROVM && !q->kvm && q->tsc_khz > 0)
		qemu__opt(a, "-append", "%s tsc_early_khz=%u", q->vm->cmdline,
		    q->tsc_khz);
	else if (q->vm->cmdline[0] != '\0')
		qemu__opt(a, "-append", "%s", q->vm->cmdline);
}

static void
qemu__machine(struct qemu__args *a, const struct qemu_config *q)
{
	qemu__opt(a, "-name", "guest=%s", q->vm->vm_id);
	qemu__opt(a, "-no-user-config", NULL);
	qemu__opt(a, "-nodefaults", NULL);
	qemu__opt(a, "-display", "none");
	qemu__opt(a, "-no-reboot", NULL);
	qemu__opt(a, "-S", NULL);
	qemu__opt(a, "-M", "%s",
	    q->vm->machine == CHECK_Q35
		? "q35"
		: "microvm,acpi=on,rtc=on,isa-serial=on");
	qemu__opt(a, "-accel", "%s", q->kvm ? "kvm" : "tcg");
	qemu__opt(a, "-cpu", "max");
	qemu__opt(a, "-m", "%u", q->vm->memory_mib);
	qemu__opt(a, "-smp", "%u", q->vm->vcpus);
	qemu__opt(a, "-sandbox",
	    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,"
	    "resourcecontrol=deny");
	qemu__opt(a, "-kernel", "/" VMM_ROOT_KERNEL);
	if (q->initrd)
		qemu__opt(a, "-initrd", "/" VMM_ROOT_INITRD);
	qemu__append(a, q);
}

static void
qemu__devices(struct qemu__args *a, const struct qemu_config *q)
{
	const bool pci = q->vm->machine == CHECK_Q35;
	const char *bus = pci ? "pci" : "device";

	qemu__disk(a);
	qemu__opt(a, "-device", "virtio-blk-%s,drive=disk", bus);
	if (q->work) {
		qemu__work(a);
		qemu__opt(a, "-device",
		    "virtio-blk-%s,drive=work,serial=banger-work", bus);
	}
	qemu__opt(a, "-netdev", "tap,id=n0,fd=%d", QEMU_FD_TAP);
	/* No boot ROM: its file is of another package, and nothing boots so. */
	qemu__opt(a, "-device", "virtio-net-%s,netdev=n0,mac=%s%s", bus, q->mac,
	    pci ? ",romfile=" : "");
	qemu__opt(a, "-chardev", "socket,id=qmp,fd=%d,server=on,wait=off",
	    QEMU_FD_QMP);
	qemu__opt(a, "-mon", "chardev=qmp,mode=control");
	qemu__opt(a, "-device", "virtio-serial-%s", bus);
	qemu__opt(a, "-chardev", "socket,id=agent,fd=%d,server=on,wait=off",
	    QEMU_FD_AGENT);
	qemu__opt(a, "-device",
	    "virtserialport,chardev=agent,name=org.qemu.guest_agent.0");
	qemu__opt(a, "-add-fd", "fd=%d,set=1", QEMU_FD_CONSOLE);
	/* All that the guest says is logged, whether somebody is attached or
	 * not. */
	qemu__opt(a, "-chardev",
	    "socket,id=console,fd=%d,server=on,wait=off,"
	    "logfile=/dev/fdset/1,logappend=on",
	    QEMU_FD_CONSOLE_SOCKET);
	qemu__opt(a, "-serial", "chardev:console");
}

char **
qemu_argv(const struct qemu_config *q)
{
	struct qemu__args a = { xcalloc(QEMU_ARGS_MAX, sizeof(char *)), 0 };

	a.v[a.n++] = xstrdup(q->program);
	qemu__machine(&a, q);
	qemu__devices(&a, q);
	return a.v;
}
