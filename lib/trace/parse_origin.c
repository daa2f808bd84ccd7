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
	for (size_t i = 0; i < KNOWN_WAYS; i++)
		buf_done(&o->of[i].names);
}

/* Keeps what was found of the entry, when all of it comes from known members.
 */
static void
origins__keep(struct origins *os, struct entry *e, const struct record *r)
{
	struct origin *o;
	size_t kept = 0, all = 0;

	for (size_t i = ENTRY_STAMPS; i < ENTRY_MESSAGE; i++) {
		all += e->fields[i].count;
		kept += e->fields[i].kept != NULL;
	}
	if ((r->flags & RECORD_NOTE) != 0 || entry_has(e, ENTRY_LINE_BREAK) ||
	    kept == 0 || kept < all)
		return;
	known_make_usual(e->known);
	o = &os->of[known_profile(e->known)];
	buf_reset(&o->names);
	buf_put(&o->names, r->mem.data, r->mem.len);
	o->boot = (size_t)(r->boot - r->mem.data);
	o->flags = r->flags;
	o->priority = r->priority;
	o->pid = r->pid;
	if (++os->hinted == 0)
		os->hinted++;
	o->hint = os->hinted;
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
origins_fill(struct origins *o, struct entry *e, const char *const *units,
    struct record *r)
{
	int64_t level;

	r->real_ns = entry_num(e, ENTRY_REALTIME, NSEC_PER_USEC);
	r->mono_ns = entry_num(e, ENTRY_MONOTONIC, NSEC_PER_USEC);
	if (e->usual) {
		origins__recall(&o->of[known_profile(e->known)], r);
		return;
	}
	record_set_origin(r, entry_str(e, ENTRY_SYSTEMD_UNIT),
	    entry_str(e, ENTRY_BOOT));
	r->pid = entry_num(e, ENTRY_PID, 1);
	level = entry_num(e, ENTRY_PRIORITY, 1);
	r->priority = level <= 7 ? (int)level : -1;
	r->line_break_eof = join_break_of(entry_str(e, ENTRY_LINE_BREAK)) ==
	    JOIN_STOP;
	policy_judge(units, e, r);
	if (e->known != NULL)
		origins__keep(o, e, r);
}
