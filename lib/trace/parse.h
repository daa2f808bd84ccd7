/* SPDX-License-Identifier: ISC */
/*
 * Raw input lines to records.  A line is a bare slog line, plain text, or an
 * entry of `journalctl -o json` whose MESSAGE holds either; which of them is
 * seen from the line itself.  Nothing is refused: what cannot be read becomes
 * a record of kind text, bad or torn, with its bytes kept.
 *
 * MESSAGE comes in the forms that journalctl writes: a string, an array of
 * byte numbers (text that is not printable UTF-8), an array of such values (a
 * repeated field: one record each), null (4 KiB or more without --all).
 */
#ifndef TRACE_PARSE_H
#define TRACE_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "trace/record.h"

struct parser;

struct parser *parser_new(void);
struct parser *parser_free(struct parser *p);
/*
 * Takes one line without its newline; `complete` is false for the last line of
 * an input that ended without one.  The text is copied.  Records of the line
 * before that were not taken are forgotten.
 */
void parser_feed(struct parser *p, const char *text, size_t len, bool complete);
/*
 * The line's next record; false when there is none left.  An empty line has
 * none.  pos and a carried time are the source's to set.
 */
bool parser_next(struct parser *p, struct record *r);

/*
 * Reads r->raw again: sets kind, ev, line, op, time and the flags that follow
 * from the text; the journal's fields must be set already.
 */
void parse_message(struct record *r, bool complete);

DEFINE_FREEP(struct parser *, parser_free);

#endif
