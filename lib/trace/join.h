/* SPDX-License-Identifier: ISC */
/*
 * Lines that journald split, put together again.  It ends an entry at LineMax
 * (48 KiB), at a NUL and at the end of a stream, says so in _LINE_BREAK, and
 * lets entries of other streams in between.  Pieces of one line have the same
 * _STREAM_ID and _PID; join_begin() takes the first and join_put() all of
 * them, and join_end() makes the line one that join_take() gives out.
 *
 * Bounded: JOIN_LINES unfinished lines of JOIN_BYTES each.
 */
#ifndef TRACE_JOIN_H
#define TRACE_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/record.h"
#include "wire/line.h"

/* One more, and the oldest is given up. */
#define JOIN_LINES 64
/* Of a longer line its beginning is kept. */
#define JOIN_BYTES (1024 * 1024)
/* A line whose next piece takes longer by the journal's stamps is given up. */
#define JOIN_AGE_NS (60 * 1000000000LL)

/* One line; its record has all but what follows from the text. */
struct join_line {
	struct join_line *next;
	struct record r;
	char *stream;
	int64_t pid;
	uint64_t number; /* of the input line with its first piece */
	unsigned pieces;
	bool nul;
};

struct join {
	struct join_line *open, *ready; /* the oldest first */
	size_t n;                       /* open ones */
	struct line scratch;
};

enum join_break {
	JOIN_NONE, /* a newline */
	JOIN_MAX,  /* the line goes on */
	JOIN_NUL,  /* the same, behind a NUL */
	JOIN_STOP, /* its writer ended in mid-line */
};

/* What a _LINE_BREAK (or NULL) means. */
enum join_break join_break_of(const char *text);
/* The unfinished line of that stream, or NULL. */
struct join_line *join_find(const struct join *j, const char *stream,
    int64_t pid);
/*
 * A new one; the caller fills its record, but not raw.  number grows from one
 * line of the input to the next.
 */
struct join_line *join_begin(struct join *j, const char *stream, int64_t pid,
    uint64_t number);
/* Adds a piece, and ends the line with the one that is its last. */
void join_put(struct join *j, struct join_line *line, const char *text,
    size_t len, enum join_break how, bool complete);
/* Nothing is missing of it; or it is given up, and torn. */
void join_end(struct join *j, struct join_line *line, bool whole);
/*
 * True when the text alone is a JSON object.  It is then no piece of a line
 * that begins as JSON: what is missing of such a line cannot be an object.
 */
bool join_is_object(struct join *j, const char *text, size_t len);
/* Gives up what is too old beside an entry with these stamps (-1 unknown). */
void join_expire(struct join *j, const char *boot, int64_t mono_ns,
    int64_t real_ns);
void join_flush(struct join *j);
/* The next line that has ended; false when there is none. */
bool join_take(struct join *j, struct record *r);
/* The one that began first of all that were not taken, or NULL. */
const struct join_line *join_first(const struct join *j);
void join_done(struct join *j);

#endif
