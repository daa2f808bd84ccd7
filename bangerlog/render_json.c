/* SPDX-License-Identifier: ISC */
#include "render.h"

#include "base/jsonw.h"
#include "trace/split.h"

static void
render__started(struct jsonw *w, int64_t start_ns, bool known)
{
	if (known)
		jsonw_time(w, "started", start_ns);
	else
		jsonw_null(w, "started");
}

static void
render__call(struct jsonw *w, const struct op_call *c)
{
	jsonw_object(w, NULL);
	jsonw_string(w, "method", c->method);
	if (c->number >= 0)
		jsonw_int(w, "call", c->number);
	else
		jsonw_null(w, "call");
	jsonw_ms(w, "start_ms", c->start_ns);
	jsonw_ms(w, "duration_ms", c->duration_ns);
	jsonw_string(w, "status", c->failed ? "failed" : "completed");
	jsonw_string(w, "error", c->error);
	jsonw_string(w, "code", c->code);
	jsonw_object_end(w);
}

static void
render__calls(struct jsonw *w, const struct op *op, size_t stage)
{
	const struct op_call *c;
	size_t pos = 0;

	jsonw_array(w, "helper_calls");
	while ((c = op_stage_call(op, stage, &pos)) != NULL)
		render__call(w, c);
	jsonw_array_end(w);
}

static void
render__split(struct jsonw *w, const struct split *s)
{
	jsonw_ms(w, "daemon_ms", s->daemon_ns);
	jsonw_ms(w, "helper_ms", s->helper_ns);
	jsonw_ms(w, "unaccounted_ms", s->unaccounted_ns);
}

static void
render__stages(struct jsonw *w, const struct op *op)
{
	jsonw_array(w, "stages");
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *s = &op->stages[i];
		struct split split;

		split_stage(op, i, &split);
		jsonw_object(w, NULL);
		jsonw_string(w, "stage", s->name);
		jsonw_ms(w, "start_ms", s->start_ns);
		jsonw_ms(w, "duration_ms", s->duration_ns);
		render__split(w, &split);
		jsonw_bool(w, "failed", s->failed);
		render__calls(w, op, i);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void
render__completeness(struct jsonw *w, const struct query_trace *t)
{
	jsonw_bool(w, "complete", t->n_missing == 0);
	jsonw_array(w, "completeness");
	for (size_t i = 0; i < t->n_missing; i++)
		jsonw_string(w, NULL, t->missing[i]);
	jsonw_array_end(w);
	jsonw_uint(w, "rejoined", t->certificate.joined);
}

/* moved_ms: of the wall clock against the monotonic one. */
static void
render__clocks(struct jsonw *w, const struct query_trace *t)
{
	const struct certificate *c = &t->certificate;
	int64_t moved;
	bool known = certificate_clocks(c, &moved);

	jsonw_object(w, "clocks");
	if (known) {
		jsonw_bool(w, "agree", certificate_clocks_agree(c));
		jsonw_signed_ms(w, "moved_ms", moved);
	} else {
		jsonw_null(w, "agree");
		jsonw_null(w, "moved_ms");
	}
	jsonw_object_end(w);
}

static void
render__json_op(struct render *r, const struct render_job *job)
{
	const struct query_trace *t = job->trace;
	const struct op *op = t->op;
	struct buf *out = r->out;
	struct jsonw w = JSONW_INIT(out);
	struct split split;

	split_op(op, &split);
	jsonw_object(&w, NULL);
	jsonw_string(&w, "op_id", op->id.text);
	jsonw_string(&w, "operation", op->name);
	jsonw_string(&w, "status", op_status_name(op->status));
	render__started(&w, op->start_ns, op->start_known);
	jsonw_ms(&w, "duration_ms", op->duration_ns);
	jsonw_object(&w, "subject");
	for (size_t i = 0; i < op->n_subject; i++)
		jsonw_string(&w, field_key(op->subject[i].field),
		    op->subject[i].value);
	jsonw_object_end(&w);
	jsonw_uint(&w, "records", op->records);
	jsonw_string(&w, "error", op->error);
	jsonw_string(&w, "code", op->code);
	jsonw_string(&w, "failed_stage", op->failed_stage);
	jsonw_ms(&w, "unaccounted_ms", op->unaccounted_ns);
	jsonw_object(&w, "split");
	render__split(&w, &split);
	jsonw_object_end(&w);
	render__completeness(&w, t);
	render__clocks(&w, t);
	render__stages(&w, op);
	/* Those that ran before the first stage. */
	render__calls(&w, op, OP_NO_STAGE);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

const struct renderer render_json = {
	.name = "json",
	.about = "one object a line (docs/formats.md)",
	.flags = RENDER_ONE | RENDER_MANY | RENDER_PROOF,
	.op = render__json_op,
};

void
render_json_row(const struct query_row *row, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_string(&w, "op_id", row->op_id);
	jsonw_string(&w, "operation", row->name);
	jsonw_string(&w, "status", row->status);
	render__started(&w, row->start_ns, row->start_known);
	jsonw_ms(&w, "duration_ms", row->duration_ns);
	jsonw_uint(&w, "records", row->records);
	jsonw_string(&w, "stage", row->stage);
	jsonw_string(&w, "error", row->error);
	jsonw_string(&w, "vm_id", row->vm_id);
	jsonw_string(&w, "vm_name", row->vm_name);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}
