/* SPDX-License-Identifier: ISC */
/*
 * The parts of a page about one operation, which the page of a trace and a
 * bundle share.  A page is one file: it loads nothing, needs no script, and
 * its policy forbids both, whatever the log holds.
 */
#ifndef BANGERLOG_PAGE_HTML_H
#define BANGERLOG_PAGE_HTML_H

#include "base/buf.h"

#include "render.h"

/* Up to the body's beginning, and what ends it. */
void page_html_open(const struct op *op, struct buf *out);
void page_html_close(struct buf *out);
/* Title, facts, error, certificate, picture, table of shares. */
void page_html_trace(const struct query_trace *t, struct buf *out);
void page_html_lines(const struct op *op, const struct render_lines *lines,
    struct buf *out);
/* A section that is folded until it is asked for. */
void page_html_fold(struct buf *out, const char *title);
void page_html_fold_end(struct buf *out);

#endif
