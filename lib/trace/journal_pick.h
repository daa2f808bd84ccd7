/* SPDX-License-Identifier: ISC */
/*
 * What is picked of an entry of the journal, field by field as libsystemd
 * gives them, and whether the entry is one that `journalctl -u` shows of the
 * units: written by one of them, or by the manager, the journal or coredump
 * about one of them.
 *
 * Nearly all that an entry says beside its message an earlier one said too, and
 * in the same order.  So the fields that were seen make a tree: each node is a
 * field, and those that came next in some entry are below it.  An entry is a
 * way down, and takes one comparison a field; where it ends is what
 * JOURNAL_KEEP gives a number (journal_frame.h).  The tree is bounded: when it
 * is full it is forgotten, and what does not fit goes without.
 */
#ifndef TRACE_JOURNAL_PICK_H
#define TRACE_JOURNAL_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Fields of an entry that are remembered. */
#define JOURNAL_PICK_DEPTH 64

struct pick_node;

/* All 0 at first; journal_pick_done() at the end. */
struct journal_pick {
	const char *const *units; /* ending in NULL; borrowed; NULL: any */
	size_t size;              /* of the pieces of this entry */
	unsigned saw;             /* what tells whose it is */
	bool cut;                 /* not all of it found room */

	struct pick_node *nodes; /* the first is where all begin */
	unsigned n, kinds;       /* nodes; and numbers that were given */
	bool full;               /* to be forgotten before the next entry */
	bool off;                /* this entry is not in the tree */
	unsigned depth;
	uint16_t path[JOURNAL_PICK_DEPTH]; /* of the entry, so far */
};

/* Before each entry. */
void journal_pick_begin(struct journal_pick *p, const char *const *units);
/* The boot it is of, as "_BOOT_ID=…", first. */
void journal_pick_boot(struct journal_pick *p, struct buf *out,
    const char *data, size_t len);
/* Takes the field "NAME=value" if it is wanted. */
void journal_pick_field(struct journal_pick *p, struct buf *out,
    const char *data, size_t len);
bool journal_pick_is_ours(const struct journal_pick *p);
/*
 * Behind the last field: now out has the pieces of all that are wanted.  They
 * must come to the reader, who may need them for later entries.
 */
void journal_pick_end(struct journal_pick *p, struct buf *out);
/* The reader has nothing of what came before. */
void journal_pick_done(struct journal_pick *p);

#endif
