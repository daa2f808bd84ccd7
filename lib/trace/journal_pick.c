/* SPDX-License-Identifier: ISC */
#include "trace/journal_pick.h"

#include <string.h>

#include "trace/journal_frame.h"

/* The longest name that is wanted: OBJECT_SYSTEMD_UNIT. */
#define PICK_NAME_MAX 19
/* Room for what an entry has besides its fields: stamps, boot, cursor. */
#define PICK_ROOM (JOURNAL_ENTRY_MAX - JOURNAL_TEXT_MAX)
#define PICK_NOTHING JOURNAL_WHAT_MAX

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

#define IS(text) (memcmp(name, (text), sizeof(text) - 1) == 0)

/*
 * The field of that name, by its length first: there are twenty fields in an
 * entry, and half of them are wanted.  _BOOT_ID is told with the stamps.
 */
static unsigned
pick__what(const char *name, size_t len)
{
	switch (len) {
	case 4:
		return IS("_PID") ? ENTRY_PID
		    : IS("_UID")  ? ENTRY_UID
		    : IS("UNIT")  ? ENTRY_UNIT
				  : PICK_NOTHING;
	case 7:
		return IS("MESSAGE") ? JOURNAL_MESSAGE : PICK_NOTHING;
	case 8:
		return IS("PRIORITY") ? ENTRY_PRIORITY : PICK_NOTHING;
	case 9:
		return IS("N_DROPPED") ? ENTRY_N_DROPPED : PICK_NOTHING;
	case 10:
		return IS("_TRANSPORT") ? ENTRY_TRANSPORT
		    : IS("_STREAM_ID")  ? ENTRY_STREAM
		    : IS("MESSAGE_ID")  ? ENTRY_MESSAGE_ID
					: PICK_NOTHING;
	case 11:
		return IS("_LINE_BREAK") ? ENTRY_LINE_BREAK : PICK_NOTHING;
	case 13:
		return IS("_SYSTEMD_UNIT") ? ENTRY_SYSTEMD_UNIT
		    : IS("COREDUMP_UNIT")  ? ENTRY_COREDUMP_UNIT
					   : PICK_NOTHING;
	case PICK_NAME_MAX:
		return IS("OBJECT_SYSTEMD_UNIT") ? ENTRY_OBJECT_UNIT
						 : PICK_NOTHING;
	default:
		return PICK_NOTHING;
	}
}

#undef IS

static bool
pick__is_unit(const struct journal_pick *p, const char *value, size_t len)
{
	for (const char *const *u = p->units; *u != NULL; u++)
		if (strlen(*u) == len && memcmp(*u, value, len) == 0)
			return true;
	return false;
}

/* What the field tells of whose entry it is. */
static unsigned
pick__tells(const struct journal_pick *p, unsigned what, const char *value,
    size_t len)
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
	unsigned what;
	bool cut;

	if (eq == NULL)
		return;
	name = (size_t)(eq - data);
	what = pick__what(data, name);
	if (what == PICK_NOTHING)
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
	journal_frame_put(out, what, cut && what == JOURNAL_MESSAGE, eq + 1,
	    len);
	p->size += head + len;
}

bool
journal_pick_is_ours(const struct journal_pick *p)
{
	return (p->saw & PICK_FROM) != 0 ||
	    (p->saw & (PICK_UNIT | PICK_MANAGER)) ==
	    (PICK_UNIT | PICK_MANAGER) ||
	    ((p->saw & (PICK_OBJECT | PICK_COREDUMP)) != 0 &&
		(p->saw & PICK_ROOT) != 0);
}
