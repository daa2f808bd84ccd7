/* SPDX-License-Identifier: ISC */
/*
 * Texts of errors without what tells one from another of the same kind: ids,
 * names in quotes, paths, addresses, times and numbers become placeholders.
 * mask.c has the table.  A mask is for one thread at a time.
 */
#ifndef TRACE_MASK_H
#define TRACE_MASK_H

#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* Bytes of a text that count; what is behind them is left out. */
#define MASK_TEXT_MAX 1024

struct mask;

struct mask *mask_new(void);
struct mask *mask_free(struct mask *m);
/*
 * Appends the masked text.  Each of the n names (NULL: none), such as those of
 * the VM and the image, becomes "<name>" where it stands as a word.
 */
void mask_text(struct mask *m, const char *text, const char *const *names,
    size_t n, struct buf *out);

DEFINE_FREEP(struct mask *, mask_free);

#endif
