/* SPDX-License-Identifier: ISC */
/*
 * One log line as the tools see it, wherever it came from: what it says (an
 * event with all its attributes), when, who wrote it, where it was read, and
 * its own text byte for byte.
 *
 * A record owns all its memory.  record_init() once, hand it to source_next()
 * or parser_next() again and again (each call replaces what it held),
 * record_done() at the end.  Do not copy it by assignment: record_copy() and
 * record_move() do that.
 */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "trace/file_id.h"
#include "wire/event.h"
#include "wire/line.h"
#include "wire/opid.h"

enum record_kind {
	RECORD_EVENT,   /* a line that events.def knows; ev.kind says which */
	RECORD_OTHER,   /* another JSON object; ev holds what it has of ours */
	RECORD_TEXT,    /* plain text */
	RECORD_BAD,     /* starts as JSON and is not */
	RECORD_TORN,    /* the same, cut off by the end of the input */
	RECORD_FOREIGN, /* not ours, the journal says; it is no evidence */
	RECORD_NOMSG,   /* a journal entry without a MESSAGE */
	RECORD_KIND_MAX
};

/* Where time_ns came from. */
enum record_time {
	RECORD_TIME_NONE,    /* time_ns is 0: nothing before it had a time */
	RECORD_TIME_OWN,     /* the line's own "time" */
	RECORD_TIME_JOURNAL, /* the journal's __REALTIME_TIMESTAMP */
	RECORD_TIME_CARRIED, /* that of the line before it in its source */
};

enum record_flags {
	RECORD_DUP_KEY = 1,   /* a key is there twice; the first counts */
	RECORD_TWO_OPS = 2,   /* two different op_ids, or more: op, other_op */
	RECORD_ODD_OP = 4,    /* unacceptable op_id: `op` is made of its hash */
	RECORD_CUT = 8,       /* longer than is kept; raw is its beginning */
	RECORD_WITHHELD = 32, /* its MESSAGE was null; raw is the whole entry */
	RECORD_ELSEWHERE = 64, /* of another unit: kind FOREIGN */
	RECORD_NOTE = 128,     /* systemd's or journald's, about one of ours */
	RECORD_SUPPRESSED = 256,  /* a note that journald dropped lines */
	RECORD_JOINED = 512,      /* of several entries (join.h) */
	RECORD_SLOG_ERROR = 1024, /* a key or value is slog's word for none */
	RECORD_BLOB = 2048, /* WITHHELD by a short form, as not printable */
};

/* The flags that say how the text came; the others follow from the text. */
#define RECORD_OUTER                                                     \
	(RECORD_CUT | RECORD_WITHHELD | RECORD_BLOB | RECORD_ELSEWHERE | \
	    RECORD_NOTE | RECORD_SUPPRESSED | RECORD_JOINED)

/* Where the line began, for messages and for reading on from there. */
struct record_pos {
	unsigned source;        /* number within a merge, from 0 */
	unsigned sub;           /* which of the entry's MESSAGE values */
	bool more;              /* the entry has another one behind it */
	struct file_id file;    /* that it was read from; all 0: no file */
	uint64_t offset, lines; /* bytes before it; its line number from 1 */
	/*
	 * Reading on from here gives all that neither this record nor those
	 * before it gave, and maybe some of them again: the line itself, or
	 * the first piece of a split one that is still unfinished.  Of a
	 * journal it is a cursor (points into mem; NULL elsewhere).
	 */
	uint64_t safe_offset, safe_lines;
	const char *safe_cursor;
};

/*
 * What comes with a text stands before what follows from it: of an unread one
 * the latter is not touched.
 */
struct record {
	/*
	 * Of a source that leaves messages unread (source_unread()): raw is
	 * as message_keep() left it, and nothing that follows from the text is
	 * filled yet.
	 */
	bool unread;
	bool line_break_eof; /* the writer ended in mid-line */
	enum record_kind kind;
	unsigned flags; /* enum record_flags */
	int priority;
	/* What the journal vouches for; "" and -1 where it was not asked. */
	int64_t real_ns, mono_ns, pid;
	const char *unit, *boot; /* point into mem */
	const char *about;       /* the unit a note is about, as unit */
	int64_t dropped;         /* lines, by a SUPPRESSED note; -1 unknown */
	/*
	 * As form_hint below: where it is the same and not 0, so are unit,
	 * boot, pid and priority.
	 */
	uint64_t origin_hint;
	struct buf mem;
	struct buf raw; /* the message itself, without its newline */
	struct record_pos pos;

	enum record_time time_from; /* the first of the latter */
	int64_t time_ns;            /* wall clock */
	/*
	 * Records with the same hint, which is not 0, have lines that are the
	 * same byte for byte but for the values of the attributes beside level
	 * and msg, and of these values the types are the same; whichever parser
	 * they are of, since each counts its hints from a number drawn by lot.
	 * 0 says nothing; it is no part of what the line says.
	 */
	uint64_t form_hint;
	struct opid op;       /* of any kind; "" = belongs to no operation */
	struct opid other_op; /* with TWO_OPS the second one, else "" */
	struct line line;     /* EVENT and OTHER: all attributes in order */
	struct event ev;      /* EVENT and OTHER; borrows from `line` */
};

void record_init(struct record *r);
void record_done(struct record *r);
/* Empties it and keeps its memory. */
void record_reset(struct record *r);
/* Sets unit and boot (NULL counts as ""); they are copied; about is "". */
void record_set_origin(struct record *r, const char *unit, const char *boot);
/*
 * The same of both at once: their text with a NUL behind each, the boot at
 * that place of it.
 */
void record_set_names(struct record *r, const char *text, size_t len,
    size_t boot);
/* The unit a note is about; after record_set_origin(), at most once. */
void record_set_about(struct record *r, const char *about);
/* Sets pos.safe_cursor to a copy; after the two above, at most once. */
void record_set_cursor(struct record *r, const char *cursor);
void record_copy(struct record *dst, const struct record *src);
/* Copies what does not follow from its text, and its position. */
void record_copy_outer(struct record *dst, const struct record *src);
/* dst takes what src held; src is empty but usable afterwards. */
void record_move(struct record *dst, struct record *src);
/* "event", "other", "text", "bad", "torn", "foreign", "nomsg". */
const char *record_kind_name(enum record_kind kind);
/*
 * Who wrote it: the unit where the journal says so, else who writes that kind
 * of event ("bangerd", "banger-helper"), else "".
 */
const char *record_emitter(const struct record *r);
/*
 * slog's level: what a JSON line says of itself, of text what the journal says
 * (PRIORITY); false when neither does.
 */
bool record_level(const struct record *r, int *ret);
/* The process life it belongs to (eight hex digits), or NULL. */
const char *record_run(const struct record *r);

#define _cleanup_record_ __attribute__((cleanup(record_done)))

#endif
