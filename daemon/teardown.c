/* SPDX-License-Identifier: ISC */
#include "teardown.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "op.h"
#include "priv.h"
#include "vm.h"
#include "watch.h"
#include "wire/rpc.h"

/* The last line of a file that has any text, cut to what fits. */
static void
teardown__last_line(const char *path, char *out, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char tail[1024];
	_cleanup_buf_ struct buf safe = BUF_INIT;
	char *line;
	off_t end;
	ssize_t n;

	out[0] = '\0';
	end = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	if (end <= 0)
		return;
	n = pread(fd, tail, sizeof(tail) - 1,
	    end > (off_t)sizeof(tail) - 1 ? end - (off_t)sizeof(tail) + 1 : 0);
	if (n <= 0)
		return;
	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r'))
		n--;
	tail[n] = '\0';
	line = strrchr(tail, '\n');
	line = line != NULL ? line + 1 : tail;
	/* It goes into records and replies, which take UTF-8 only. */
	text_escape(&safe, line, strlen(line), false);
	snprintf(out, size, "%s", buf_str(&safe));
	text_cut_utf8(out);
}

void
teardown_how_ended(struct op *op, const struct vm *vm,
    char how[TEARDOWN_HOW_MAX])
{
	_cleanup_json_ json_t *status = NULL;
	const json_t *code, *signal;
	char last[256] = "", end[64] = "ended";

	if (priv_call(op, "vmm.wait", json_pack("{s:s}", "vm_id", vm->id),
		&status, NULL) == 0) {
		code = json_object_get(status, "exit_status");
		signal = json_object_get(status, "signal");
		if (json_is_integer(signal))
			snprintf(end, sizeof(end), "was killed by signal %d",
			    (int)json_integer_value(signal));
		else if (json_is_integer(code))
			snprintf(end, sizeof(end), "exited with status %d",
			    (int)json_integer_value(code));
	}
	if (vm->log_path != NULL)
		teardown__last_line(vm->log_path, last, sizeof(last));
	snprintf(how, TEARDOWN_HOW_MAX, "the VMM %s%s%s", end,
	    last[0] != '\0' ? ": " : "", last);
}

/*
 * Waits for the end of a VMM that has closed its monitor, and kills one that
 * does not come to it.
 */
static int
teardown__reap(struct op *op, const struct vm *vm, struct error *err)
{
	_cleanup_json_ json_t *status = NULL;
	int rc = priv_call(op, "vmm.wait", json_pack("{s:s}", "vm_id", vm->id),
	    &status, err);

	if (rc < 0 || !json_is_true(json_object_get(status, "running")))
		return rc;
	return priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm->id),
	    NULL, err);
}

int
teardown(struct op *op, struct vm *vm, const char *last_error,
    struct error *err)
{
	struct daemon *d = op_daemon(op);
	int rc;

	watch_end(d, vm);
	op_stage(op, "vmm_reap");
	rc = teardown__reap(op, vm, err);
	if (rc < 0)
		return rc;
	op_stage(op, "nat_remove");
	rc = priv_call(op, "nat.remove", priv_vm_params(vm), NULL, err);
	if (rc < 0)
		return rc;
	op_stage(op, "tap_delete");
	rc = priv_call(op, "tap.delete", priv_vm_params(vm), NULL, err);
	if (rc < 0)
		return rc;
	op_stage(op, "state_persist");
	return vmset_set_state(d->vms, vm, VM_STOPPED, last_error, err);
}

void
teardown_quietly(struct op *op, struct vm *vm, bool may_run,
    const char *last_error)
{
	struct daemon *d = op_daemon(op);

	watch_end(d, vm);
	if (priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm->id), NULL,
		NULL) == 0)
		may_run = false;
	priv_call(op, "nat.remove", priv_vm_params(vm), NULL, NULL);
	priv_call(op, "tap.delete", priv_vm_params(vm), NULL, NULL);
	vmset_set_state(d->vms, vm, may_run ? VM_UNKNOWN : VM_STOPPED,
	    last_error, NULL);
}

int
teardown_by_kill(struct op *op, struct vm *vm, struct error *err)
{
	int rc;

	op_stage(op, "vmm_kill");
	rc = priv_call(op, "vmm.kill", json_pack("{s:s}", "vm_id", vm->id),
	    NULL, err);
	if (rc == 0)
		rc = teardown(op, vm, NULL, err);
	if (rc < 0) /* nobody knows how much of it is left */
		vmset_set_state(op_daemon(op)->vms, vm, VM_UNKNOWN, err->text,
		    NULL);
	return rc;
}
