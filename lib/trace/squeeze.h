/* SPDX-License-Identifier: ISC */
/*
 * The text of a line that is stored by itself, in fewer bytes where that pays.
 * What is stored is the text, or a zstd frame (RFC 8878) of it; a text that
 * begins like a frame is always stored as one, so that the two are told apart
 * by their first bytes.
 */
#ifndef TRACE_SQUEEZE_H
#define TRACE_SQUEEZE_H

#include <stddef.h>

#include "base/buf.h"

/* Sets *out to what is to be stored of the text. */
void squeeze_put(const char *text, size_t len, struct buf *out);
/*
 * Sets *out to the text of what was stored.  What begins like a frame and is
 * none was stored before there were any, and is the text.
 */
void squeeze_get(const void *stored, size_t len, struct buf *out);

#endif
