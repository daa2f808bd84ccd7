/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The first chunk; what does not fit gets one of twice the last one's size. */
#define ARENA_FIRST 1024

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	alignas(max_align_t) char data[];
};

/* Room for size bytes from a multiple of align on. */
static char *
arena__cut(struct arena *a, size_t size, size_t align)
{
	struct arena_chunk *c = a->last;
	size_t at = (a->used + align - 1) & ~(align - 1), want = ARENA_FIRST;

	if (c == NULL || at > c->size || c->size - at < size) {
		if (c != NULL)
			want = 2 * c->size;
		if (want < size)
			want = size;
		c = xmalloc(sizeof(*c) + want);
		c->next = NULL;
		c->size = want;
		if (a->last != NULL)
			a->last->next = c;
		else
			a->first = c;
		a->last = c;
		at = 0;
	}
	a->used = at + size;
	return c->data + at;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return memset(arena__cut(a, size, alignof(max_align_t)), 0, size);
}

char *
arena_put(struct arena *a, const char *s, size_t len)
{
	char *copy = arena__cut(a, len + 1, 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_str(struct arena *a, const char *s)
{
	return s != NULL ? arena_put(a, s, strlen(s)) : NULL;
}

void
arena_reset(struct arena *a)
{
	struct arena_chunk *c;

	/* The last one is the largest. */
	while ((c = a->first) != a->last) {
		a->first = c->next;
		free(c);
	}
	a->used = 0;
}

void
arena_done(struct arena *a)
{
	arena_reset(a);
	free(a->last);
	memset(a, 0, sizeof(*a));
}
