/* SPDX-License-Identifier: ISC */
/*
 * Traces and rows as text.  Everything that came from a log is escaped here,
 * and only here.  All functions append to out and allocate nothing that lasts.
 */
#ifndef BANGERLOG_RENDER_H
#define BANGERLOG_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "trace/query.h"

struct render_style {
	size_t width; /* columns, at least 20 */
	bool ascii;   /* no character beyond ASCII of our own */
	bool color;   /* SGR sequences */
};

/* t->op is not NULL. */
void render_text(const struct query_trace *t, const struct render_style *style,
    struct buf *out);
/* One object and a newline. */
void render_json(const struct query_trace *t, struct buf *out);
void render_json_row(const struct query_row *row, struct buf *out);

#endif
