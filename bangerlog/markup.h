/* SPDX-License-Identifier: ISC */
/*
 * Text within HTML and SVG.  What comes from a log is first made visible, as
 * on a terminal (text_escape), and then inert: it can end no element and no
 * attribute, whatever it holds.  The result is well-formed XML.
 */
#ifndef BANGERLOG_MARKUP_H
#define BANGERLOG_MARKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Appends text, for between tags and for attributes in double quotes. */
void markup_text(struct buf *out, const char *s);
void markup_bytes(struct buf *out, const char *s, size_t len);
/* An attribute, with the blank before it; the name is ours. */
void markup_attr(struct buf *out, const char *name, const char *value);
/* <name>text</name>; attrs is ours, with its leading blank, or "". */
void markup_element(struct buf *out, const char *name, const char *attrs,
    const char *text);

#endif
