/* SPDX-License-Identifier: ISC */
#include "base/hashset.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HASHSET_FIRST 64

/* The slot that has the hash, or the free one where it would go. */
static uint64_t *
hashset__slot(const struct hashset *set, uint64_t hash)
{
	size_t i = hash & (set->cap - 1);

	while (set->slots[i] != 0 && set->slots[i] != hash)
		i = (i + 1) & (set->cap - 1);
	return &set->slots[i];
}

static void
hashset__grow(struct hashset *set)
{
	uint64_t *old = set->slots;
	size_t n = set->cap;

	set->cap = n == 0 ? HASHSET_FIRST : 2 * n;
	set->slots = xcalloc(set->cap, sizeof(*set->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i] != 0)
			*hashset__slot(set, old[i]) = old[i];
	free(old);
}

void
hashset_add(struct hashset *set, uint64_t hash)
{
	uint64_t *slot;

	hash += hash == 0;
	if (set->full)
		return;
	if (set->max != 0 && set->n == set->max) {
		set->full = true;
		free(set->slots);
		set->slots = NULL;
		set->cap = 0;
		return;
	}
	if (2 * set->n >= set->cap)
		hashset__grow(set);
	slot = hashset__slot(set, hash);
	set->n += *slot == 0;
	*slot = hash;
}

bool
hashset_may_have(const struct hashset *set, uint64_t hash)
{
	hash += hash == 0;
	return set->full || (set->cap > 0 && *hashset__slot(set, hash) != 0);
}

void
hashset_expect(const struct hashset *set, uint64_t hash)
{
	if (set->cap > 0)
		__builtin_prefetch(
		    &set->slots[(hash + (hash == 0)) & (set->cap - 1)]);
}

void
hashset_done(struct hashset *set)
{
	free(set->slots);
	memset(set, 0, sizeof(*set));
}
