/* SPDX-License-Identifier: ISC */
/*
 * A hash map from strings to pointers.  Keys are copied and owned by the map;
 * values stay the caller's, and are handed to the free function given to
 * map_new() (NULL: not freed) when an entry is replaced or removed.  Lookups
 * return borrowed pointers.  The hash is seeded a process, so names that come
 * from outside cannot aim at one bucket.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>

#include "base/cleanup.h"

struct map;

struct map *map_new(void (*free_value)(void *));
struct map *map_free(struct map *m);
void *map_find(const struct map *m, const char *key);
void map_put(struct map *m, const char *key, void *value);
/* Takes the value out without freeing it; NULL when absent. */
void *map_take(struct map *m, const char *key);
size_t map_len(const struct map *m);
/*
 * Walks all entries in no particular order: *pos starts at 0; returns the next
 * value and its key, or NULL at the end.  The map must not change meanwhile.
 */
void *map_next(const struct map *m, size_t *pos, const char **ret_key);

DEFINE_FREEP(struct map *, map_free);

#endif
