/* SPDX-License-Identifier: ISC */
/*
 * A slog JSON line as text: the low-level writer and reader that event.c sits
 * on.  It knows JSON and slog's forms of time and level, and no vocabulary.
 *
 * Form and escaping are those of Go's log/slog JSONHandler (src/log/slog/
 * json_handler.go): only '"', '\', controls below 0x20, U+2028/9 and invalid
 * UTF-8 (as \ufffd) are escaped.
 *
 * The reader takes what RFC 8259 allows and a NUL escape, numbers of any size
 * (their text is kept, so nothing is rounded), repeated keys, and at most
 * LINE_DEPTH_MAX nested values.  It refuses raw controls, invalid UTF-8, lone
 * surrogates and trailing text, and says at which byte.
 */
#ifndef WIRE_LINE_H
#define WIRE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

#define LINE_MAX_BYTES 32768 /* of a line that we write, newline included */
#define LINE_DEPTH_MAX 64

/* slog's levels; others between and beyond are written "INFO+2". */
enum line_level {
	LINE_DEBUG = -4,
	LINE_INFO = 0,
	LINE_WARN = 4,
	LINE_ERROR = 8,
};

enum line_type {
	LINE_STRING,
	LINE_NUMBER,
	LINE_TRUE,
	LINE_FALSE,
	LINE_NULL,
	LINE_OBJECT,
	LINE_ARRAY,
};

/*
 * An attribute.  `text` is the decoded string, or the value's own JSON text;
 * it may hold NULs when it came from a line (text_len counts), and always has
 * a NUL behind it.  Keys are decoded too.  Of a line that was read, `at` and
 * `span` say where the value's own JSON text stands in it (quotes included).
 */
struct line_attr {
	const char *key, *text;
	uint32_t text_len;
	uint32_t key_len : 28;
	unsigned type : 4; /* enum line_type */
	uint32_t at, span;
};

/* A longer text is no line: its attributes could not tell its lengths. */
#define LINE_TEXT_MAX (64 * 1024 * 1024)

/* Attributes for emitters: LINE_S("tap", name), LINE_T("1.5" as number). */
#define LINE_S(k, v)                                                          \
	{                                                                     \
		(k), (v), (uint32_t)strlen(v), sizeof(k) - 1, LINE_STRING, 0, \
		    0                                                         \
	}
#define LINE_T(k, v)                                                          \
	{                                                                     \
		(k), (v), (uint32_t)strlen(v), sizeof(k) - 1, LINE_NUMBER, 0, \
		    0                                                         \
	}
#define LINE_B(k, v)                                                          \
	{                                                                     \
		(k), "", 0, sizeof(k) - 1, (v) ? LINE_TRUE : LINE_FALSE, 0, 0 \
	}

/* The attributes of one line that was read; init with LINE_INIT, reuse. */
struct line {
	struct line_attr *attrs; /* owned; n of them valid */
	size_t n, cap;
	struct buf mem; /* decoded strings; attrs point into it */
};

#define LINE_INIT                    \
	{                            \
		NULL, 0, 0, BUF_INIT \
	}

void line_done(struct line *ln);
/* Room for n attributes, for who fills them himself; those before are lost. */
void line_room(struct line *ln, size_t n);
/* 0, or negative with err "byte N: what"; ln is then empty. */
int line_read(const char *text, size_t len, struct line *ln, struct error *err);
/* The first attribute of that key, or NULL. */
const struct line_attr *line_find(const struct line *ln, const char *key);

/* slog's level from its text; false when it is none ("INFO+2" is one). */
bool line_parse_level(const char *s, size_t len, int *ret);
/* Writes "INFO", "WARN+1" …; out holds 16.  Returns the length. */
size_t line_format_level(int level, char out[16]);

/* Appends the quoted, escaped string, of at most `room` bytes; returns false
 * when it had to be cut to stay in it. */
bool line_put_string(struct buf *out, const char *s, size_t len, size_t room);

#endif
