/* SPDX-License-Identifier: ISC */
/*
 * Lines of ours that have the form of an earlier one: the same bytes but for
 * the values of the attributes.  A form is a line cut into what stands between
 * its values, and what it means for them; a line that has the same between its
 * values needs not be taken apart again.  Nothing of an earlier line's values
 * is in a form, but for level, msg and the words true, false and null, which
 * belong to what stands between.
 *
 * What is read here is what parse_message() says of the same line; all that is
 * in any way unusual (an op_id that is none, a time that is none, a value that
 * is slog's word for an error) is left to it.
 *
 * A line is read in two steps: it is cut, and then a record is filled from the
 * cut.  The second step may be another thread's, with forms of its own.
 */
#ifndef TRACE_LINE_FORM_H
#define TRACE_LINE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "trace/record.h"

/* Bytes behind a line that must be readable. */
#define LINE_FORM_SLACK 64
/* Values that differ from line to line. */
#define LINE_FORM_SLOTS 32

struct form;
struct line_forms;

/*
 * The text of a line, borrowed; at least LINE_FORM_SLACK bytes behind it are
 * readable.  Quoted: as a JSON string without its quotes, in which nothing but
 * quotes is escaped and all is ASCII without controls.  Else as it is: any
 * bytes.
 */
struct line_text {
	const char *s;
	size_t len;
	bool quoted;
};

/* Where the values of a line end that has a form. */
struct line_cut {
	uint64_t number; /* the form's, which is the line's form_hint */
	unsigned n;
	uint16_t
	    ends[LINE_FORM_SLOTS]; /* the first n, in the line's own text */
};

/* The newest second of a line's time: most are of the one before. */
struct form_clock {
	char second[20]; /* "2006-01-02T15:04:05", or "" */
	int64_t ns;
};

struct line_forms *line_forms_new(void);
/* Takes NULL; returns NULL. */
struct line_forms *line_forms_free(struct line_forms *f);
/*
 * Cuts a line.  Returns its form, borrowed until the next one is made; *ret is
 * filled, and of a quoted one raw has the line's own text.  NULL: it has none
 * of the forms, and raw holds anything.
 */
const struct form *line_form_cut(struct line_forms *f,
    const struct line_text *text, struct buf *raw, struct line_cut *ret);
/*
 * Fills what follows from the record's text, which was cut so: line, ev, op and
 * form_hint; and the kind, which is EVENT then.  Its flags, time_ns and
 * time_from stay as they were.  False: parse_message() is to do that.
 */
bool line_form_fill(const struct form *form, struct form_clock *clock,
    const struct line_cut *cut, struct record *r);
/*
 * Makes a form of the same line, which had none, from what parse_message() made
 * of it; sets form_hint where it could.
 */
void line_form_learn(struct line_forms *f, const struct line_text *text,
    struct record *r);

/*
 * The same of a line whose form was made elsewhere, under that number; and what
 * was made so, borrowed until the next one is, or NULL.
 */
void line_form_learn_number(struct line_forms *f, uint64_t number,
    struct record *r);
const struct form *line_form_of(const struct line_forms *f, uint64_t number);

DEFINE_FREEP(struct line_forms *, line_forms_free);

#endif
