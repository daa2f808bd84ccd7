/* SPDX-License-Identifier: ISC */
#include "base/map.h"

#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

/* Open addressing with linear probing; removal shifts the run back. */
struct slot {
	char *key;
	void *value;
	uint64_t hash;
};

struct map {
	struct slot *slots;
	size_t len, cap; /* cap is a power of two, at most 3/4 full */
	uint64_t seed;
	void (*free_value)(void *);
};

static uint64_t
map__hash(const struct map *m, const char *key)
{
	return hash_bytes(m->seed, key, strlen(key));
}

struct map *
map_new(void (*free_value)(void *))
{
	struct map *m = xcalloc(1, sizeof(*m));

	m->seed = hash_seed();
	m->free_value = free_value;
	m->cap = 16;
	m->slots = xcalloc(m->cap, sizeof(*m->slots));
	return m;
}

struct map *
map_free(struct map *m)
{
	if (m == NULL)
		return NULL;
	for (size_t i = 0; i < m->cap; i++) {
		if (m->slots[i].key == NULL)
			continue;
		free(m->slots[i].key);
		if (m->free_value != NULL)
			m->free_value(m->slots[i].value);
	}
	free(m->slots);
	free(m);
	return NULL;
}

/* The slot that holds key, or the empty one where it would go. */
static struct slot *
map__slot(const struct map *m, const char *key, uint64_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].key != NULL &&
	    (m->slots[i].hash != hash || strcmp(m->slots[i].key, key) != 0))
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void
map__grow(struct map *m)
{
	struct slot *old = m->slots;
	size_t n = m->cap;

	m->cap *= 2;
	m->slots = xcalloc(m->cap, sizeof(*m->slots));
	for (size_t i = 0; i < n; i++) {
		if (old[i].key != NULL)
			*map__slot(m, old[i].key, old[i].hash) = old[i];
	}
	free(old);
}

void *
map_find(const struct map *m, const char *key)
{
	return map__slot(m, key, map__hash(m, key))->value;
}

void
map_put(struct map *m, const char *key, void *value)
{
	uint64_t hash = map__hash(m, key);
	struct slot *s;

	if ((m->len + 1) * 4 > m->cap * 3)
		map__grow(m);
	s = map__slot(m, key, hash);
	if (s->key == NULL) {
		s->key = xstrdup(key);
		s->hash = hash;
		m->len++;
	} else if (m->free_value != NULL && s->value != value) {
		m->free_value(s->value);
	}
	s->value = value;
}

void *
map_take(struct map *m, const char *key)
{
	struct slot *s = map__slot(m, key, map__hash(m, key));
	size_t hole, i;
	void *value = s->value;

	if (s->key == NULL)
		return NULL;
	free(s->key);
	m->len--;
	hole = (size_t)(s - m->slots);
	for (i = (hole + 1) & (m->cap - 1); m->slots[i].key != NULL;
	     i = (i + 1) & (m->cap - 1)) {
		size_t home = m->slots[i].hash & (m->cap - 1);

		/* An entry may fill the hole if its home is not behind it. */
		if (((i - home) & (m->cap - 1)) >=
		    ((i - hole) & (m->cap - 1))) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	memset(&m->slots[hole], 0, sizeof(m->slots[hole]));
	return value;
}

size_t
map_len(const struct map *m)
{
	return m->len;
}

void *
map_next(const struct map *m, size_t *pos, const char **ret_key)
{
	while (*pos < m->cap) {
		const struct slot *s = &m->slots[(*pos)++];

		if (s->key == NULL)
			continue;
		if (ret_key != NULL)
			*ret_key = s->key;
		return s->value;
	}
	return NULL;
}
