/* SPDX-License-Identifier: ISC */
/* The picture as one JSON object for scripts, safe on a terminal too. */
#ifndef TOP_FRAME_JSON_H
#define TOP_FRAME_JSON_H

#include "model.h"

/* Appends the object and a newline; sources are the n paths. */
void frame_json(const struct model *m, const char *const *sources, size_t n,
    struct buf *out);

#endif
