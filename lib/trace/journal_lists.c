/* SPDX-License-Identifier: ISC */
/* The lists of a journal file, held against the objects that are in it. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "trace/journal_walk_int.h"

#define ARRAY_HEAD 24
/* Lists are read in such pieces; both widths of an item fit in evenly. */
#define ARRAY_PIECE 16384

/* Entries that were written after the walk are none of ours. */
static bool
lists__later(const struct walk *w, uint64_t at)
{
	return w->live ? at == 0 || at >= w->h.tail_object : false;
}

/* One array of a list: its items, up to *left of them; *next is the next. */
static int
lists__array(const struct walk *w, uint64_t at, uint64_t *last, uint64_t *left,
    uint64_t *next, uint64_t *count, struct error *err)
{
	char o[ARRAY_PIECE];
	size_t width = (w->h.incompatible & FLAG_COMPACT) != 0 ? 4 : 8;
	uint64_t size, item, done;

	if (walk_read(w, o, ARRAY_HEAD, at, err) < 0)
		return -EBADMSG;
	size = walk_word(o, 0);
	if (size < ARRAY_HEAD || size > w->end - at ||
	    (size - ARRAY_HEAD) % width != 0)
		return walk_bad(at, "a list of no possible size", err);
	*next = walk_word(o, ARRAY_NEXT);
	for (done = ARRAY_HEAD; done<size && * left> 0;
	     done += width, --*left) {
		/* Where a piece begins, the next one is read. */
		if ((done - ARRAY_HEAD) % sizeof(o) == 0 &&
		    walk_read(w, o,
			size - done < sizeof(o) ? size - done : sizeof(o),
			at + done, err) < 0)
			return -EBADMSG;
		item = walk_item(w, o, (done - ARRAY_HEAD) % sizeof(o) / width);
		if (lists__later(w, item)) {
			*left = 0;
			return 0;
		}
		if (item <= *last || !walk_is(w, item, OBJECT_ENTRY))
			return walk_bad(at, "a list names what is no entry",
			    err);
		*last = item;
		++*count;
	}
	return 0;
}

/*
 * Counts a list of so many entries that goes on in the array there; first
 * (0: none) is the one that stands before it.
 */
static int
lists__count(const struct walk *w, uint64_t first, uint64_t array,
    uint64_t left, uint64_t *count, struct error *err)
{
	uint64_t last = 0, next = 0;

	*count = 0;
	if (first != 0 && left > 0 && !lists__later(w, first)) {
		if (!walk_is(w, first, OBJECT_ENTRY))
			return walk_bad(first, "a list names what is no entry",
			    err);
		last = first;
		left--;
		++*count;
	}
	while (left > 0 && !lists__later(w, array)) {
		if (!walk_is(w, array, OBJECT_ENTRY_ARRAY))
			return walk_bad(array, "a list leads nowhere", err);
		if (lists__array(w, array, &last, &left, &next, count, err) < 0)
			return -EBADMSG;
		if (left > 0 && next != 0 && next <= array)
			return walk_bad(array, "a list leads back", err);
		array = next;
	}
	return 0;
}

/* Whether the hash table leads to that value. */
static int
lists__found(const struct walk *w, const struct value *v, struct error *err)
{
	uint64_t n = w->h.data_hash_size / 16, at, last = 0;
	char o[64];

	if (n == 0)
		return walk_bad(112, "no size of a hash table", err);
	if (walk_read(w, &at, sizeof(at), w->h.data_hash + v->hash % n * 16,
		err) < 0)
		return -EBADMSG;
	for (at = le64toh(at); at != v->at; at = walk_word(o, DATA_NEXT_HASH)) {
		if (at <= last || !walk_is(w, at, OBJECT_DATA) ||
		    walk_read(w, o, sizeof(o), at, err) < 0)
			return walk_bad(v->at,
			    "the hash table does not lead to a value", err);
		last = at;
	}
	return 0;
}

/* The lists may lack the last entry of a file that is being written. */
static int
lists__enough(const struct walk *w, uint64_t count, uint64_t entries,
    const char *what, struct error *err)
{
	if (count == entries || (w->live && count + 1 >= entries))
		return 0;
	return error_set(err, -EBADMSG, "%s leads to %llu of %llu entries",
	    what, (unsigned long long)count, (unsigned long long)entries);
}

int
walk_lists(const struct walk *w, struct error *err)
{
	uint64_t count, n = w->live ? UINT64_MAX : w->h.n_entries;
	char o[64];

	if (lists__count(w, 0, w->h.entry_array, n, &count, err) < 0 ||
	    lists__enough(w, count, w->n[OBJECT_ENTRY], "its list", err) < 0)
		return -EBADMSG;
	for (const struct value *v = w->values; v < w->values + w->n_values;
	     v++) {
		if (lists__found(w, v, err) < 0 ||
		    walk_read(w, o, sizeof(o), v->at, err) < 0 ||
		    lists__count(w, walk_word(o, DATA_ENTRY),
			walk_word(o, DATA_ARRAY), walk_word(o, DATA_N_ENTRIES),
			&count, err) < 0 ||
		    lists__enough(w, count, v->entries, "the list of a unit",
			err) < 0)
			return -EBADMSG;
	}
	return 0;
}
