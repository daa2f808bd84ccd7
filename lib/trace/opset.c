/* SPDX-License-Identifier: ISC */
#include "trace/opset.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"

/* Runs that are remembered; beyond, only newer ones are. */
#define OPSET_RUNS_MAX 65536

/* One life of a process. */
struct opset_run {
	char *emitter;
	int64_t last_ns;
};

struct opset {
	struct map *ops; /* op_id: struct op; owned by `all` */
	struct op **all; /* in the order of their first lines */
	size_t n, cap, max;
	uint64_t evicted;
	int64_t now_ns;
	struct map *runs;       /* name: struct opset_run */
	struct map *starts;     /* emitter: int64_t, its newest start */
	const struct op **list; /* what the last lookup handed out */
	size_t cap_list;
};

static void
opset__free_run(void *p)
{
	struct opset_run *run = p;

	free(run->emitter);
	free(run);
}

struct opset *
opset_new(size_t max)
{
	struct opset *set = xcalloc(1, sizeof(*set));

	set->max = max != 0 ? max : OPSET_DEFAULT_MAX;
	set->ops = map_new(NULL);
	set->runs = map_new(opset__free_run);
	set->starts = map_new(free);
	return set;
}

struct opset *
opset_free(struct opset *set)
{
	if (set == NULL)
		return NULL;
	for (size_t i = 0; i < set->n; i++)
		op_free(set->all[i]);
	free(set->all);
	free(set->list);
	map_free(set->ops);
	map_free(set->runs);
	map_free(set->starts);
	free(set);
	return NULL;
}

/* ---- process lives ----------------------------------------------------- */

/* "bangerd" for "bangerd.service", so that a unit and a bare name agree. */
static char *
opset__emitter(const char *name)
{
	static const char suffix[] = ".service";
	size_t len = strlen(name), cut = sizeof(suffix) - 1;

	if (len > cut && strcmp(name + len - cut, suffix) == 0)
		len -= cut;
	return xmemdup(name, len);
}

void
opset_note_run(struct opset *set, const char *name, const char *emitter,
    int64_t last_ns)
{
	struct opset_run *run = map_find(set->runs, name);

	if (run == NULL) {
		if (map_len(set->runs) >= OPSET_RUNS_MAX)
			return;
		run = xcalloc(1, sizeof(*run));
		map_put(set->runs, name, run);
	}
	if (run->emitter == NULL && emitter[0] != '\0')
		run->emitter = opset__emitter(emitter);
	if (last_ns > run->last_ns)
		run->last_ns = last_ns;
}

void
opset_note_start(struct opset *set, const char *emitter, int64_t at_ns)
{
	_cleanup_free_ char *name = opset__emitter(emitter);
	int64_t *newest = map_find(set->starts, name);

	if (newest == NULL) {
		newest = xcalloc(1, sizeof(*newest));
		map_put(set->starts, name, newest);
	}
	if (at_ns > *newest)
		*newest = at_ns;
}

static void
opset__note(struct opset *set, const struct record *r)
{
	const char *run = record_run(r), *emitter = record_emitter(r);

	if (r->time_from == RECORD_TIME_NONE)
		return;
	if (run != NULL)
		opset_note_run(set, run, emitter, r->time_ns);
	if (emitter[0] != '\0' &&
	    (r->ev.kind == EVENT_DAEMON_STARTED ||
		r->ev.kind == EVENT_HELPER_STARTED ||
		event_num(&r->ev, FIELD_SEQ, 0) == 1))
		opset_note_start(set, emitter, r->time_ns);
}

/* True when the daemon of op has begun anew since it was heard last. */
static bool
opset__superseded(const struct opset *set, const struct op *op)
{
	const struct opset_run *run;
	const int64_t *start;

	if (op->run[0] == '\0')
		return false;
	run = map_find(set->runs, op->run);
	if (run == NULL || run->emitter == NULL)
		return false;
	start = map_find(set->starts, run->emitter);
	return start != NULL && *start > run->last_ns;
}

/* ---- operations -------------------------------------------------------- */

