/* SPDX-License-Identifier: ISC */
/*
 * What is picked of an entry of the journal, field by field as libsystemd
 * gives them, and whether the entry is one that `journalctl -u` shows of the
 * units: written by one of them, or by the manager, the journal or coredump
 * about one of them.
 */
#ifndef TRACE_JOURNAL_PICK_H
#define TRACE_JOURNAL_PICK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct journal_pick {
	const char *const *units; /* ending in NULL; borrowed; NULL: any */
	size_t size;              /* of the pieces of this entry */
	unsigned saw;             /* what tells whose it is */
	bool cut;                 /* not all of it found room */
};

/* Before each entry. */
void journal_pick_begin(struct journal_pick *p, const char *const *units);
/* Puts the field "NAME=value" into out (journal_frame.h) if it is wanted. */
void journal_pick_field(struct journal_pick *p, struct buf *out,
    const char *data, size_t len);
bool journal_pick_is_ours(const struct journal_pick *p);

#endif
