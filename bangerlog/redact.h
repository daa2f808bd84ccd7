/* SPDX-License-Identifier: ISC */
/*
 * Takes out of text what tells whose it is: names, paths, addresses and ids.
 * The same original is the same token (vm-1, path-2) everywhere.
 *
 * First all text is shown to it, to learn what there is; then all of it is
 * rewritten.  Originals are known by the attribute that they are the value of
 * (vm_name, guest_ip, log_path …), and by their looks: absolute paths, IP and
 * MAC addresses, op_ids, UUIDs, twelve hex digits or more.  One of less than
 * four characters is only replaced where it stands alone.
 */
#ifndef BANGERLOG_REDACT_H
#define BANGERLOG_REDACT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"

struct redact;

struct redact *redact_new(void);
struct redact *redact_free(struct redact *r);

/* This is an original of that class ("vm"); NULL and "" are none. */
void redact_learn(struct redact *r, const char *class, const char *original);
/* What is in text, by its looks; and in a log line, by its attributes too. */
void redact_learn_text(struct redact *r, const char *s, size_t len);
void redact_learn_line(struct redact *r, const char *s, size_t len);

/* Appends the text with tokens in place of originals. */
void redact_text(const struct redact *r, const char *s, size_t len,
    struct buf *out);
/*
 * The same of a log line, which stays JSON where it is.  Words of the log's
 * own vocabulary stay, even where a VM is called so; a value that is an object
 * or array goes, and so does a broken line in which escapes may hide anything.
 */
void redact_line(const struct redact *r, const char *s, size_t len,
    struct buf *out);
/* An owned string in place of one that may be NULL. */
char *redact_string(const struct redact *r, const char *s);
/* The same, and a word of the log's vocabulary stays. */
char *redact_word(const struct redact *r, const char *s);

DEFINE_FREEP(struct redact *, redact_free);

#endif
