/* SPDX-License-Identifier: ISC */
/* What model.c asks of row.c: one operation as a row. */
#ifndef TOP_MODEL_INT_H
#define TOP_MODEL_INT_H

#include "model.h"

/* Fills row, which holds nothing yet; section and pinned are the caller's. */
void row_init(struct model_row *row, const struct op *op, int64_t now_ns);
void row_done(struct model_row *row);
/* Wall clock of the operation's end. */
int64_t row_end(const struct op *op);

#endif
