/* SPDX-License-Identifier: ISC */
#include "trace/journal_pick.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/journal_frame.h"

#define PICK_NODES 1024
/* A longer field is in no node. */
#define PICK_TEXT 116
/* Where so many fields came next the tree is as good as full. */
#define PICK_TRIES 32
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

struct pick_node {
	uint16_t first, next; /* below it, and beside it; 0: none */
	uint16_t len;         /* of text */
	uint8_t value;        /* where it begins in text */
	uint8_t what;         /* enum entry_field */
	uint8_t saw;          /* on the way down to here */
	uint8_t kind;         /* the number of what ends here, and 1; 0: none */
	bool open;            /* not wanted: its name alone, and the '=' */
	char text[PICK_TEXT];
};

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

/* ---- pieces ------------------------------------------------------------ */

/* Puts a field whose value begins at `value` of data. */
static void
pick__put(struct journal_pick *p, struct buf *out, enum entry_field what,
    const char *data, size_t len)
{
	size_t head = sizeof(struct journal_head), room = PICK_ROOM - p->size;
	bool cut;

	if (room < head) {
		p->cut = true;
		return;
	}
	room -= head;
	if (room > JOURNAL_VALUE_MAX)
		room = JOURNAL_VALUE_MAX;
	cut = len > room;
	len = cut ? room : len;
	journal_frame_put(out, what, cut && what == ENTRY_MESSAGE, data, len);
	p->size += head + len;
	/* Of a message its record says so. */
	p->cut = p->cut || (cut && what != ENTRY_MESSAGE);
}

/* ---- the tree ---------------------------------------------------------- */

static void
pick__forget(struct journal_pick *p)
{
	if (p->nodes == NULL)
		p->nodes = xcalloc(PICK_NODES, sizeof(*p->nodes));
	memset(p->nodes, 0, sizeof(*p->nodes));
	p->n = 1;
	p->kinds = 0;
	p->full = false;
}

/* Where the entry is by now. */
static struct pick_node *
pick__at(const struct journal_pick *p)
{
	return &p->nodes[p->depth > 0 ? p->path[p->depth - 1] : 0];
}

/* Goes on with the field, if it came next in some entry. */
static bool
pick__down(struct journal_pick *p, const char *data, size_t len)
{
	struct pick_node *at = pick__at(p), *n = NULL;
	uint16_t *link = &at->first, found;
	unsigned tries = 0;

	for (; *link != 0; link = &n->next) {
		n = &p->nodes[*link];
		if ((n->len == len || (n->len < len && n->open)) &&
		    memcmp(data, n->text, n->len) == 0)
			break;
		p->full = p->full || ++tries == PICK_TRIES;
	}
	found = *link;
	if (found == 0 || p->depth == JOURNAL_PICK_DEPTH)
		return false;
	p->path[p->depth++] = found;
	if (at->first == found)
		return true;
	/* The next entry is likely to be of the same kind. */
	*link = n->next;
	n->next = at->first;
	at->first = found;
	return true;
}

/* The pieces of what the entry has in the tree. */
static void
pick__put_path(struct journal_pick *p, struct buf *out)
{
	const struct pick_node *n;

	for (unsigned i = 0; i < p->depth; i++) {
		n = &p->nodes[p->path[i]];
		if (!n->open)
			pick__put(p, out, n->what, n->text + n->value,
			    n->len - n->value);
	}
}

/* From now on the entry is not in the tree. */
static void
pick__leave(struct journal_pick *p, struct buf *out)
{
	if (p->off)
		return;
	p->saw |= pick__at(p)->saw;
	pick__put_path(p, out);
	p->off = true;
}

