/* SPDX-License-Identifier: ISC */
/*
 * An operation as an SVG picture: a row for each stage and each helper call,
 * over an axis of time.  It stands alone as a file, or within an HTML page.
 */
#ifndef BANGERLOG_WATERFALL_H
#define BANGERLOG_WATERFALL_H

#include "base/buf.h"
#include "trace/op.h"

/* Its colours, as CSS that follows the reader's light or dark. */
extern const char waterfall_css[];

/* Appends <svg>…</svg>; with_css: the style is within it. */
void waterfall_draw(const struct op *op, bool with_css, struct buf *out);

#endif
