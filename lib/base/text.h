/* SPDX-License-Identifier: ISC */
/*
 * Text for people: escaping, display width, fitting into cells.
 *
 * Text that came from a log, a guest or another user is hostile: whatever is
 * printed of it goes through text_escape() at the edge, and nowhere else, so
 * that what is stored stays as it was.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Reads one UTF-8 code point at s (len > 0); returns its length and sets
 * *ret_cp, or returns 0 when the bytes are not valid UTF-8 (overlong forms,
 * surrogates and values past U+10FFFF are not).
 */
size_t text_utf8_next(const char *s, size_t len, uint32_t *ret_cp);

/* True for what may move the cursor, hide or reorder text. */
bool text_is_hostile(uint32_t cp);
/*
 * Appends s so that it is safe on a terminal: C0, DEL and C1 controls, line
 * and paragraph separators, bidirectional and zero-width marks become visible
 * escapes (\x1b, \n, \u202e), a backslash is doubled only when `quote`, and
 * bytes that are not UTF-8 become U+FFFD.
 */
void text_escape(struct buf *out, const char *s, size_t len, bool quote);
/* Cells that the (already safe) text takes; an unprintable one counts 1. */
size_t text_width(const char *s);
/*
 * Appends s cut or padded to exactly `cells`; a cut ends in "…" ("~" when
 * ascii).  The text must be safe already.
 */
void text_fit(struct buf *out, const char *s, size_t cells, bool right,
    bool ascii);
/* Cuts a multi-byte sequence that a truncation left unfinished at the end. */
void text_cut_utf8(char *s);
/* Cuts blanks and line ends off both ends, in place; where it begins now. */
char *text_trim(char *s);
/* True when s is non-empty and made of the given set and no longer than max. */
bool text_is_name(const char *s, const char *set, size_t max);
/* Appends the number in decimal. */
void text_put_int(struct buf *out, int64_t v);
/* Appends bytes for people: "157.8 MiB". */
void text_put_bytes(struct buf *out, int64_t bytes);
/* Reads a decimal number that fills the whole string; false otherwise. */
bool text_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);
/* Reads "500M": bytes, with K, M, G or T (of 1024) behind the number. */
bool text_parse_bytes(const char *s, int64_t *ret);
/*
 * Edits between two words: a byte inserted, deleted or replaced, or two
 * neighbours swapped; SIZE_MAX when one is longer than TEXT_DISTANCE_MAX.
 */
#define TEXT_DISTANCE_MAX 32
size_t text_distance(const char *a, const char *b);
/* Columns of the terminal behind fd, or of COLUMNS, or fallback. */
size_t text_terminal_width(int fd, size_t fallback);

#endif
