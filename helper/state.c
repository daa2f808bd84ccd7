/* SPDX-License-Identifier: ISC */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"

#include "wire/rpc.h"

#include "files.h"

#define STATE_BOOT_MAX 40 /* a UUID in text */
#define STATE_FILE_MAX 4096
#define STATE_FILE "state"
#define STATE_NEW "state.new"
/* Fields of proc(5)'s stat behind the command's name: from 3 to 22. */
#define STATE_FIELDS_BEFORE_START 19

static int
state__read_file(const char *path, char *out, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, out, size - 1);
	if (n < 0)
		return -errno;
	out[n] = '\0';
	return 0;
}

static int
state__boot_id(char out[STATE_BOOT_MAX], struct error *err)
{
	int r = state__read_file("/proc/sys/kernel/random/boot_id", out,
	    STATE_BOOT_MAX);

	if (r < 0)
		return error_errno(err, -r, "reading the boot id");
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

int
state_starttime(pid_t pid, uint64_t *ret, struct error *err)
{
	char path[32], text[1024];
	const char *p;
	int r, i;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = state__read_file(path, text, sizeof(text));
	if (r < 0)
		return error_errno(err, -r, "reading %s", path);
	/* The name may hold anything; its last parenthesis ends it. */
	p = strrchr(text, ')');
	for (i = 0; p != NULL && i <= STATE_FIELDS_BEFORE_START; i++) {
		p = strchr(p, ' ');
		if (p != NULL)
			p++;
	}
	if (p == NULL || sscanf(p, "%" SCNu64, ret) != 1)
		return error_set(err, -EPROTO, "%s is not as expected", path);
	return 0;
}

int
state_save(const struct config *cfg, const char *vm_id, const struct state *st,
    struct error *err)
{
	_cleanup_close_ int dir = -1, fd = -1;
	_cleanup_json_ json_t *o = NULL;
	char boot[STATE_BOOT_MAX];
	int r = state__boot_id(boot, err);

	if (r < 0)
		return r;
	o = json_pack("{s:s, s:i, s:i, s:I, s:b, s:i, s:i}", "boot_id", boot,
	    "slot", (int)st->slot, "pid", (int)st->pid, "starttime",
	    (json_int_t)st->starttime, "running", st->running, "end",
	    (int)st->end, "end_value", st->end_value);
	r = files_run_dir(cfg, vm_id, &dir, err);
	if (r < 0)
		return r;
	fd = openat(dir, STATE_NEW,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || o == NULL || json_dumpfd(o, fd, JSON_COMPACT) < 0)
		return error_errno(err, errno, "writing %s of %s", STATE_NEW,
		    vm_id);
	if (renameat(dir, STATE_NEW, dir, STATE_FILE) < 0)
		return error_errno(err, errno, "renaming %s of %s", STATE_NEW,
		    vm_id);
	return 0;
}

int
state_load(const struct config *cfg, const char *vm_id, struct state *ret,
    struct error *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	_cleanup_json_ json_t *o = NULL;
	char boot[STATE_BOOT_MAX], text[STATE_FILE_MAX];
	int slot, pid, running, end, value, r;
	json_int_t start;
	const char *was;

	r = state__boot_id(boot, err);
	if (r < 0)
		return r;
	buf_printf(&path, "%s/vm/%s/" STATE_FILE, cfg->run_dir, vm_id);
	if (state__read_file(buf_str(&path), text, sizeof(text)) < 0)
		return 1;
	o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (o == NULL ||
	    json_unpack(o, "{s:s, s:i, s:i, s:I, s:b, s:i, s:i}", "boot_id",
		&was, "slot", &slot, "pid", &pid, "starttime", &start,
		"running", &running, "end", &end, "end_value", &value) < 0)
		return 1;
	if (strcmp(was, boot) != 0 || slot < 1 || slot > CHECK_SLOT_MAX ||
	    pid <= 1 || end < STATE_END_UNKNOWN || end > STATE_END_SIGNAL)
		return 1;
	ret->slot = (unsigned)slot;
	ret->pid = pid;
	ret->starttime = (uint64_t)start;
	ret->running = running != 0;
	ret->end = (enum state_end)end;
	ret->end_value = value;
	return 0;
}
