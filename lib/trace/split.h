/* SPDX-License-Identifier: ISC */
/*
 * Whose time it was: what an operation and each of its stages took, told apart
 * into the daemon's own, the helper's, and what no line accounts for.  The
 * three add up to the duration exactly; where that is unknown, all are -1.
 *
 * The helper's time is that of its calls, as far as they lie within the stage,
 * counted once where two overlap.  The rest of a stage is the daemon's, except
 * where a line that would tell is missing: between two calls whose
 * numbers leave some out, in a stage with a call whose place is unknown, and in
 * the stage in which the daemon ended.
 * Before its first stage the operation has no line that says what it did, so
 * the daemon has no time there.
 */
#ifndef TRACE_SPLIT_H
#define TRACE_SPLIT_H

#include <stdint.h>

#include "trace/op.h"

struct split {
	int64_t daemon_ns, helper_ns, unaccounted_ns; /* -1 unknown */
};

/* Of a stage by its index, or of what was before the first: OP_NO_STAGE. */
void split_stage(const struct op *op, size_t stage, struct split *ret);
/* Of the whole operation. */
void split_op(const struct op *op, struct split *ret);

#endif
