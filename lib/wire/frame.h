/* SPDX-License-Identifier: ISC */
/*
 * Lines out of a byte stream, with a bound.  Init with the longest line that
 * is taken (newline included); feed bytes as they come; take lines out.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct frame {
	struct buf in;
	size_t max, taken; /* taken: bytes of in that were handed out */
};

enum frame_status {
	FRAME_LINE,    /* *ret_line is one line without its newline */
	FRAME_MORE,    /* no whole line yet */
	FRAME_TOO_LONG /* no newline within max bytes: give up on the stream */
};

void frame_init(struct frame *f, size_t max);
void frame_done(struct frame *f);
void frame_feed(struct frame *f, const void *data, size_t len);
/* The line is borrowed until the next frame_feed() or frame_done(). */
enum frame_status frame_next(struct frame *f, const char **ret_line,
    size_t *ret_len);
/* True when bytes of an unfinished line are waiting. */
bool frame_partial(const struct frame *f);

#endif
