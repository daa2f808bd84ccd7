/* SPDX-License-Identifier: ISC */
/*
 * A set of 64-bit hashes in little memory (16 bytes or less each), for the
 * question "was this seen before?" that may be answered yes by mistake, never
 * no.  Zeros are an empty set with no bound.
 */
#ifndef BASE_HASHSET_H
#define BASE_HASHSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hashset {
	uint64_t *slots; /* a power of two of them, 0: free */
	size_t n, cap;
	size_t max; /* more than so many it does not tell apart; 0: no bound */
	bool full;
};

void hashset_add(struct hashset *set, uint64_t hash);
/* Always true once it is full. */
bool hashset_may_have(const struct hashset *set, uint64_t hash);
/* Has the processor fetch what looking for it takes. */
void hashset_expect(const struct hashset *set, uint64_t hash);
void hashset_done(struct hashset *set);

#endif
