/* SPDX-License-Identifier: ISC */
/*
 * A copy of one operation that outlives the set's.  It is to be read with the
 * functions of trace/op.h and freed with detail_free().
 */
#ifndef TOP_DETAIL_H
#define TOP_DETAIL_H

#include "trace/op.h"

struct op *detail_copy(const struct op *op);
/* Takes NULL; returns NULL. */
struct op *detail_free(struct op *op);

#endif
