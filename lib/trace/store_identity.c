/* SPDX-License-Identifier: ISC */
/* Who a line is that has no number of its own. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "trace/store_int.h"

/* Lines without a time that are counted from one anchor on. */
#define STORE_GROUP_MAX 65536

bool
store_is_timed(const struct record *r)
{
	return r->time_from == RECORD_TIME_OWN || r->real_ns >= 0;
}

/* What the line's like are counted within: see store_identity(). */
static uint64_t
store__group(const struct store_input *in, const struct record *r)
{
	uint64_t group = HASH_FNV_START;

	if (r->time_from == RECORD_TIME_OWN)
		return hash_fnv1a(group, &r->time_ns, sizeof(r->time_ns));
	/* Worked out only here: most lines are followed by one with a time. */
	if (r->real_ns < 0)
		return in->anchored
		    ? hash_fnv1a(group, buf_str(&in->anchor), in->anchor.len)
		    : group;
	group = hash_fnv1a(group, &r->real_ns, sizeof(r->real_ns));
	group = hash_fnv1a(group, &r->mono_ns, sizeof(r->mono_ns));
	return hash_fnv1a(group, r->boot, strlen(r->boot) + 1);
}

void
store_enter_group(struct store_input *in, const struct record *r)
{
	bool timed = store_is_timed(r);
	uint64_t group;

	/* Lines without a time stay in their group until it is too large. */
	if (!timed && !in->timed && map_len(in->counts) < STORE_GROUP_MAX)
		return;
	group = !timed && !in->timed
	    ? hash_fnv1a(in->group, buf_str(&r->raw), r->raw.len)
	    : store__group(in, r);
	if (group == in->group && timed == in->timed)
		return;
	if (map_len(in->counts) > 0) {
		map_free(in->counts);
		in->counts = map_new(NULL);
	}
	in->group = group;
	in->timed = timed;
	if (!timed || r->pos.sub > 0)
		return;
	in->resume_offset = r->pos.safe_offset;
	in->resume_lines = r->pos.safe_lines;
	buf_reset(&in->cursor);
	if (r->pos.safe_cursor != NULL)
		buf_puts(&in->cursor, r->pos.safe_cursor);
}

void
store_identity(struct store_input *in, const struct record *r,
    uint64_t *ret_hash, int64_t *ret_ord)
{
	uint64_t hash = in->group;
	uintptr_t count;
	char key[20];

	if (r->time_from != RECORD_TIME_OWN && r->real_ns >= 0)
		hash = hash_fnv1a(hash, r->unit, strlen(r->unit) + 1);
	hash = hash_fnv1a(hash, buf_str(&r->raw), r->raw.len);
	snprintf(key, sizeof(key), "%016llx", (unsigned long long)hash);
	count = (uintptr_t)map_find(in->counts, key);
	map_put(in->counts, key, (void *)(count + 1));
	*ret_hash = hash;
	*ret_ord = (int64_t)count;
}
