/* SPDX-License-Identifier: ISC */
/* The waterfall alone, as a file. */
#include "render.h"
#include "waterfall.h"

static void
svg__op(struct render *r, const struct render_job *job)
{
	buf_puts(r->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	waterfall_draw(job->trace->op, true, r->out);
}

const struct renderer render_svg = {
	.name = "svg",
	.about = "the timeline as a picture",
	.flags = RENDER_ONE,
	.op = svg__op,
};
