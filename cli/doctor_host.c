/* SPDX-License-Identifier: ISC */
/* What the kernel and the disk have for VMs. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/mem.h"
#include "doctor.h"

#define HOST_STATE_DIR "/var/lib/banger"
#define HOST_QEMU "/usr/bin/qemu-system-x86_64"
#define HOST_LOW_BYTES (1LL << 30)  /* a VM's disk grows as its guest writes */
#define HOST_LEAST_BYTES (64 << 20) /* the daemon's own state needs some */
#define HOST_LOW_FILES 1000
/* Of each connection and VM one, and those that the daemon has anyhow. */
#define HOST_FILES_SPARE 512

void
doctor_kvm(const struct doctor *d, struct finding *f)
{
	const json_t *kvm = doctor_host(d, "helper", "kvm");

	if (json_is_true(kvm)) {
		doctor_say(f, DOCTOR_OK, "QEMU runs a processor with KVM");
	} else if (access("/dev/kvm", F_OK) < 0) {
		doctor_say(f, DOCTOR_WARN,
		    "there is no /dev/kvm; VMs are emulated, which is slow");
		doctor_mend(f,
		    "modprobe kvm_intel or kvm_amd, and allow virtualization "
		    "in the firmware, or of this machine in its hypervisor");
	} else if (kvm != NULL) {
		doctor_say(f, DOCTOR_WARN,
		    "/dev/kvm is there, but QEMU cannot run a processor with "
		    "it; VMs are emulated, which is slow");
		doctor_mend(f,
		    "look what dmesg says of kvm, then restart banger-helper, "
		    "which tries once at its start");
	} else {
		doctor_say(f, DOCTOR_OK,
		    "/dev/kvm is there; the helper, who knows more, was not "
		    "asked");
	}
}

void
doctor_tun(const struct doctor *d, struct finding *f)
{
	struct stat st;

	(void)d;
	if (stat("/dev/net/tun", &st) == 0 && S_ISCHR(st.st_mode)) {
		doctor_say(f, DOCTOR_OK, "/dev/net/tun is there");
		return;
	}
	doctor_say(f, DOCTOR_FAIL, "there is no /dev/net/tun; no VM can start");
	doctor_mend(f, "modprobe tun");
}

/* Has one of the file's lines the text?  Of a line only what is before stop. */
static bool
host__has(const char *path, const char *text, const char *stop)
{
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *in = fopen(path, "re");

	while (in != NULL && !found && getline(&line, &room, in) >= 0) {
		line[strcspn(line, stop)] = '\0';
		found = strstr(line, text) != NULL;
	}
	if (in != NULL)
		fclose(in);
	return found;
}

/*
 * A part of the kernel that is loaded when the helper first needs it.  Nothing
 * lists what a kernel without modules has; but a function of it is a symbol.
 */
static void
host__module(const char *module, const char *symbol, const char *what,
    struct finding *f)
{
	_cleanup_free_ char *loaded = xasprintf("/sys/module/%s", module);
	_cleanup_free_ char *file = xasprintf("/%s.ko", module);
	_cleanup_free_ char *lists = NULL;
	struct utsname uts;

	uname(&uts);
	lists = xasprintf("/lib/modules/%s/modules.dep", uts.release);
	if (access(loaded, F_OK) == 0) {
		doctor_say(f, DOCTOR_OK, "the kernel has %s loaded", module);
	} else if (host__has(lists, file, ":\n")) {
		doctor_say(f, DOCTOR_OK,
		    "the module %s is there, to be loaded when it is needed",
		    module);
	} else if (host__has("/proc/kallsyms", symbol, "\n")) {
		doctor_say(f, DOCTOR_OK, "the kernel has %s built in", module);
	} else {
		doctor_say(f, DOCTOR_WARN,
		    "neither loaded nor known as a module: %s, for %s", module,
		    what);
		doctor_mend(f,
		    "modprobe %s; where that says there is none, install the "
		    "kernel's modules",
		    module);
	}
}

void
doctor_bridge(const struct doctor *d, struct finding *f)
{
	(void)d;
	host__module("bridge", " br_add_if", "the VMs' bridge", f);
}

void
doctor_nft(const struct doctor *d, struct finding *f)
{
	(void)d;
	host__module("nf_tables", " nft_do_chain", "what VMs may reach", f);
}

void
doctor_qemu(const struct doctor *d, struct finding *f)
{
	const json_t *qemu = doctor_host(d, "helper", "qemu");

	if (qemu != NULL && json_string_value(qemu)[0] != '\0') {
		doctor_say(f, DOCTOR_OK, "the helper has QEMU %s",
		    json_string_value(qemu));
	} else if (qemu == NULL && access(HOST_QEMU, X_OK) == 0) {
		doctor_say(f, DOCTOR_OK, "%s is there", HOST_QEMU);
	} else {
		doctor_say(f, DOCTOR_FAIL,
		    qemu != NULL ? "the helper found no QEMU that runs"
				 : "there is no " HOST_QEMU);
		doctor_mend(f,
		    "apt-get install qemu-system-x86, then restart "
		    "banger-helper");
	}
}

