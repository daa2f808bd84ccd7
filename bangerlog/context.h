/* SPDX-License-Identifier: ISC */
/*
 * What else was logged around an operation, for trace --context: the lines of
 * no operation in the index, and what the journals that it was made from, or a
 * file or journal that was named, have of its VM's unit, KVM, or memory that
 * ran out.
 */
#ifndef BANGERLOG_CONTEXT_H
#define BANGERLOG_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/op.h"
#include "trace/store.h"

#include "render.h"

/* More are counted, and not shown. */
#define CONTEXT_MAX 200
/* This host's journal. */
#define CONTEXT_JOURNAL "journal"

struct context {
	int64_t around_ns; /* before its first line, and after its last */
	/*
	 * A file in any form that `index` reads, a folder or file of a journal,
	 * or CONTEXT_JOURNAL; NULL: the journals of the index, as far as they
	 * can be read.
	 */
	const char *from;
	bool json;
	struct render_style style;
};

/*
 * Appends one line, or one JSON object, each.  Says on stderr which journal of
 * the index cannot be read.
 */
int context_print(struct store *s, const struct op *op,
    const struct context *context, struct buf *out, struct error *err);

#endif
