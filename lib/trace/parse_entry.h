/* SPDX-License-Identifier: ISC */
/*
 * One journal entry, whatever form it came in: the fields that we look at, and
 * its messages.  entry_reset() before each; entry_done() at the end.  Values
 * are copied and stay valid until the next entry_add() or entry_message().
 *
 * Fields whose name begins with an underscore are set by journald and cannot
 * be set by who logs; all others can.
 */
#ifndef TRACE_PARSE_ENTRY_H
#define TRACE_PARSE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/line.h"

enum entry_field {
	/* Those that no two entries have the same. */
	ENTRY_REALTIME,
	ENTRY_MONOTONIC,
	ENTRY_CURSOR,
	ENTRY_STAMPS,
	ENTRY_BOOT = ENTRY_STAMPS,
	ENTRY_PID,
	ENTRY_UID,
	ENTRY_EXE,
	ENTRY_TRANSPORT,
	ENTRY_SYSTEMD_UNIT,
	ENTRY_LINE_BREAK,
	ENTRY_STREAM,
	ENTRY_PRIORITY,
	ENTRY_UNIT,
	ENTRY_OBJECT_UNIT,
	ENTRY_COREDUMP_UNIT,
	ENTRY_MESSAGE_ID,
	ENTRY_N_DROPPED,
	ENTRY_MESSAGE, /* its values are in `messages` */
	ENTRY_FIELD_MAX
};

enum entry_kind {
	ENTRY_TEXT,
	ENTRY_ABSENT, /* no MESSAGE */
	ENTRY_NULL,   /* withheld by journalctl */
	ENTRY_ODD,    /* a JSON value that is no text; kept as it stands */
};

struct entry_message {
	enum entry_kind kind;
	bool cut;       /* its beginning only */
	size_t at, len; /* in mem, unless: */
	/*
	 * Where it stands in the line, borrowed, without its quotes; quoted
	 * as line_form_cut() takes it.  entry_unquote() takes it into mem.
	 * NULL: it is there.
	 */
	const char *quoted;
};

struct known;

/* The value of a field; of one that is not there all is 0. */
struct entry_value {
	const char *kept; /* where whoever filled it has it; NULL: in mem */
	size_t at;
	unsigned count; /* values; more than one: none is meant */
	bool number;    /* mem has a uint64_t: for entry_num() alone */
};

struct entry {
	struct entry_value fields[ENTRY_FIELD_MAX];
	/*
	 * Entries with the same number, which is not 0, have the same fields
	 * beside the stamps; whoever fills entries counts for himself.
	 */
	uint64_t like;
	bool filled; /* a field beside the stamps is there */
	bool usual;  /* they are only noted: entry_spread() */
	struct entry_message *messages;
	size_t n, cap;
	struct buf mem;
	struct line inner; /* one element of an array */
	struct buf scratch, bytes;
	struct known *known; /* of entry_scan(); owned; or NULL */
};

void entry_reset(struct entry *e);
void entry_done(struct entry *e);
/* Takes one field; MESSAGE becomes a message, unknown ones are passed over. */
void entry_add(struct entry *e, const char *key, size_t key_len,
    const char *value, size_t len, bool cut);
/* The field of that name, or ENTRY_FIELD_MAX. */
enum entry_field entry_field_of(const char *name, size_t len);
/* A message more, to be filled; entry_message() fills it and copies s. */
struct entry_message *entry_message_room(struct entry *e);
/* The same for a field that is known already. */
void entry_put(struct entry *e, enum entry_field field, const char *value,
    size_t len);
void entry_put_num(struct entry *e, enum entry_field field, uint64_t value);
void entry_message(struct entry *e, enum entry_kind kind, const char *s,
    size_t len);
/*
 * Takes an entry of `journalctl -o json` that line_read() took apart; text is
 * the whole of it, which stands for a message that is null.
 */
void entry_from_json(struct entry *e, const struct line *ln, const char *text,
    size_t len);
/*
 * Takes an entry of `journalctl -o json` of the usual form straight from the
 * text that begins with it: one object without blanks, all of strings that need
 * no decoding but for quotes and backslashes in its one MESSAGE, which may be
 * left where it stands.  Returns its length, of which `room` is the bound: with
 * some behind it, it is faster.  0 says only that it is of another form (e is
 * then to be reset); else e has what the way through line_read() gives for the
 * same text.
 */
size_t entry_scan(struct entry *e, const char *text, size_t room);
/*
 * An entry that entry_scan() found to be usual has the stamps only among its
 * fields; this gives it the others too.
 */
void entry_spread(struct entry *e);

/* Moves the text of a message that is quoted into mem. */
void entry_unquote(struct entry *e, struct entry_message *m);
/*
 * Writes the len bytes at s, in which quotes alone are escaped, to out without
 * the escapes; returns the length, which is not more.
 */
size_t entry_put_unquoted(char *out, const char *s, size_t len);

/* The value, or NULL when it is missing or there more than once. */
const char *entry_str(const struct entry *e, enum entry_field field);
/* A decimal value times scale, or -1. */
int64_t entry_num(const struct entry *e, enum entry_field field, int64_t scale);
static inline bool
entry_has(const struct entry *e, enum entry_field field)
{
	return e->fields[field].count > 0;
}

#endif
