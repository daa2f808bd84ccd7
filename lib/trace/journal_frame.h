/* SPDX-License-Identifier: ISC */
/*
 * What the process that reads the journal (journal_child.h) writes into its
 * pipe: pieces, each a head and `len` bytes.
 *
 *	len    uint32_t
 *	what   uint16_t, enum entry_field or enum journal_what
 *	aux    uint16_t, see there
 *
 * Fields follow one another until JOURNAL_ENTRY ends their entry; everything
 * else stands between entries.  Numbers are the machine's own, as both ends are
 * one program; the two stamps are uint64_t, all else is text.
 *
 * Most fields are the same in many entries: JOURNAL_KEEP, behind the fields of
 * an entry, gives them a number, and JOURNAL_LIKE stands for them in others.
 *
 * An entry's cursor, where it has one, is its last field; the first entry of a
 * process has one, of JOURNAL_CURSOR_EVERY that follow one another at least
 * one, and the last before it waits or ends where that can be told in time.
 *
 * Who reads believes nothing: what breaks a rule is JOURNAL_FRAME_BAD.
 */
#ifndef TRACE_JOURNAL_FRAME_H
#define TRACE_JOURNAL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "trace/parse_entry.h"

#define JOURNAL_CURSOR_EVERY 256
/* A longer value is cut; and what all pieces of an entry take at most. */
#define JOURNAL_VALUE_MAX (4 * 1024 * 1024)
#define JOURNAL_ENTRY_MAX (64 * 1024 * 1024)
/* Of what the process says itself. */
#define JOURNAL_TEXT_MAX 8192
/* Numbers for fields that many entries have, and what these take at most. */
#define JOURNAL_KINDS 64
#define JOURNAL_KIND_MAX 16384

enum journal_what {
	JOURNAL_MESSAGE = ENTRY_MESSAGE, /* aux 1: its beginning only */
	/*
	 * The entry's fields, but for the stamps and MESSAGE, have the number
	 * aux from now on; or they are those of that number, and it has no
	 * others.
	 */
	JOURNAL_KEEP,
	JOURNAL_LIKE,
	JOURNAL_ENTRY,   /* the entry is complete */
	JOURNAL_OPEN,    /* the journal is open */
	JOURNAL_ERROR,   /* it is not, aux: errno, and a hint; the end */
	JOURNAL_AT,      /* a cursor: begins behind it, and gave nothing yet */
	JOURNAL_LOST,    /* what could not be had */
	JOURNAL_DAMAGED, /* the same, of a file that stays as it is */
	JOURNAL_CHECKED, /* each DAMAGED was said */
	JOURNAL_GONE, /* the same as LOST: the place to begin with; now from the
			 first entry on */
	JOURNAL_END,  /* there is no more; the end */
	JOURNAL_WHAT_MAX
};

struct journal_head {
	uint32_t len;
	uint16_t what, aux;
};

/* ---- writing ----------------------------------------------------------- */

static inline void
journal_frame_put(struct buf *out, unsigned what, unsigned aux,
    const void *data, size_t len)
{
	struct journal_head head = {
		(uint32_t)len,
		(uint16_t)what,
		(uint16_t)aux,
	};

	buf_put(out, &head, sizeof(head));
	buf_put(out, data, len);
}

/* The same of a stamp. */
static inline void
journal_frame_put_stamp(struct buf *out, enum entry_field field, uint64_t v)
{
	journal_frame_put(out, field, 0, &v, sizeof(v));
}

/* The same of a text, which is cut at JOURNAL_TEXT_MAX. */
void journal_frame_put_text(struct buf *out, enum journal_what what,
    unsigned aux, const char *text);

/* ---- reading ----------------------------------------------------------- */

/* What has a number. */
struct journal_kind {
	uint64_t like; /* entry.like; 0: nothing yet */
	struct entry_value fields[ENTRY_MESSAGE];
	struct buf mem;
};

struct journal_frame {
	struct entry *entry;
	bool open;     /* the entry has a field, and is not complete */
	size_t size;   /* bytes of its pieces */
	size_t fields; /* of those beside the stamps and messages */
	bool told;     /* all of the latter are there */
	struct journal_kind *kinds;
	uint64_t like; /* the newest one's */
};

enum journal_frame_status {
	JOURNAL_FRAME_ENTRY, /* the entry is complete */
	JOURNAL_FRAME_WORD,  /* *ret_word is what the process says itself */
	JOURNAL_FRAME_MORE,  /* what follows is not all there */
	JOURNAL_FRAME_BAD,   /* no such thing is ever written */
};

/* Before what another process writes; of one that is all 0 too. */
void journal_frame_begin(struct journal_frame *f, struct entry *entry);
void journal_frame_done(struct journal_frame *f);

struct journal_word {
	enum journal_what what;
	unsigned aux;
	const char *text; /* borrowed from s; no NUL behind it */
	size_t len;
};

/*
 * Takes what there is, up to the end of an entry or to a word; *ret_used bytes
 * were used whatever it says.  The entry is emptied before its first field.
 */
enum journal_frame_status journal_frame_take(struct journal_frame *f,
    const char *s, size_t len, size_t *ret_used, struct journal_word *ret_word);

#endif
