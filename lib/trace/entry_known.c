/* SPDX-License-Identifier: ISC */
#include "trace/entry_known.h"

#include <string.h>

#include "base/mem.h"

/* Values of a key, beyond which none is kept. */
#define KNOWN_VALUES_MAX 32

void
known_forget(struct known *k)
{
	memset(k->ways, 0, sizeof(k->ways));
	memset(k->values, 0, sizeof(k->values));
	/* The one that stands for none. */
	k->n = 1;
	k->present = k->ways[0];
	/* No entry's set is empty: see known_begin(). */
	memset(k->usual, 0, sizeof(k->usual));
}

struct known *
known_new(void)
{
	struct known *k = xcalloc(1, sizeof(*k));

	known_forget(k);
	return k;
}

/* The member of that place, when the text begins with it; or NULL. */
static const struct known_member *
known__at(const struct known *k, unsigned slot, const char *text, size_t len)
{
	const struct known_member *m = &k->members[slot & KNOWN_NUMBER];

	return m->len > 0 && m->len <= len && memcmp(text, m->text, m->len) == 0
	    ? m
	    : NULL;
}

const struct known_member *
known__elsewhere(struct known *k, const char *text, size_t len, size_t *ret_len)
{
	const struct known_member *m;
	unsigned place, way;
	uint16_t *slot;

	if (len < KNOWN_HEAD)
		return NULL;
	place = known__place(text);
	slot = &k->present[place];
	/* Near the end of its line it was not looked for. */
	m = known__at(k, *slot, text, len);
	for (way = 0; m == NULL && way < KNOWN_WAYS; way++) {
		m = known__at(k, k->ways[way][place], text, len);
		if (m == NULL)
			continue;
		/* What both have does not tell which of them it is. */
		if (*slot == 0 || m->open)
			*slot = k->ways[way][place];
		else
			k->present = k->ways[way];
	}
	if (m != NULL)
		*ret_len = m->len;
	return m;
}

void
known_keep(struct known *k, const char *text, size_t all, size_t len,
    size_t value_at, unsigned field, bool open)
{
	struct known_member *m;
	unsigned place;

	if (all < KNOWN_HEAD || (open ? value_at : len) > KNOWN_TEXT_MAX ||
	    (!open && len - value_at > KNOWN_VALUE_MAX) ||
	    k->n == KNOWN_MEMBERS)
		return;
	place = known__place(text);
	if (k->values[place] >= KNOWN_VALUES_MAX)
		open = true;
	else
		k->values[place]++;
	/* Another value makes another profile, which takes the rest over. */
	if (k->present[place] != 0 && !open && !k->fresh) {
		k->next_way = (k->next_way + 1) % KNOWN_WAYS;
		k->present = k->ways[k->next_way];
		k->fresh = true;
		memset(k->present, 0, sizeof(k->ways[0]));
		memset(&k->usual[k->next_way], 0, sizeof(k->usual[0]));
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
	k->present[place] = (uint16_t)(m->len << KNOWN_LEN_SHIFT | k->n++);
}
