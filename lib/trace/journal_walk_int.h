/* SPDX-License-Identifier: ISC */
/*
 * Between journal_walk.c, which reads the objects of a journal file, and
 * journal_lists.c, which follows its lists.  All numbers of the file are
 * little-endian; those in struct header are the host's once it was read.
 */
#ifndef TRACE_JOURNAL_WALK_INT_H
#define TRACE_JOURNAL_WALK_INT_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "trace/journal_walk.h"

#define WALK_VALUES 64

enum { STATE_OFFLINE, STATE_ONLINE, STATE_ARCHIVED };
enum { FLAG_KEYED = 4, FLAG_COMPACT = 16, FLAG_KNOWN = 31 };
enum object_type {
	OBJECT_DATA = 1,
	OBJECT_FIELD,
	OBJECT_ENTRY,
	OBJECT_DATA_HASH,
	OBJECT_FIELD_HASH,
	OBJECT_ENTRY_ARRAY,
	OBJECT_TAG,
	OBJECT_MAX
};

struct header {
	char signature[8];
	uint32_t compatible, incompatible;
	uint8_t state, reserved[7];
	uint8_t file_id[16], machine_id[16], boot_id[16], seqnum_id[16];
	uint64_t header_size, arena_size;
	uint64_t data_hash, data_hash_size, field_hash, field_hash_size;
	uint64_t tail_object, n_objects, n_entries;
	uint64_t tail_seqnum, head_seqnum, entry_array;
	uint64_t head_realtime, tail_realtime, tail_monotonic;
	uint64_t n_data, n_fields; /* from here on not in the oldest */
	uint64_t n_tags, n_entry_arrays;
};
#define HEADER_WORDS 19 /* header_size and what comes behind it */
#define HEADER_MIN 208

/* In words of 8 bytes behind an object's type and flags: size first. */
enum { DATA_HASH = 1, DATA_NEXT_HASH, DATA_NEXT_FIELD, DATA_ENTRY };
enum { DATA_ARRAY = 5, DATA_N_ENTRIES, ARRAY_NEXT = 1 };
enum { ENTRY_SEQNUM = 1, ENTRY_REALTIME, ENTRY_MONOTONIC };

/* A value that is asked for, as it stands in this file. */
struct value {
	uint64_t at, hash;
	uint64_t entries; /* that have it */
};

struct walk {
	int fd;
	const struct journal_walk_job *job;
	struct header h;
	uint64_t end; /* of what the header vouches for */
	bool live;    /* somebody writes it, or did when he died */
	char *chunk;
	size_t chunk_cap, chunk_len;
	uint64_t chunk_at;
	uint8_t *kinds; /* two bits for each 8 bytes: walk_is() */
	uint64_t n[OBJECT_MAX], tables[2], table_sizes[2];
	uint64_t seqnum, first_seqnum, realtime, first_realtime;
	struct value values[WALK_VALUES];
	unsigned n_values;
};

static inline uint64_t
walk_word(const char *object, unsigned n)
{
	uint64_t v;

	memcpy(&v, object + 8 + 8 * (size_t)n, sizeof(v));
	return le64toh(v);
}

/* Item i of an array: of four bytes in a compact file, else of each eight. */
static inline uint64_t
walk_item(const struct walk *w, const char *items, uint64_t i)
{
	uint32_t small;
	uint64_t v;

	if ((w->h.incompatible & FLAG_COMPACT) == 0) {
		memcpy(&v, items + 8 * i, sizeof(v));
		return le64toh(v);
	}
	memcpy(&small, items + 4 * i, sizeof(small));
	return le32toh(small);
}

/* True when an object of that type was seen to begin there. */
static inline bool
walk_is(const struct walk *w, uint64_t at, unsigned type)
{
	unsigned kind = type == OBJECT_DATA ? 1 : type == OBJECT_ENTRY ? 2 : 3;

	return at % 8 == 0 && at < w->end &&
	    (w->kinds[at >> 5] >> ((at >> 3 & 3) * 2) & 3) == kind;
}

int walk_bad(uint64_t at, const char *what, struct error *err);
/* So many bytes from there, read now. */
int walk_read(const struct walk *w, void *to, size_t len, uint64_t at,
    struct error *err);
/* Whether the lists lead to all objects that were seen. */
int walk_lists(const struct walk *w, struct error *err);

#endif
