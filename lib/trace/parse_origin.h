/* SPDX-License-Identifier: ISC */
/*
 * What an entry's fields say of its records.  Of usual entries (entry_known.h)
 * it is found once and remembered.
 */
#ifndef TRACE_PARSE_ORIGIN_H
#define TRACE_PARSE_ORIGIN_H

#include <stdint.h>

#include "base/buf.h"
#include "trace/entry_known.h"
#include "trace/parse_entry.h"
#include "trace/record.h"

/* Of one profile of known members. */
struct origin {
	struct buf names; /* unit and boot, as record.mem has them */
	size_t boot;
	unsigned flags;
	int priority;
	int64_t pid;
	uint64_t hint; /* record.origin_hint */
};

struct origins {
	struct origin of[KNOWN_WAYS];
	uint64_t hinted; /* the newest hint; the first is drawn by lot */
};

void origins_init(struct origins *o);
void origins_done(struct origins *o);
/*
 * Fills what the journal vouches for in a record that was just reset; units are
 * ours (parse_policy.h).
 */
void origins_fill(struct origins *o, struct entry *e, const char *const *units,
    struct record *r);

#endif