void
opset_settle(const struct opset *set, struct op *op)
{
	op_settle(op, opset__superseded(set, op),
	    op->last_ns != 0 &&
		clock_diff(set->now_ns, op->last_ns) > OP_HORIZON_NS);
}

/*
 * Lets an eighth of the bound go at once, so that it costs little per line:
 * those that have ended first, then the oldest.
 */
static void
opset__evict(struct opset *set)
{
	size_t want = set->max / 8 + 1, kept;

	for (int pass = 0; pass < 2 && want > 0; pass++) {
		kept = 0;
		for (size_t i = 0; i < set->n; i++) {
			struct op *op = set->all[i];

			opset_settle(set, op);
			if (want == 0 || (pass == 0 && op_in_flight(op))) {
				set->all[kept++] = op;
				continue;
			}
			map_take(set->ops, op->id.text);
			op_free(op);
			set->evicted++;
			want--;
		}
		set->n = kept;
	}
}

void
opset_trim(struct opset *set, opset_keep_fn *keep, void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->n; i++) {
		struct op *op = set->all[i];

		opset_settle(set, op);
		if (op_in_flight(op) || keep(arg, op)) {
			set->all[kept++] = op;
			continue;
		}
		map_take(set->ops, op->id.text);
		op_free(op);
	}
	set->n = kept;
}

static struct op *
opset__get(struct opset *set, const struct opid *id)
{
	struct op *op = map_find(set->ops, id->text);

	if (op != NULL)
		return op;
	if (set->n >= set->max)
		opset__evict(set);
	if (set->n == set->cap) {
		set->cap = set->cap == 0 ? 16 : 2 * set->cap;
		set->all = xreallocarray(set->all, set->cap,
		    sizeof(struct op *));
	}
	op = op_new(id);
	set->all[set->n++] = op;
	map_put(set->ops, id->text, op);
	return op;
}

bool
opset_add(struct opset *set, const struct record *r)
{
	if (r->kind == RECORD_EVENT)
		opset__note(set, r);
	if (!opid_is_set(&r->op))
		return false;
	op_add(opset__get(set, &r->op), r);
	if (opid_is_set(&r->other_op))
		op_add(opset__get(set, &r->other_op), r);
	return true;
}

void
opset_tick(struct opset *set, int64_t now_ns)
{
	set->now_ns = now_ns;
}

const struct op *
opset_find(struct opset *set, const struct opid *id)
{
	struct op *op = map_find(set->ops, id->text);

	if (op != NULL)
		opset_settle(set, op);
	return op;
}

static int
opset__by_start(const void *a, const void *b)
{
	const struct op *x = *(const struct op *const *)a;
	const struct op *y = *(const struct op *const *)b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return strcmp(x->id.text, y->id.text);
}

static int
opset__by_end(const void *a, const void *b)
{
	const struct op *x = *(const struct op *const *)a;
	const struct op *y = *(const struct op *const *)b;

	if (x->last_ns != y->last_ns)
		return x->last_ns > y->last_ns ? -1 : 1;
	return strcmp(x->id.text, y->id.text);
}

static size_t
opset__list(struct opset *set, bool in_flight)
{
	size_t n = 0;

	if (set->cap_list < set->n) {
		set->cap_list = set->cap;
		set->list = xreallocarray(set->list, set->cap_list,
		    sizeof(*set->list));
	}
	for (size_t i = 0; i < set->n; i++) {
		opset_settle(set, set->all[i]);
		if (op_in_flight(set->all[i]) == in_flight)
			set->list[n++] = set->all[i];
	}
	if (n > 0)
		qsort(set->list, n, sizeof(*set->list),
		    in_flight ? opset__by_start : opset__by_end);
	return n;
}

size_t
opset_in_flight(struct opset *set, const struct op *const **ret)
{
	size_t n = opset__list(set, true);

	*ret = set->list;
	return n;
}

size_t
opset_ended(struct opset *set, const struct op *const **ret)
{
	size_t n = opset__list(set, false);

	*ret = set->list;
	return n;
}

size_t
opset_len(const struct opset *set)
{
	return set->n;
}

uint64_t
opset_evicted(const struct opset *set)
{
	return set->evicted;
}
