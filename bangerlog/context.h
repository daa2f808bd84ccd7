/* SPDX-License-Identifier: ISC */
/*
 * What else was logged around an operation, for trace --context: the lines of
 * no operation in the index, and those of a file of the journal that are about
 * its VM's unit, KVM, or memory that ran out.
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

struct context {
	int64_t around_ns; /* before its first line, and after its last */
	const char *file;  /* any form that `index` reads; or NULL */
	bool json;
	struct render_style style;
};

/* Appends one line, or one JSON object, each. */
int context_print(struct store *s, const struct op *op,
    const struct context *context, struct buf *out, struct error *err);

#endif
