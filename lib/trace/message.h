/* SPDX-License-Identifier: ISC */
/*
 * The message of an entry, as it stands in a line of `journalctl -o json`, to
 * what a record says: by the form of an earlier line (line_form.h) where there
 * is one, else by parse_message().
 */
#ifndef TRACE_MESSAGE_H
#define TRACE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "trace/record.h"

struct message_reader;

struct message_reader *message_reader_new(void);
/* Takes NULL; returns NULL. */
struct message_reader *message_reader_free(struct message_reader *m);
/*
 * Reads the len bytes at quoted, as line_form_read() takes them, into a record
 * of which all is filled but what follows from its text.
 */
void message_read(struct message_reader *m, const char *quoted, size_t len,
    bool complete, struct record *r);
/*
 * Leaves that to a later call: the text alone is kept, for
 * message_read_later(), which fills another record with all that r has.
 */
void message_keep(struct record *r, const char *quoted, size_t len);
void message_read_later(struct message_reader *m, const struct record *r,
    struct record *ret);

DEFINE_FREEP(struct message_reader *, message_reader_free);

#endif