/* It need not be there: only a VM of its machine asks for it. */
void
doctor_firecracker(const struct doctor *d, struct finding *f)
{
	const char *version = json_string_value(
	    doctor_host(d, "helper", "firecracker"));
	const char *path = json_string_value(
	    doctor_host(d, "helper", "firecracker_path"));

	if (version == NULL || path == NULL) {
		doctor_say(f, DOCTOR_OK,
		    "not known without the helper; only VMs of machine "
		    "firecracker need it");
	} else if (version[0] == '\0') {
		doctor_say(f, DOCTOR_OK,
		    "none runs at %s, so VMs of machine firecracker cannot "
		    "start (put its release there and restart "
		    "banger-helper)",
		    path);
	} else if (!json_is_true(doctor_host(d, "helper", "kvm_device"))) {
		doctor_say(f, DOCTOR_WARN,
		    "the helper has Firecracker %s, which needs /dev/kvm, and "
		    "that cannot be opened",
		    version);
		doctor_mend(f,
		    "modprobe kvm_intel or kvm_amd, then restart "
		    "banger-helper");
	} else {
		doctor_say(f, DOCTOR_OK, "the helper has Firecracker %s",
		    version);
	}
}

/* ---- disk ------------------------------------------------------------------
 */

/* The state directory's file system as this process sees it. */
static bool
host__look_at(const char *dir, int64_t *ret_bytes, int64_t *ret_files)
{
	struct statvfs fs;

	if (statvfs(dir, &fs) < 0)
		return false;
	*ret_bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
	*ret_files = fs.f_files > 0 ? (int64_t)fs.f_favail : INT64_MAX;
	return true;
}

static void
host__room(const char *dir, int64_t bytes, int64_t files, struct finding *f)
{
	if (bytes < HOST_LOW_BYTES || files < HOST_LOW_FILES) {
		doctor_say(f,
		    bytes < HOST_LEAST_BYTES || files == 0 ? DOCTOR_FAIL
							   : DOCTOR_WARN,
		    "%s has room for %lld MiB%s", dir, (long long)(bytes >> 20),
		    files < HOST_LOW_FILES ? ", and for few files" : "");
		doctor_mend(f,
		    "banger delete VMs and banger image delete images that "
		    "are not needed, or give it a larger file system");
		return;
	}
	doctor_say(f, DOCTOR_OK, "%s has room for %lld MiB", dir,
	    (long long)(bytes >> 20));
}

void
doctor_disk(const struct doctor *d, struct finding *f)
{
	const char *dir = json_string_value(doctor_host(d, "state", "dir"));
	const json_t *known = doctor_host(d, "state", "bytes_free");
	const json_t *inodes = doctor_host(d, "state", "files_free");
	int64_t bytes, files;

	if (dir == NULL)
		dir = getenv("BANGER_STATE_DIR");
	if (dir == NULL || dir[0] == '\0')
		dir = HOST_STATE_DIR;
	if (json_is_false(doctor_host(d, "state", "writable"))) {
		doctor_say(f, DOCTOR_FAIL, "bangerd may not write to %s", dir);
		doctor_mend(f,
		    "give it to the daemon's user, or mount it for writing");
	} else if (known != NULL) {
		host__room(dir, json_integer_value(known),
		    inodes != NULL ? json_integer_value(inodes) : INT64_MAX, f);
	} else if (host__look_at(dir, &bytes, &files)) {
		host__room(dir, bytes, files, f);
	} else {
		doctor_say(f, DOCTOR_FAIL, "%s: %s", dir, strerror(errno));
		doctor_mend(f, "systemd-tmpfiles --create");
	}
}

void
doctor_files(const struct doctor *d, struct finding *f)
{
	const json_t *max = doctor_host(d, NULL, "files_max");
	const json_t *conns = doctor_host(d, NULL, "connections_max");
	int64_t have, need;

	if (max == NULL || conns == NULL) {
		doctor_say(f, DOCTOR_OK, "not known without the daemon");
		return;
	}
	have = json_integer_value(max);
	need = json_integer_value(conns) + HOST_FILES_SPARE;
	if (have >= need) {
		doctor_say(f, DOCTOR_OK,
		    "bangerd may have %lld files open at a time",
		    (long long)have);
		return;
	}
	doctor_say(f, DOCTOR_WARN,
	    "bangerd may have %lld files open at a time, and %lld "
	    "connections",
	    (long long)have, (long long)json_integer_value(conns));
	doctor_mend(f,
	    "set LimitNOFILE=%lld or more in its unit, or fewer connections "
	    "in bangerd.conf",
	    (long long)need);
}
