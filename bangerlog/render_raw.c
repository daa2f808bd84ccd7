/* SPDX-License-Identifier: ISC */
/* The lines themselves, byte for byte; on a terminal escaped. */
#include "base/text.h"

#include "render.h"

static void
raw__op(struct render *r, const struct render_job *job)
{
	for (size_t i = 0; i < job->lines->n; i++) {
		const struct render_line *line = &job->lines->lines[i];

		if (job->style->terminal)
			text_escape(r->out, line->text, line->len, false);
		else
			buf_put(r->out, line->text, line->len);
		buf_putc(r->out, '\n');
	}
}

const struct renderer render_raw = {
	.name = "raw",
	.about = "the log lines, byte for byte (see raw)",
	.flags = RENDER_ONE | RENDER_LINES,
	.op = raw__op,
};
