/* SPDX-License-Identifier: ISC */
#include "trace/parse_origin.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "trace/join.h"
#include "trace/parse_policy.h"

void
origins_init(struct origins *o)
{
	memset(o, 0, sizeof(*o));
	o->hinted = hash_seed();
}

void
origins_done(struct origins *o)
{
	for (size_t i = 0; i < ORIGINS; i++)
		buf_done(&o->of[i].names);
}

void
origins_forget(struct origins *o)
{
	for (size_t i = 0; i < ORIGINS; i++)
		o->of[i].like = 0;
}

/* Remembers what was found; notes and pieces of lines have more than that. */
static void
origins__keep(struct origin *o, const struct entry *e, const struct record *r,
    uint64_t hint)
{
	if ((r->flags & RECORD_NOTE) != 0 || entry_has(e, ENTRY_LINE_BREAK))
		return;
	o->like = e->like;
	o->hint = hint;
	buf_reset(&o->names);
	buf_put(&o->names, r->mem.data, r->mem.len);
	o->boot = (size_t)(r->boot - r->mem.data);
	o->flags = r->flags;
	o->priority = r->priority;
	o->pid = r->pid;
}

static void
origins__recall(const struct origin *o, struct record *r)
{
	record_set_names(r, o->names.data, o->names.len, o->boot);
	r->flags |= o->flags;
	r->priority = o->priority;
	r->pid = o->pid;
	r->origin_hint = o->hint;
}

void
origins_fill(struct origins *os, struct entry *e, const char *const *units,
    struct record *r)
{
	struct origin *o = &os->of[e->like % ORIGINS];
	int64_t level;

	r->real_ns = entry_num(e, ENTRY_REALTIME, NSEC_PER_USEC);
	r->mono_ns = entry_num(e, ENTRY_MONOTONIC, NSEC_PER_USEC);
	if (e->like != 0 && e->like == o->like) {
		origins__recall(o, r);
		return;
	}
	entry_spread(e);
	record_set_origin(r, entry_str(e, ENTRY_SYSTEMD_UNIT),
	    entry_str(e, ENTRY_BOOT));
	r->pid = entry_num(e, ENTRY_PID, 1);
	level = entry_num(e, ENTRY_PRIORITY, 1);
	r->priority = level <= 7 ? (int)level : -1;
	r->line_break_eof = join_break_of(entry_str(e, ENTRY_LINE_BREAK)) ==
	    JOIN_STOP;
	policy_judge(units, e, r);
	if (e->like == 0)
		return;
	if (++os->hinted == 0)
		os->hinted++;
	origins__keep(o, e, r, os->hinted);
}
