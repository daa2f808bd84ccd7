/* SPDX-License-Identifier: ISC */
#include "trace/entry_known.h"

#include <string.h>

#include "base/hash.h"
#include "base/plain.h"

/* As many bytes of a text tell its place. */
#define KNOWN_HEAD 11
/* Values of a key, beyond which none is kept. */
#define KNOWN_VALUES_MAX 32

/*
 * Most keys differ within eight bytes, but not those that begin with _SYSTEMD;
 * and a short one ends before the tenth, with its member.
 */
static inline unsigned
known__place(const char *text)
{
	uint64_t head;

	memcpy(&head, text + 1, sizeof(head));
	head ^= (uint64_t)(unsigned char)text[KNOWN_HEAD - 1] << 28;
	return (unsigned)(head * HASH_A >> 55) % KNOWN_PLACES;
}

static inline bool
known__is(const struct known_member *m, const char *text, size_t len)
{
	if (len >= KNOWN_TEXT_MAX)
		return plain_same(text, m->text, m->len);
	return m->len <= len && memcmp(text, m->text, m->len) == 0;
}

/* Looks into the other profiles; *slot is the place in the present one. */
static const struct known_member *
known__elsewhere(struct known *k, unsigned place, const char *text, size_t len)
{
	uint8_t *slot = &k->ways[k->way][place];

	for (unsigned i = 1; i < KNOWN_WAYS; i++) {
		unsigned way = (k->way + i) % KNOWN_WAYS;
		unsigned at = k->ways[way][place];
		const struct known_member *m = &k->members[at];

		if (at == 0 || !known__is(m, text, len))
			continue;
		/* What both have does not tell which of them it is. */
		if (*slot == 0 || m->open)
			*slot = (uint8_t)at;
		else
			k->way = way;
		return m;
	}
	return NULL;
}

const struct known_member *
known_find(struct known *k, const char *text, size_t len)
{
	const struct known_member *m;
	unsigned place, at;

	if (len < KNOWN_HEAD)
		return NULL;
	place = known__place(text);
	at = k->ways[k->way][place];
	m = &k->members[at];
	if (__builtin_expect(at != 0 && known__is(m, text, len), 1))
		return m;
	return known__elsewhere(k, place, text, len);
}

static void
known__forget(struct known *k)
{
	memset(k->ways, 0, sizeof(k->ways));
	memset(k->values, 0, sizeof(k->values));
	k->n = 1;
	k->forgotten++;
}

void
known_keep(struct known *k, const char *text, size_t len, size_t value_at,
    unsigned field, bool open)
{
	struct known_member *m;
	unsigned place;

	if (len < KNOWN_HEAD || (open ? value_at : len) > KNOWN_TEXT_MAX)
		return;
	if (k->n == 0 || k->n == KNOWN_MEMBERS)
		known__forget(k);
	place = known__place(text);
	if (k->values[place] >= KNOWN_VALUES_MAX)
		open = true;
	else
		k->values[place]++;
	/* Another value makes another profile, which takes the rest over. */
	if (k->ways[k->way][place] != 0 && !open && !k->fresh) {
		k->next_way = (k->next_way + 1) % KNOWN_WAYS;
		k->way = k->next_way;
		k->fresh = true;
		memset(k->ways[k->way], 0, sizeof(k->ways[k->way]));
	}
	m = &k->members[k->n];
	m->field = (uint8_t)field;
	m->open = open;
	m->len = (uint32_t)(open ? value_at : len);
	memcpy(m->text, text, m->len);
	m->value[0] = '\0';
	if (!open) {
		memcpy(m->value, text + value_at, len - 1 - value_at);
		m->value[len - 1 - value_at] = '\0';
	}
	k->ways[k->way][place] = (uint8_t)k->n++;
}
