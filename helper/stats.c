/* SPDX-License-Identifier: ISC */
/*
 * vmm.stats: what a VMM has used, from /proc (proc(5)) and its tap's counters.
 * Read between two looks at the process's start time, so that the figures are
 * those of the VM and not of another process with its number.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#include "wire/rpc.h"

#include "handlers.h"
#include "helper.h"
#include "net.h"

#define STATS_TEXT_MAX 2048

/* Reads the start of a small file of the kernel's; false when it cannot. */
static bool
stats__read(const char *path, char text[STATS_TEXT_MAX])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, STATS_TEXT_MAX - 1) : -1;

	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* utime and stime: fields 14 and 15, behind a name that may hold anything. */
static void
stats__cpu(pid_t pid, json_t *out)
{
	char path[64], text[STATS_TEXT_MAX];
	unsigned long long user, system;
	const char *name_end;
	long hz = sysconf(_SC_CLK_TCK);

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!stats__read(path, text))
		return;
	name_end = strrchr(text, ')');
	if (name_end != NULL && hz > 0 &&
	    sscanf(name_end + 1,
		" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
		&system) == 2)
		json_object_set_new(out, "cpu_ms",
		    json_integer((json_int_t)((user + system) * 1000 /
			(unsigned long long)hz)));
}

static void
stats__memory(pid_t pid, json_t *out)
{
	char path[64], text[STATS_TEXT_MAX];
	unsigned long long size, resident;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (stats__read(path, text) &&
	    sscanf(text, "%llu %llu", &size, &resident) == 2)
		json_object_set_new(out, "rss_bytes",
		    json_integer((json_int_t)resident * sysconf(_SC_PAGESIZE)));
}

/* Needs CAP_SYS_PTRACE; left out where the helper does not have it. */
static void
stats__io(pid_t pid, json_t *out)
{
	static const char *const keys[][2] = {
		{ "\nread_bytes: ", "disk_read_bytes" },
		{ "\nwrite_bytes: ", "disk_write_bytes" },
	};
	char path[64], text[STATS_TEXT_MAX];

	snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	if (!stats__read(path, text))
		return;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *at = strstr(text, keys[i][0]);
		unsigned long long n;

		if (at != NULL &&
		    sscanf(at + strlen(keys[i][0]), "%llu", &n) == 1)
			json_object_set_new(out, keys[i][1],
			    json_integer((json_int_t)n));
	}
}

/* What the host receives on the tap is what the guest sent. */
static void
stats__net(const char *tap, json_t *out)
{
	static const char *const keys[][2] = {
		{ "tx_bytes", "guest_rx_bytes" },
		{ "rx_bytes", "guest_tx_bytes" },
		{ "tx_dropped", "guest_rx_dropped" },
	};
	char path[128], text[STATS_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		unsigned long long n;

		snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s",
		    tap, keys[i][0]);
		if (stats__read(path, text) && sscanf(text, "%llu", &n) == 1)
			json_object_set_new(out, keys[i][1],
			    json_integer((json_int_t)n));
	}
}

static bool
stats__is_it(const struct vmm *v)
{
	uint64_t starttime;

	return v != NULL && v->state.running &&
	    state_starttime(v->state.pid, &starttime, NULL) == 0 &&
	    starttime == v->state.starttime;
}

int
handler_vmm_stats(struct call *c, struct error *err)
{
	const struct helper *h = c->helper;
	const struct vmm *v = vmm_find(h->vms, c->params.vm_id);
	_cleanup_json_ json_t *out = json_object();
	struct net_tap tap;
	int r;

	r = net_tap_name(&h->cfg, c->params.vm_id, c->params.slot, &tap, err);
	if (r < 0)
		return r;
	if (stats__is_it(v)) {
		json_object_set_new(out, "pid", json_integer(v->state.pid));
		stats__cpu(v->state.pid, out);
		stats__memory(v->state.pid, out);
		stats__io(v->state.pid, out);
		stats__net(tap.name, out);
	}
	if (!stats__is_it(v))
		return rpc_fail(err, RPC_INVALID_STATE, "the VMM does not run");
	c->result = json_incref(out);
	return 0;
}
