/* SPDX-License-Identifier: ISC */
/*
 * The message of an entry to what a record says: by the form of an earlier line
 * (line_form.h) where there is one, else by parse_message().
 */
#ifndef TRACE_MESSAGE_H
#define TRACE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "trace/line_form.h"
#include "trace/record.h"

struct message_reader;

struct message_reader *message_reader_new(void);
/* Takes NULL; returns NULL. */
struct message_reader *message_reader_free(struct message_reader *m);
/*
 * Reads the text into a record of which all is filled but what follows from
 * it.
 */
void message_read(struct message_reader *m, const struct line_text *text,
    bool complete, struct record *r);
/*
 * The same of one that is complete, but where it has a form it is only cut: raw
 * has that cut then, and r is unread.  message_read_kept() goes on from the
 * cut, with a reader that may be another thread's.
 */
void message_keep(struct message_reader *m, const struct line_text *text,
    struct record *r);
/* The cut, of len bytes, as raw had it; r as for message_read(). */
void message_read_kept(struct message_reader *m, const char *cut, size_t len,
    struct record *r);

DEFINE_FREEP(struct message_reader *, message_reader_free);

#endif
