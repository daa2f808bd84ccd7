/* SPDX-License-Identifier: ISC */
#include "trace/journal_place.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/mem.h"

void
journal_place_begin(struct journal_place *p, const char *cursor)
{
	xset(&p->cursor, cursor);
	p->held = true;
	p->given = p->again = false;
	p->n = p->old = 0;
}

void
journal_place_behind(struct journal_place *p, const char *cursor)
{
	xset(&p->cursor, cursor);
	p->n = p->old = 0;
	p->given = p->again = true;
}

void
journal_place_release(struct journal_place *p)
{
	p->held = false;
	if (p->later == NULL)
		return;
	free(p->safe);
	p->safe = steal(&p->later);
}

uint64_t
journal_place_us(const struct journal_place *p)
{
	const char *at = p->cursor != NULL ? strstr(p->cursor, ";t=") : NULL;

	return at != NULL ? strtoull(at + 3, NULL, 16) : 0;
}

void
journal_place_done(struct journal_place *p)
{
	free(p->cursor);
	free(p->safe);
	free(p->later);
}

static uint64_t
place__hash_field(uint64_t h, const struct entry *e, enum entry_field field)
{
	const char *s = entry_str(e, field);

	return hash_bytes(h + e->fields[field].count, s,
	    s != NULL ? strlen(s) : 0);
}

static uint64_t
place__hash_num(uint64_t h, const struct entry *e, enum entry_field field)
{
	int64_t v = entry_num(e, field, 1);

	return hash_bytes(h, &v, sizeof(v));
}

/* Of the fields that many entries have in common. */
static uint64_t
place__hash_fields(struct journal_place *p, const struct entry *e)
{
	struct place_like *known = &p->likes[e->like % PLACE_LIKES];
	uint64_t h = 0;

	if (e->like != 0 && known->like == e->like)
		return known->hash;
	for (enum entry_field f = ENTRY_STAMPS; f < ENTRY_MESSAGE; f++)
		h = place__hash_field(h, e, f);
	if (e->like != 0)
		*known = (struct place_like){ e->like, h };
	return h;
}

/* Of all that an entry has but its cursor. */
static uint64_t
place__hash(struct journal_place *p, const struct entry *e)
{
	uint64_t h = place__hash_fields(p, e);

	h = place__hash_num(h, e, ENTRY_REALTIME);
	h = place__hash_num(h, e, ENTRY_MONOTONIC);
	for (size_t i = 0; i < e->n; i++)
		h = hash_bytes(h, e->mem.data + e->messages[i].at,
		    e->messages[i].len);
	return h;
}

/* Forgets the n first. */
static void
place__drop(struct journal_place *p, size_t at, size_t n)
{
	p->n -= n;
	p->old -= n;
	memmove(p->hash + at, p->hash + at + n, (p->n - at) * sizeof(*p->hash));
}

/* True for an entry that is due again, and no longer then. */
static bool
place__is_due(struct journal_place *p, uint64_t hash)
{
	for (size_t i = 0; i < p->old; i++) {
		if (p->hash[i] != hash)
			continue;
		place__drop(p, i, 1);
		return true;
	}
	/* What does not come is gone from the journal. */
	if (p->patience-- == 0)
		place__drop(p, 0, p->old);
	return false;
}

enum journal_place_says
journal_place_take(struct journal_place *p, const struct entry *e, bool whole)
{
	const char *cursor = entry_str(e, ENTRY_CURSOR);
	bool known = p->again && cursor != NULL && p->cursor != NULL &&
	    strcmp(cursor, p->cursor) == 0;
	uint64_t hash = 0;

	p->again = false;
	if (cursor == NULL || p->old > 0)
		hash = place__hash(p, e);
	if (!known && p->old > 0)
		known = place__is_due(p, hash);
	if (cursor != NULL) {
		xset(&p->cursor, cursor);
		p->given = true;
		p->n = p->old;
		/* What is known may stand within a line that was given. */
		if (whole && !known)
			xset(p->held && p->safe != NULL ? &p->later : &p->safe,
			    cursor);
	} else {
		if (p->n == JOURNAL_PLACE_MAX)
			place__drop(p, 0, p->old);
		if (p->n == JOURNAL_PLACE_MAX || p->safe == NULL)
			return JOURNAL_PLACE_BAD;
		p->hash[p->n++] = hash;
	}
	return known ? JOURNAL_PLACE_KNOWN : JOURNAL_PLACE_NEW;
}

void
journal_place_died(struct journal_place *p)
{
	p->again = p->given;
	p->old = p->n;
	p->patience = 2 * JOURNAL_CURSOR_EVERY;
}

void
journal_place_gone(struct journal_place *p)
{
	p->again = false;
	p->n = p->old = 0;
}
