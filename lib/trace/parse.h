/* SPDX-License-Identifier: ISC */
/*
 * Raw input lines to records.  A line is a bare slog line, plain text, an
 * entry of `journalctl -o json` whose MESSAGE holds either, or a line of
 * `journalctl -o short...`; which of them is seen from the line itself, the
 * last once the input has begun with one.  An entry of an export stream comes
 * through parser_feed_entry().  Nothing is refused: what cannot be read
 * becomes a record of kind text, bad or torn, with its bytes kept.
 *
 * MESSAGE comes in the forms that journalctl writes: a string, an array of
 * byte numbers (text that is not printable UTF-8), an array of such values (a
 * repeated field: one record each), null (4 KiB or more without --all).
 *
 * Entries that are pieces of one line that journald split (join.h) become one
 * record, with the stamps and the position of the first piece.  The pieces in
 * between make no record; when a line is given up, its record comes before
 * those of the line that was fed.  A source therefore does this:
 *
 *	parser_at(p, &pos);            before each line or entry: where it is
 *	parser_feed(p, …);             or parser_feed_entry(p, …)
 *	while (parser_next(p, &r)) …   r.pos is set, safe_… included
 *
 * and at the end of an input, before it lets go of the file or begins another,
 * and not when it only waits for more of the same:
 *
 *	parser_flush(p);
 *	while (parser_next(p, &r)) …   unfinished lines, as torn
 *
 * An entry counts as ours when _SYSTEMD_UNIT, which journald vouches for, is
 * one of the parser's units and its other trusted fields agree
 * (parse_policy.h), or is not given at all (with these left out too).  What
 * others of systemd say about such a unit is a note: text.  Anything else is
 * foreign.
 */
#ifndef TRACE_PARSE_H
#define TRACE_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "trace/parse_entry.h"
#include "trace/record.h"

struct parser;

/* bangerd.service, banger-helper.service, bangerd-root.service; NULL. */
extern const char *const parse_usual_units[];

struct parser *parser_new(void);
struct parser *parser_free(struct parser *p);
/*
 * The units that are ours, ending in NULL; borrowed for the parser's life.
 * Without it the usual ones.
 */
void parser_units(struct parser *p, const char *const *units);
/*
 * From now on messages may be left unread (record.h): message_read_kept()
 * is to follow.
 */
void parser_leave_unread(struct parser *p, bool unread);
/* What comes next is the start of another input. */
void parser_restart(struct parser *p);
/*
 * Takes from a line what it says of the input's form, and nothing else; false
 * when that is not known even then.  For reading on in the middle of one.
 */
bool parser_learn(struct parser *p, const char *text, size_t len);
/*
 * Takes one line without its newline; `complete` is false for the last line of
 * an input that ended without one.  The text is borrowed until parser_next()
 * has said false.  Records of the line before that were not taken are
 * forgotten, but for joined ones.
 */
void parser_feed(struct parser *p, const char *text, size_t len, bool complete);
/*
 * Where the line is that is fed next, and in safe_… where reading on begins
 * with it: of a file its offset and the lines before it, of a journal its
 * cursor (else NULL).  All is copied.  Without it positions are 0.
 */
void parser_at(struct parser *p, const struct record_pos *at);
/* To be filled, and then fed like a line. */
struct entry *parser_entry(struct parser *p);
/*
 * Fills it from the line that the text, of `room` bytes, begins with, when that
 * is a usual entry (entry_scan()) and ends with a newline: its length without
 * it.  0: parser_feed() is to take the line.
 */
size_t parser_scan(struct parser *p, const char *text, size_t room);
void parser_feed_entry(struct parser *p, bool complete);
/*
 * The line's next record; false when there is none left.  An empty line has
 * none.  pos is what parser_at() said of its line (the first piece's), with
 * sub, more and safe_… filled in; a carried time is the source's to set.
 */
bool parser_next(struct parser *p, struct record *r);
/*
 * The input has ended: lines that lack a piece come next, as torn.  Their
 * safe_… is where the first of them began, so that reading on once the input
 * has grown gives them whole.  More may be fed after it.
 */
void parser_flush(struct parser *p);

/*
 * Reads r->raw again: sets kind, ev, line, op, time and the flags that follow
 * from the text; the journal's fields must be set already, and kind NOMSG where
 * there is no text.
 */
void parse_message(struct record *r, bool complete);

DEFINE_FREEP(struct parser *, parser_free);

#endif
