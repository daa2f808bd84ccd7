/* SPDX-License-Identifier: ISC */
/*
 * Error texts without what differs from one time to the next (ids, addresses,
 * paths, times, numbers), so that the same failure has the same text.  One
 * table in mask.c says what is taken out, and what stands in its place.
 *
 * What is masked is as hostile as it was: escape it at the edge.
 */
#ifndef TRACE_MASK_H
#define TRACE_MASK_H

#include <stddef.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* What is beyond of a text is left out. */
#define MASK_TEXT_MAX 1024

struct mask;

/* For one thread at a time. */
struct mask *mask_new(void);
/* Takes NULL; returns NULL. */
struct mask *mask_free(struct mask *m);
/* Appends the masked text. */
void mask_text(struct mask *m, const char *text, size_t len, struct buf *out);

DEFINE_FREEP(struct mask *, mask_free);

#endif
