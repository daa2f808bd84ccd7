/* SPDX-License-Identifier: ISC */
/*
 * Writes one JSON value into a buf that the caller owns; there is nothing to
 * free.  Commas come by themselves: the caller says what follows what, and
 * closes what it opened.  Within an object each value has a `key`, which is
 * one of ours (plain text, written as it is); within an array, and for the
 * outermost value, the key is NULL.
 *
 * The output is safe on a terminal: of a string, whatever text_escape() would
 * not show as it is becomes \uXXXX (RFC 8259, section 7), and bytes that are
 * not UTF-8 become \ufffd.
 */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct jsonw {
	struct buf *out;
	bool comma; /* one goes before the next value */
};

#define JSONW_INIT(buf)      \
	{                    \
		(buf), false \
	}

void jsonw_object(struct jsonw *w, const char *key);
void jsonw_object_end(struct jsonw *w);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_array_end(struct jsonw *w);

void jsonw_null(struct jsonw *w, const char *key);
void jsonw_bool(struct jsonw *w, const char *key, bool value);
void jsonw_int(struct jsonw *w, const char *key, int64_t value);
void jsonw_uint(struct jsonw *w, const char *key, uint64_t value);
/* NULL becomes null. */
void jsonw_string(struct jsonw *w, const char *key, const char *value);
/* The same of text that may hold NULs. */
void jsonw_text(struct jsonw *w, const char *key, const char *value,
    size_t len);
/* Nanoseconds as milliseconds, like the log's; negative (unknown) is null. */
void jsonw_ms(struct jsonw *w, const char *key, int64_t ns);
/* The same where negative ones mean something. */
void jsonw_signed_ms(struct jsonw *w, const char *key, int64_t ns);
/* Nanoseconds as microseconds; negative (unknown) is null. */
void jsonw_us(struct jsonw *w, const char *key, int64_t ns);
/* Nanoseconds as seconds with six decimals. */
void jsonw_seconds(struct jsonw *w, const char *key, int64_t ns);
/* Wall time as an RFC 3339 string. */
void jsonw_time(struct jsonw *w, const char *key, int64_t ns);

#endif
