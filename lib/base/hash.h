/* SPDX-License-Identifier: ISC */
/*
 * hash_bytes() is a fast hash for tables in memory.  Its values are not for
 * storing: they depend on the byte order, and may change.  Where others choose
 * what is hashed, the seed must be one that they cannot know.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Odd numbers without a pattern: fractional bits of the roots of 2 and 3. */
#define HASH_A 0x6a09e667f3bcc909ULL
#define HASH_B 0xbb67ae8584caa73bULL

/* Both halves of the product, folded. */
static inline uint64_t
hash__mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Of len bytes, eight at a time; seed may be the hash of what came before. */
static inline uint64_t
hash_bytes(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = seed ^ (len * HASH_B), w;

	for (; len > 8; len -= 8, p += 8) {
		memcpy(&w, p, 8);
		h = hash__mix(h ^ w, HASH_A);
	}
	w = 0;
	if (len == 8)
		memcpy(&w, p, 8);
	else
		for (size_t i = 0; i < len; i++)
			w |= (uint64_t)p[i] << (8 * i);
	return hash__mix(h ^ w ^ HASH_A, HASH_B);
}

/*
 * FNV-1a, 64 bits: slower, but the same everywhere and for ever, so that it may
 * be stored.  h is HASH_FNV_START, or the hash of what came before.
 */
#define HASH_FNV_START 0xcbf29ce484222325ULL
static inline uint64_t
hash_fnv1a(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

/* A seed for this process. */
uint64_t hash_seed(void);

#endif
