/* SPDX-License-Identifier: ISC */
#include "trace/ahead_batch.h"

#include <string.h>

/* Behind it stands its cut message (message.h), then the next one. */
struct ahead_note {
	uint32_t record; /* that it is, or is like */
	uint32_t len;    /* of the message; of a whole record 0 */
	int64_t real_ns, mono_ns;
	uint64_t offset, lines, safe_offset, safe_lines;
};

void
ahead_batch_done(struct ahead_batch *b)
{
	for (size_t i = 0; i < b->made; i++)
		record_done(&b->records[i]);
	buf_done(&b->notes);
}

void
ahead_batch_reset(struct ahead_batch *b)
{
	b->n = 0;
	b->at = 0;
	buf_reset(&b->notes);
}

bool
ahead_batch_is_full(const struct ahead_batch *b)
{
	return b->n == AHEAD_RECORDS || b->notes.len >= AHEAD_BYTES;
}

/* ---- in ---------------------------------------------------------------- */

/* NULL: none. */
static bool
ahead__is_cursor(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/*
 * Does the one say of the other all that is not in a note?  One that was read
 * goes out as it is, and whoever takes it may empty it.
 */
static bool
ahead__is_like(const struct record *r, const struct record *like)
{
	return like->unread && r->origin_hint == like->origin_hint &&
	    r->flags == like->flags && r->pos.source == like->pos.source &&
	    r->pos.sub == like->pos.sub && r->pos.more == like->pos.more &&
	    memcmp(&r->pos.file, &like->pos.file, sizeof(r->pos.file)) == 0 &&
	    ahead__is_cursor(r->pos.safe_cursor, like->pos.safe_cursor);
}

/* The whole one that it is like; n: there is none. */
static size_t
ahead__like(const struct ahead_batch *b, const struct record *r)
{
	size_t i = 0;

	/* The hint tells the rest of what the journal vouches for. */
	if (!r->unread || r->origin_hint == 0)
		return b->n;
	while (i < b->n && !ahead__is_like(r, &b->records[i]))
		i++;
	return i;
}

void
ahead_batch_put(struct ahead_batch *b, struct record *r)
{
	struct ahead_note note = { (uint32_t)ahead__like(b, r), 0, r->real_ns,
		r->mono_ns, r->pos.offset, r->pos.lines, r->pos.safe_offset,
		r->pos.safe_lines };

	if (note.record == b->n) {
		buf_put(&b->notes, &note, sizeof(note));
		/* Few are used, and memory is dear when it is new. */
		if (b->n == b->made)
			record_init(&b->records[b->made++]);
		record_move(&b->records[b->n++], r);
		return;
	}
	note.len = (uint32_t)r->raw.len;
	buf_put(&b->notes, &note, sizeof(note));
	buf_put(&b->notes, r->raw.data, r->raw.len);
}

/* ---- out --------------------------------------------------------------- */

struct record *
ahead_batch_next(struct ahead_batch *b, struct message_reader *messages,
    struct record *whole)
{
	struct ahead_note note;
	const char *message;
	struct record *r;

	if (b->at == b->notes.len)
		return NULL;
	memcpy(&note, b->notes.data + b->at, sizeof(note));
	b->at += sizeof(note);
	r = &b->records[note.record];
	if (!r->unread)
		return r;
	record_copy_outer(whole, r);
	whole->real_ns = note.real_ns;
	whole->mono_ns = note.mono_ns;
	whole->pos.offset = note.offset;
	whole->pos.lines = note.lines;
	whole->pos.safe_offset = note.safe_offset;
	whole->pos.safe_lines = note.safe_lines;
	message = note.len > 0 ? b->notes.data + b->at : r->raw.data;
	message_read_kept(messages, message,
	    note.len > 0 ? note.len : r->raw.len, whole);
	b->at += note.len;
	return whole;
}
