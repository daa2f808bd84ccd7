/* SPDX-License-Identifier: ISC */
/* The operations of the picture as CSV (RFC 4180), a row each. */
#ifndef TOP_FRAME_CSV_H
#define TOP_FRAME_CSV_H

#include "model.h"

void frame_csv_head(struct buf *out);
void frame_csv(const struct model *m, struct buf *out);

#endif
