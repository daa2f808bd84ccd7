/* SPDX-License-Identifier: ISC */
/*
 * Memory for many small things that go together: each is a cut from a chunk,
 * none is freed alone.  An arena of zeros is empty and ready; arena_done()
 * frees all, arena_reset() forgets all and keeps the
 * largest chunk.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *first, *last;
	size_t used; /* of the last */
};

/* Zeroed, aligned for anything. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of len bytes, a NUL behind them. */
char *arena_put(struct arena *a, const char *s, size_t len);
/* A copy of the string; NULL of NULL. */
char *arena_str(struct arena *a, const char *s);
void arena_reset(struct arena *a);
void arena_done(struct arena *a);

#endif
