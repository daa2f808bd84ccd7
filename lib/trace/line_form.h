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
 */
#ifndef TRACE_LINE_FORM_H
#define TRACE_LINE_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "trace/record.h"

/* Bytes behind a quoted line that must be readable. */
#define LINE_FORM_SLACK 64

struct line_forms;

struct line_forms *line_forms_new(void);
/* Takes NULL; returns NULL. */
struct line_forms *line_forms_free(struct line_forms *f);
/*
 * Reads the len bytes at text, the line as a JSON string without its quotes, in
 * which nothing but quotes is escaped and all is ASCII without controls; at
 * least LINE_FORM_SLACK bytes behind it are readable.  True: raw, line, ev, op
 * and form_hint of the record are filled, and the kind is EVENT; its flags,
 * time_ns and time_from are as they were.  False: it has none of the forms,
 * and the record is to be filled from its text, raw and form_hint too.
 */
bool line_form_read(struct line_forms *f, const char *text, size_t len,
    struct record *r);
/*
 * Makes a form of the same line, which line_form_read() did not know, from what
 * parse_message() made of it; sets form_hint where it could.
 */
void line_form_learn(struct line_forms *f, const char *text, size_t len,
    struct record *r);

DEFINE_FREEP(struct line_forms *, line_forms_free);

#endif
