/* SPDX-License-Identifier: ISC */
#include "render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

const struct renderer *const renderers[] = {
	&render_text,
	&render_json,
	&render_html,
	&render_svg,
	&render_chrome,
	&render_otlp,
	&render_raw,
	&render_csv,
	&render_prometheus,
	NULL,
};

const struct renderer *
render_find(const char *name, unsigned flag, struct error *err)
{
	_cleanup_buf_ struct buf words = BUF_INIT;

	for (size_t i = 0; renderers[i] != NULL; i++) {
		if ((renderers[i]->flags & flag) == 0)
			continue;
		if (strcmp(renderers[i]->name, name) == 0)
			return renderers[i];
		buf_printf(&words, "%s%s", words.len > 0 ? ", " : "",
		    renderers[i]->name);
	}
	error_set(err, -EINVAL, "--format: there is no \"%s\"; there are %s",
	    name, buf_str(&words));
	return NULL;
}

void
render_help(unsigned flag, struct buf *out)
{
	static const struct table_column columns[] = {
		{ "FORMAT", 0 },
		{ "", 0 },
	};
	_cleanup_(table_freep) struct table *t = table_new(columns,
	    ARRAY_LEN(columns));

	for (size_t i = 0; renderers[i] != NULL; i++) {
		if ((renderers[i]->flags & flag) == 0)
			continue;
		table_cell(t, renderers[i]->name);
		table_cell(t, renderers[i]->about);
	}
	table_print(t, 0, out);
}

/* ---- lines ------------------------------------------------------------- */

void
render_lines_add(struct render_lines *l, const struct record *r)
{
	struct render_line *line;
	char level[16];
	int n;

	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 32 : 2 * l->cap;
		l->lines = xreallocarray(l->lines, l->cap, sizeof(*l->lines));
	}
	line = &l->lines[l->n++];
	level[0] = '\0';
	if (record_level(r, &n))
		line_format_level(n, level);
	line->time_ns = r->time_from != RECORD_TIME_NONE ? r->time_ns : 0;
	line->emitter = arena_str(&l->mem, record_emitter(r));
	line->level = arena_str(&l->mem, level);
	line->msg = r->kind == RECORD_EVENT || r->kind == RECORD_OTHER
	    ? arena_str(&l->mem, r->ev.msg)
	    : NULL;
	line->kind = record_kind_name(r->kind);
	line->text = arena_put(&l->mem, buf_str(&r->raw), r->raw.len);
	line->len = r->raw.len;
}

void
render_lines_done(struct render_lines *l)
{
	free(l->lines);
	arena_done(&l->mem);
	memset(l, 0, sizeof(*l));
}

/* ---- the time axis ----------------------------------------------------- */

static int64_t
render__later(int64_t end, int64_t start_ns, int64_t duration_ns)
{
	if (start_ns < 0)
		return end;
	if (duration_ns > 0)
		start_ns += duration_ns;
	return start_ns > end ? start_ns : end;
}

int64_t
render_extent(const struct op *op)
{
	int64_t end = op->duration_ns >= 0
	    ? op->duration_ns
	    : clock_diff(op->last_ns, op->start_ns);

	if (end < 0)
		end = 0;
	for (size_t i = 0; i < op->n_stages; i++)
		end = render__later(end, op->stages[i].start_ns,
		    op->stages[i].duration_ns);
	for (size_t i = 0; i < op->n_calls; i++)
		end = render__later(end, op->calls[i].start_ns,
		    op->calls[i].duration_ns);
	return end;
}

int64_t
render_stage_ns(const struct op *op, size_t stage)
{
	const struct op_stage *s = &op->stages[stage];

	if (s->duration_ns >= 0)
		return s->duration_ns;
	if (stage + 1 < op->n_stages)
		return 0;
	return render_extent(op) - s->start_ns;
}

/* ---- running one ------------------------------------------------------- */

void
render_begin(struct render *r, const struct renderer *how, struct buf *out)
{
	r->how = how;
	r->out = out;
	r->n = 0;
	r->state = NULL;
	if (how->begin != NULL)
		how->begin(r);
}

void
render_job(struct render *r, const struct render_job *job)
{
	r->how->op(r, job);
	r->n++;
}

static void
render__line(void *arg, const struct record *r)
{
	render_lines_add(arg, r);
}

int
render_op(struct render *r, struct store *s, const char *op_id,
    const struct render_style *style, struct error *err)
{
	_cleanup_trace_ struct query_trace t = QUERY_TRACE_INIT;
	_cleanup_lines_ struct render_lines lines = RENDER_LINES_INIT;
	const struct render_job job = { &t, &lines, style };
	int rc = (r->how->flags & RENDER_PROOF) != 0
	    ? query_trace(s, op_id, &t, err)
	    : query_op(s, op_id, &t, err);

	if (rc < 0)
		return rc;
	/* Its lines went meanwhile. */
	if (t.op == NULL)
		return 0;
	if ((r->how->flags & RENDER_LINES) != 0 &&
	    query_lines(s, op_id, render__line, &lines, err) < 0)
		return -EIO;
	render_job(r, &job);
	return 0;
}

void
render_end(struct render *r)
{
	if (r->how->end != NULL)
		r->how->end(r);
}

void
render_done(struct render *r)
{
	if (r->how != NULL && r->how->done != NULL)
		r->how->done(r);
	r->state = NULL;
}
