/* SPDX-License-Identifier: ISC */
/*
 * The newest lines of the log, as they are, for who wants to see those of one
 * operation.  They take a bounded piece of memory: the oldest make room.
 */
#ifndef TOP_LINES_H
#define TOP_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "wire/opid.h"

struct lines;

/* So many bytes for them and what is noted of each. */
struct lines *lines_new(size_t size);
struct lines *lines_free(struct lines *l);
/* A line of that operation; one that is too large for all is left out. */
void lines_put(struct lines *l, const struct opid *op, const char *text,
    size_t len);
/*
 * Appends each of that operation's, with a NUL behind it, that was put since
 * `from` (0: all that are left); returns what `from` is next time, never 0.
 * A NUL within one has become a blank.
 */
uint64_t lines_of(const struct lines *l, const struct opid *op, uint64_t from,
    struct buf *out);

DEFINE_FREEP(struct lines *, lines_free);

#endif
