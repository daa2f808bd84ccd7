/* SPDX-License-Identifier: ISC */
#include "reconcile.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "op.h"
#include "orphan.h"
#include "pool.h"
#include "recover.h"
#include "vm.h"
#include "wire/client.h"

#define RECONCILE_FIRST_NS NSEC_PER_SEC
#define RECONCILE_MOST_NS (60 * NSEC_PER_SEC)
#define RECONCILE_LOOK_NS NSEC_PER_SEC

/* Touched in the loop's thread alone. */
struct reconcile {
	struct daemon *daemon;
	struct loop_source *timer;
	int64_t pause;
	bool busy, again; /* a worker is at it; it is due once more */
};

struct reconcile *
reconcile_new(struct daemon *d)
{
	struct reconcile *r = xcalloc(1, sizeof(*r));

	r->daemon = d;
	r->pause = RECONCILE_FIRST_NS;
	return r;
}

struct reconcile *
reconcile_free(struct reconcile *r)
{
	if (r != NULL)
		loop_source_free(r->timer);
	free(r);
	return NULL;
}

/* ---- doing it --------------------------------------------------------------
 */

static bool
reconcile__helper_is_there(const struct daemon *d)
{
	_cleanup_(client_close) struct client c = { -1 };

	return client_open(d->config.helper_socket, RECONCILE_LOOK_NS, &c,
		   NULL) == 0;
}

struct doing {
	struct op *op;
	struct reconcile_found *found;
};

static void
reconcile__vm(void *arg, const char *vm_id)
{
	struct doing *doing = arg;
	struct vmset *vms = op_daemon(doing->op)->vms;
	enum vm_state state;
	struct vm *vm;

	/* In any other state somebody holds it, or it was left so. */
	if (!vmset_state(vms, vm_id, &state) || state == VM_STOPPED ||
	    state == VM_RUNNING ||
	    vmset_acquire(vms, vm_id, doing->op, &vm, NULL) < 0)
		return;
	if (vm->state != VM_RUNNING)
		recover_vm(doing->op, vm, doing->found);
	vmset_release(vms, doing->op);
}

bool
reconcile_now(struct daemon *d, struct reconcile_found *found)
{
	_cleanup_(op_freep) struct op *op = NULL;
	struct doing doing = { NULL, found };
	unsigned unknown = found->unknown;
	struct error err = ERROR_INIT;
	int rc;

	if (!reconcile__helper_is_there(d)) {
		reconcile_later(d);
		return true;
	}
	op = doing.op = op_new(d, OP_KIND_INTERNAL, "daemon.reconcile",
	    getuid(), getpid());
	op_begin(op, NULL);
	op_stage(op, "vms");
	vmset_each(d->vms, reconcile__vm, &doing);
	rc = orphan_sweep(op, found, &err);
	vmset_release(d->vms, op);
	op_end(op, rc < 0 ? &err : NULL);
	return rc == 0 && found->unknown == unknown;
}

/* ---- when ------------------------------------------------------------------
 */

static void reconcile__arm(void *arg, uint32_t events);

static bool
reconcile__did(const struct reconcile_found *f)
{
	return f->adopted + f->cleaned + f->vmms + f->taps + f->rules +
	    f->states + f->directories >
	    0;
}

/* Back in the loop: well. */
static void
reconcile__done(void *arg, uint32_t events)
{
	struct reconcile *r = arg;

	(void)events;
	r->busy = false;
	r->pause = RECONCILE_FIRST_NS;
	if (r->again)
		reconcile__arm(r, 0);
}

/* The same: something is left. */
static void
reconcile__left(void *arg, uint32_t events)
{
	struct reconcile *r = arg;

	r->busy = false;
	reconcile__arm(r, events);
}

static void
reconcile__work(void *arg)
{
	struct reconcile *r = arg;
	struct reconcile_found found = { 0 };
	int64_t since = clock_mono_ns();
	bool well;

	if (!reconcile__helper_is_there(r->daemon)) {
		loop_post(r->daemon->loop, reconcile__left, r);
		return;
	}
	well = reconcile_now(r->daemon, &found);
	if (reconcile__did(&found))
		reconcile_report(r->daemon, &found, since);
	loop_post(r->daemon->loop, well ? reconcile__done : reconcile__left, r);
}

static void
reconcile__fire(void *arg, uint32_t events)
{
	struct reconcile *r = arg;

	(void)events;
	r->timer = loop_source_free(r->timer);
	r->again = false;
	if (r->pause < RECONCILE_MOST_NS)
		r->pause *= 2;
	/* At the end the workers are gone; the next start does it. */
	if (r->daemon->own != NULL &&
	    pool_post(r->daemon->own, reconcile__work, r) == 0)
		r->busy = true;
}

static void
reconcile__arm(void *arg, uint32_t events)
{
	struct reconcile *r = arg;

	(void)events;
	r->again = true;
	if (!r->busy && r->timer == NULL)
		loop_add_timer(r->daemon->loop, r->pause, 0, reconcile__fire, r,
		    &r->timer, NULL);
}

void
reconcile_later(struct daemon *d)
{
	loop_post(d->loop, reconcile__arm, d->reconcile);
}

/* ---- saying it -------------------------------------------------------------
 */

void
reconcile_report(struct daemon *d, const struct reconcile_found *found,
    int64_t since_mono_ns)
{
	const struct {
		const char *key;
		unsigned n;
	} counts[] = {
		{ "adopted", found->adopted },
		{ "closed", found->closed },
		{ "cleaned", found->cleaned },
		{ "unknown", found->unknown },
		{ "orphan_vmms", found->vmms },
		{ "orphan_taps", found->taps },
		{ "orphan_rules", found->rules },
		{ "orphan_states", found->states },
		{ "orphan_directories", found->directories },
		{ "kept", found->kept },
	};
	char text[ARRAY_LEN(counts)][12];
	struct line_attr extra[ARRAY_LEN(counts) + 1];
	size_t n;

	for (n = 0; n < ARRAY_LEN(counts); n++) {
		snprintf(text[n], sizeof(text[n]), "%u", counts[n].n);
		extra[n] = (struct line_attr)LINE_T("", text[n]);
		extra[n].key = counts[n].key;
		extra[n].key_len = strlen(counts[n].key);
	}
	if (found->kept > 0)
		extra[n++] = (struct line_attr)LINE_S("kept_ids",
		    found->kept_ids);
	op_log_recovered(d, clock_mono_ns() - since_mono_ns, extra, n);
}
