/* SPDX-License-Identifier: ISC */
/*
 * An operation's stages in their order, each with the helper's calls below it,
 * and how such a line is drawn on a time axis.
 */
#ifndef TOP_WATERFALL_H
#define TOP_WATERFALL_H

#include "draw.h"
#include "trace/op.h"

enum waterfall_kind { WATERFALL_BEFORE, WATERFALL_STAGE, WATERFALL_CALL };

struct waterfall_line {
	enum waterfall_kind kind;
	const struct op_stage *stage; /* borrowed from the operation */
	const struct op_call *call;
};

struct waterfall {
	struct waterfall_line *at;
	size_t n;
};

/* Fills l, which holds nothing yet. */
void waterfall_lines(const struct op *op, struct waterfall *l);
void waterfall_done(struct waterfall *l);
#define _cleanup_waterfall_ _cleanup_(waterfall_done)

/* Where things stand across; name 1, start, took, bar. */
struct waterfall_layout {
	int name, start, took, bar, bar_w;
	int64_t total_ns;
};

/* w cells wide; total_ns: as long as the operation is now. */
struct waterfall_layout waterfall_layout(int w, int64_t total_ns);
void waterfall_titles(const struct waterfall_layout *l, struct screen *s, int x,
    int y);
void waterfall_draw(const struct waterfall_layout *l, const struct op *op,
    const struct waterfall_line *line, struct screen *s, int x, int y);

/* "?" for what is unknown. */
const char *waterfall_duration(int64_t ns, char out[CLOCK_DURATION_MAX]);

#endif
