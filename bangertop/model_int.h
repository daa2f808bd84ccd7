/* SPDX-License-Identifier: ISC */
/* What the files of the model ask of one another. */
#ifndef TOP_MODEL_INT_H
#define TOP_MODEL_INT_H

#include "model.h"

/* Fills row, which holds nothing yet; section and pinned are the caller's. */
void row_init(struct model_row *row, const struct op *op, int64_t now_ns);
void row_done(struct model_row *row);
/* Says how long ago it ended. */
void row_age(struct model_row *row, const struct op *op, int64_t now_ns);
/* Says how it does, and how long it still takes; stats may be NULL. */
void judge_row(struct model_row *row, struct stats *stats);
/*
 * Counts all, and lays the rows out anew, or only says anew what they say
 * where they are to hold still (held).
 */
void model_lay_out(struct model *m, struct opset *set, struct stats *stats,
    bool held);
void model_drop_rows(struct model *m);
/* Says which rows are the first of their VM. */
void model_head_rows(struct model *m);
/* Sorts both parts of the rows. */
void model_sort_rows(struct model *m);
/* Makes sure that the selected one is still there, or another. */
void model_find_selected(struct model *m);
/* Wall clock of the operation's end. */
int64_t row_end(const struct op *op);

#endif
