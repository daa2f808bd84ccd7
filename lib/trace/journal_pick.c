/* SPDX-License-Identifier: ISC */
#include "trace/journal_pick.h"

#include <string.h>

#include "trace/journal_frame.h"

/* The longest name that is wanted: OBJECT_SYSTEMD_UNIT. */
#define PICK_NAME_MAX 19
/* Room for what an entry has besides its fields: stamps, boot, cursor. */
#define PICK_ROOM (JOURNAL_ENTRY_MAX - JOURNAL_TEXT_MAX)

/* What was seen; a field may be there several times. */
enum {
	PICK_FROM = 1, /* _SYSTEMD_UNIT is one of ours, and so on */
	PICK_UNIT = 2, /* who logs can set these three */
	PICK_OBJECT = 4,
	PICK_COREDUMP = 8,
	PICK_MANAGER = 16, /* _PID=1 */
	PICK_ROOT = 32,    /* _UID=0 */
};

void
journal_pick_begin(struct journal_pick *p, const char *const *units)
{
	p->units = units;
	p->size = 0;
	p->saw = 0;
	p->cut = false;
}

/* What the journal tells of an entry besides its fields is no field. */
static bool
pick__wants(enum entry_field what)
{
	return what != ENTRY_FIELD_MAX && what != ENTRY_REALTIME &&
	    what != ENTRY_MONOTONIC && what != ENTRY_BOOT &&
	    what != ENTRY_CURSOR;
}

static bool
pick__is_unit(const struct journal_pick *p, const char *value, size_t len)
{
	for (const char *const *u = p->units; u != NULL && *u != NULL; u++)
		if (strlen(*u) == len && memcmp(*u, value, len) == 0)
			return true;
	return false;
}

/* What the field tells of whose entry it is. */
static unsigned
pick__tells(const struct journal_pick *p, enum entry_field what,
    const char *value, size_t len)
{
	switch (what) {
	case ENTRY_PID:
		return len == 1 && *value == '1' ? PICK_MANAGER : 0;
	case ENTRY_UID:
		return len == 1 && *value == '0' ? PICK_ROOT : 0;
	case ENTRY_SYSTEMD_UNIT:
		return pick__is_unit(p, value, len) ? PICK_FROM : 0;
	case ENTRY_UNIT:
		return pick__is_unit(p, value, len) ? PICK_UNIT : 0;
	case ENTRY_OBJECT_UNIT:
		return pick__is_unit(p, value, len) ? PICK_OBJECT : 0;
	case ENTRY_COREDUMP_UNIT:
		return pick__is_unit(p, value, len) ? PICK_COREDUMP : 0;
	default:
		return 0;
	}
}

void
journal_pick_field(struct journal_pick *p, struct buf *out, const char *data,
    size_t len)
{
	const char *eq = memchr(data, '=',
	    len < PICK_NAME_MAX + 1 ? len : PICK_NAME_MAX + 1);
	size_t name, room = PICK_ROOM - p->size, head;
	enum entry_field what;
	bool cut;

	if (eq == NULL)
		return;
	name = (size_t)(eq - data);
	what = entry_field_of(data, name);
	if (!pick__wants(what))
		return;
	len -= name + 1;
	p->saw |= pick__tells(p, what, eq + 1, len);
	head = sizeof(struct journal_head);
	if (room < head) {
		p->cut = true;
		return;
	}
	room -= head;
	if (room > JOURNAL_VALUE_MAX)
		room = JOURNAL_VALUE_MAX;
	cut = len > room;
	len = cut ? room : len;
	journal_frame_put(out, what, cut && what == ENTRY_MESSAGE, eq + 1, len);
	p->size += head + len;
}

bool
journal_pick_is_ours(const struct journal_pick *p)
{
	return p->units == NULL || (p->saw & PICK_FROM) != 0 ||
	    (p->saw & (PICK_UNIT | PICK_MANAGER)) ==
	    (PICK_UNIT | PICK_MANAGER) ||
	    ((p->saw & (PICK_OBJECT | PICK_COREDUMP)) != 0 &&
		(p->saw & PICK_ROOT) != 0);
}
