/* SPDX-License-Identifier: ISC */
/*
 * What a bug report needs of one operation: its trace and lines, what of the
 * log is missing around it, and which versions it was all seen with.  It is
 * gathered once, redacted in place where that is asked for, and then written.
 */
#ifndef BANGERLOG_BUNDLE_H
#define BANGERLOG_BUNDLE_H

#include "base/buf.h"
#include "base/error.h"
#include "trace/query.h"

#include "render.h"

struct bundle {
	struct query_trace trace;
	struct op *copy; /* what trace.op is, once it is redacted */
	struct render_lines lines;
	struct render_lines starts; /* "daemon started" … before its end */
	struct buf gaps;            /* JSON, an object a line */
	struct buf versions;        /* JSON, one object */
	bool redacted;
};
#define BUNDLE_INIT              \
	{                        \
		.gaps = BUF_INIT \
	}

int bundle_gather(struct store *s, const char *op_id, struct bundle *ret,
    struct error *err);
void bundle_redact(struct bundle *b);
/* One page, or one object. */
void bundle_html(const struct bundle *b, struct buf *out);
void bundle_json(const struct bundle *b, struct buf *out);
void bundle_done(struct bundle *b);
#define _cleanup_bundle_ __attribute__((cleanup(bundle_done)))

#endif
