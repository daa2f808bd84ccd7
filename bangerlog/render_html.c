/* SPDX-License-Identifier: ISC */
/* A trace as a page of its own. */
#include "page_html.h"
#include "render.h"

static void
html__op(struct render *r, const struct render_job *job)
{
	page_html_open(job->trace->op, r->out);
	page_html_trace(job->trace, r->out);
	page_html_lines(job->trace->op, job->lines, r->out);
	page_html_close(r->out);
}

const struct renderer render_html = {
	.name = "html",
	.about = "one page that needs nothing else",
	.flags = RENDER_ONE | RENDER_LINES | RENDER_PROOF,
	.op = html__op,
};
