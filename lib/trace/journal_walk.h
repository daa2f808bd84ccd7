/* SPDX-License-Identifier: ISC */
/*
 * Whether all that stands in a journal file can be found in it.  libsystemd
 * gives an entry when the lists lead to it: of a field's value to its object
 * (a hash table), and from there to the entries that have it (entry arrays).
 * Where a list is broken it says nothing and gives less.  So this reads the
 * objects one behind the other, as they were written, and holds what it finds
 * against the lists, the header and each value's own hash.
 *
 * The format is that of systemd's document "Journal File Format", with what
 * 252 added (compact files).  The file is read, never mapped: it may shrink
 * meanwhile.  One that is being written is judged by what was whole in it.
 *
 * Not noticed: a changed time stamp that is still in order, and the value of a
 * field in a file whose hashes have no key (before systemd 246), or that is
 * packed by other means than zstd.
 */
#ifndef TRACE_JOURNAL_WALK_H
#define TRACE_JOURNAL_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct journal_walk_job {
	const char *const *values; /* NAME=VALUE, ending in NULL: whose lists */
	uint64_t from_us; /* a file that ends earlier: its header alone */
};

/* What a file's header says of the numbers of its entries. */
struct journal_span {
	uint8_t id[16];       /* numbers of another id are other numbers */
	uint64_t first, last; /* 0: it has none */
	uint64_t until_us;    /* the last one's time */
	bool archived;        /* nobody writes it any more */
};

int journal_span(int fd, struct journal_span *ret, struct error *err);
/* 0: all is well; else what is wrong, and where, as -errno. */
int journal_walk(int fd, const struct journal_walk_job *job, struct error *err);

#endif