/* A field that is new where the entry is; false: there is no room for it. */
static bool
pick__grow(struct journal_pick *p, enum entry_field what, const char *data,
    size_t name, size_t len)
{
	struct pick_node *at = pick__at(p), *n = &p->nodes[p->n];
	bool open = what == ENTRY_FIELD_MAX;

	if (p->off || p->depth == JOURNAL_PICK_DEPTH)
		return false;
	p->full = p->full || p->n == PICK_NODES;
	/* Of what is not wanted the value makes no difference. */
	len = open ? name + 1 : len;
	if (p->n == PICK_NODES || len > PICK_TEXT)
		return false;
	memset(n, 0, sizeof(*n));
	n->len = (uint16_t)len;
	n->value = (uint8_t)(name + 1);
	n->what = (uint8_t)what;
	n->open = open;
	n->saw = (uint8_t)(at->saw |
	    pick__tells(p, what, data + name + 1, len - name - 1));
	memcpy(n->text, data, len);
	n->next = at->first;
	at->first = (uint16_t)p->n;
	p->path[p->depth++] = (uint16_t)p->n++;
	return true;
}

/* ---- an entry ---------------------------------------------------------- */

void
journal_pick_begin(struct journal_pick *p, const char *const *units)
{
	/* What a node tells depends on them. */
	if (p->nodes == NULL || p->full || p->units != units)
		pick__forget(p);
	p->units = units;
	p->size = 0;
	p->saw = 0;
	p->cut = p->off = false;
	p->depth = 0;
}

/* A field whose name has so many bytes, which is not in the tree. */
static void
pick__new(struct journal_pick *p, struct buf *out, enum entry_field what,
    const char *data, size_t name, size_t len)
{
	if (what != ENTRY_MESSAGE && pick__grow(p, what, data, name, len))
		return;
	if (what != ENTRY_MESSAGE)
		pick__leave(p, out);
	data += name + 1;
	len -= name + 1;
	p->saw |= pick__tells(p, what, data, len);
	if (what != ENTRY_FIELD_MAX)
		pick__put(p, out, what, data, len);
}

void
journal_pick_boot(struct journal_pick *p, struct buf *out, const char *data,
    size_t len)
{
	if (!pick__down(p, data, len))
		pick__new(p, out, ENTRY_BOOT, data, strlen("_BOOT_ID"), len);
}

void
journal_pick_field(struct journal_pick *p, struct buf *out, const char *data,
    size_t len)
{
	enum entry_field what;
	const char *eq;

	if (!p->off && pick__down(p, data, len))
		return;
	eq = memchr(data, '=', len < PICK_TEXT ? len : PICK_TEXT);
	if (eq == NULL)
		return;
	what = entry_field_of(data, (size_t)(eq - data));
	pick__new(p, out, pick__wants(what) ? what : ENTRY_FIELD_MAX, data,
	    (size_t)(eq - data), len);
}

bool
journal_pick_is_ours(const struct journal_pick *p)
{
	unsigned saw = p->saw | (p->off ? 0 : pick__at(p)->saw);

	return p->units == NULL || (saw & PICK_FROM) != 0 ||
	    (saw & (PICK_UNIT | PICK_MANAGER)) == (PICK_UNIT | PICK_MANAGER) ||
	    ((saw & (PICK_OBJECT | PICK_COREDUMP)) != 0 &&
		(saw & PICK_ROOT) != 0);
}

void
journal_pick_end(struct journal_pick *p, struct buf *out)
{
	struct pick_node *at = pick__at(p);

	if (p->off || p->depth == 0)
		return;
	if (at->kind > 0) {
		journal_frame_put(out, JOURNAL_LIKE, at->kind - 1, "", 0);
		return;
	}
	pick__put_path(p, out);
	p->full = p->full || p->kinds == JOURNAL_KINDS;
	/* What had no room is not to be missing in others too. */
	if (p->cut || p->kinds == JOURNAL_KINDS)
		return;
	at->kind = (uint8_t)++p->kinds;
	journal_frame_put(out, JOURNAL_KEEP, at->kind - 1, "", 0);
}

void
journal_pick_done(struct journal_pick *p)
{
	free(p->nodes);
	p->nodes = NULL;
}
