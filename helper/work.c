/* SPDX-License-Identifier: ISC */
#include "work.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/clock.h"
#include "base/mem.h"

#include "wire/rpc.h"

#include "files.h"
#include "net.h"
#include "parser.h"

/* More than its processor time, for a disk that is slow. */
#define WORK_TIMEOUT_NS (30 * NSEC_PER_SEC)

struct work__job {
	struct work__job *next;
	struct work_table *table;
	char vm_id[CHECK_ID_MAX + 1];
	struct parser parser;
	struct loop_source *source, *timer;
	int dir, fd; /* dir: to publish fd in, or -1 */
	uint64_t size;
	bool late;
	work_fn *fn;
	void *arg;
};

struct work_table {
	const struct config *cfg;
	struct loop *loop;
	struct work__job *jobs;
	bool ending;
};

struct work_table *
work_table_new(const struct config *cfg, struct loop *loop)
{
	struct work_table *t = xcalloc(1, sizeof(*t));

	t->cfg = cfg;
	t->loop = loop;
	return t;
}

bool
work_busy(const struct work_table *t, const char *vm_id)
{
	const struct work__job *j;

	for (j = t->jobs; j != NULL; j = j->next)
		if (strcmp(j->vm_id, vm_id) == 0)
			return true;
	return false;
}

/* Takes the job out of its table, whose process has ended. */
static void
work__unlink(struct work__job *j)
{
	struct work__job **p = &j->table->jobs;

	while (*p != j)
		p = &(*p)->next;
	*p = j->next;
	loop_source_free(j->source);
	loop_source_free(j->timer);
}

/* Gives a new disk its name; what became of it is told. */
static int
work__publish(const struct work__job *j, struct work_done *done,
    struct error *err)
{
	int r;

	done->size = j->size;
	if (j->dir < 0)
		return 0;
	r = files_publish_work(j->dir, j->fd, err);
	if (r == 1)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "a work disk that is not ours has come up meanwhile");
	return r;
}

/* The process has ended, or has been killed. */
static void
work__end(struct work__job *j)
{
	struct error err = ERROR_INIT;
	struct work_done done = { false, 0 };
	int r;

	work__unlink(j);
	r = parser_finish(&j->parser, &err);
	if (r < 0 && j->table->ending)
		rpc_fail(&err, RPC_INTERRUPTED,
		    "the helper ended while the work disk was written");
	else if (r < 0 && j->late)
		rpc_fail(&err, RPC_TIMEOUT,
		    "the work disk was not written in time");
	done.changed = r == 0;
	if (r >= 0)
		r = work__publish(j, &done, &err);
	cleanup_closep(&j->dir);
	cleanup_closep(&j->fd);
	j->fn(j->arg, &done, r < 0 ? &err : NULL);
	free(j);
}

static void
work__ended(void *arg, uint32_t events)
{
	(void)events;
	work__end(arg);
}

static void
work__timeout(void *arg, uint32_t events)
{
	struct work__job *j = arg;

	(void)events;
	j->late = true;
	pidfd_send_signal(j->parser.pidfd, SIGKILL, NULL, 0);
}

/* Starts the process; the job takes dir and fd when that went well. */
static int
work__start(struct work_table *t, const char *vm_id,
    const struct ext4_request *req, int *dir, int *fd, work_fn *fn, void *arg,
    struct error *err)
{
	struct work__job *j = xcalloc(1, sizeof(*j));
	int r;

	/* Slots begin at 1, so this user is no VM's. */
	r = parser_start(*fd, req, t->cfg->vm_uid_base, &j->parser, err);
	if (r < 0) {
		free(j);
		return r;
	}
	j->next = t->jobs;
	t->jobs = j;
	j->table = t;
	strcpy(j->vm_id, vm_id);
	j->size = req->size;
	j->fn = fn;
	j->arg = arg;
	r = loop_add_fd(t->loop, j->parser.pidfd, EPOLLIN, work__ended, j,
	    &j->source, err);
	if (r == 0)
		r = loop_add_timer(t->loop, WORK_TIMEOUT_NS, 0, work__timeout,
		    j, &j->timer, err);
	if (r < 0) {
		pidfd_send_signal(j->parser.pidfd, SIGKILL, NULL, 0);
		work__unlink(j);
		parser_finish(&j->parser, NULL);
		free(j);
		return r;
	}
	j->dir = steal_fd(dir);
	j->fd = steal_fd(fd);
	return 1;
}

int
work_create(struct work_table *t, const struct check_params *p,
    struct work_done *ret, work_fn *fn, void *arg, struct error *err)
{
	const uid_t uid = t->cfg->vm_uid_base + p->slot;
	_cleanup_close_ int dir = -1, fd = -1;
	struct ext4_request req;
	int r;

	r = files_open_work(t->cfg, p->vm_id, uid, &fd, &ret->size, err);
	if (r <= 0)
		return r;
	memset(&req, 0, sizeof(req));
	req.task = EXT4_FORMAT;
	req.size = (uint64_t)p->work_mib << 20;
	r = files_make_work(t->cfg, p->vm_id, uid, req.size, &dir, &fd, err);
	if (r < 0)
		return r;
	return work__start(t, p->vm_id, &req, &dir, &fd, fn, arg, err);
}

int
work_seed(struct work_table *t, const struct check_params *p, work_fn *fn,
    void *arg, struct error *err)
{
	const uid_t uid = t->cfg->vm_uid_base + p->slot;
	_cleanup_close_ int dir = -1, fd = -1;
	struct ext4_request req;
	struct net_tap tap;
	int r;

	memset(&req, 0, sizeof(req));
	req.task = EXT4_SEED;
	r = net_tap_name(t->cfg, p->vm_id, p->slot, &tap, err);
	if (r == 0)
		r = files_open_work(t->cfg, p->vm_id, uid, &fd, &req.size, err);
	if (r == 1)
		return rpc_fail(err, RPC_NOT_FOUND, "the VM has no work disk");
	if (r < 0)
		return r;
	snprintf(req.hostname, sizeof(req.hostname), "%s\n", p->hostname);
	if (p->ssh_key[0] != '\0')
		snprintf(req.ssh_key, sizeof(req.ssh_key), "%s\n", p->ssh_key);
	snprintf(req.network, sizeof(req.network),
	    "address=%s/%u\ngateway=%s\nmac=%s\n", tap.guest_ip, tap.prefix,
	    tap.gateway, tap.mac);
	return work__start(t, p->vm_id, &req, &dir, &fd, fn, arg, err);
}

struct work_table *
work_table_free(struct work_table *t)
{
	if (t == NULL)
		return NULL;
	t->ending = true;
	while (t->jobs != NULL) {
		pidfd_send_signal(t->jobs->parser.pidfd, SIGKILL, NULL, 0);
		work__end(t->jobs);
	}
	free(t);
	return NULL;
}
