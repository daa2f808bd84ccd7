/* SPDX-License-Identifier: ISC */
/*
 * What an entry's fields say of its records.  Of entries that are like an
 * earlier one (entry.like) it is remembered.
 */
#ifndef TRACE_PARSE_ORIGIN_H
#define TRACE_PARSE_ORIGIN_H

#include <stdint.h>

#include "base/buf.h"
#include "trace/parse_entry.h"
#include "trace/record.h"

/* So many are remembered, by the low bits of the entries' numbers. */
#define ORIGINS 64

struct origin {
	uint64_t like;    /* the entries' number; 0: none */
	struct buf names; /* unit and boot, as record.mem has them */
	size_t boot;
	unsigned flags;
	int priority;
	int64_t pid;
	uint64_t hint; /* record.origin_hint */
};

struct origins {
	struct origin of[ORIGINS];
	uint64_t hinted; /* the newest hint; the first is drawn by lot */
};

void origins_init(struct origins *o);
void origins_done(struct origins *o);
/* Nothing is remembered: other units are ours. */
void origins_forget(struct origins *o);
/*
 * Fills what the journal vouches for in a record that was just reset; units are
 * ours (parse_policy.h).
 */
void origins_fill(struct origins *os, struct entry *e, const char *const *units,
    struct record *r);

#endif
