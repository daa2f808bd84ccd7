/* SPDX-License-Identifier: ISC */
#include "frame_json.h"

#include "base/jsonw.h"

static void
frame__flight(struct jsonw *w, const struct model_row *row)
{
	jsonw_object(w, NULL);
	jsonw_string(w, "op_id", row->id.text);
	jsonw_string(w, "operation", row->operation);
	jsonw_string(w, "vm_id", row->vm_id);
	jsonw_string(w, "vm_name", row->vm_name);
	jsonw_string(w, "stage", row->stage);
	jsonw_uint(w, "stage_index", row->stage_index);
	if (row->start_known)
		jsonw_time(w, "started", row->start_ns);
	else
		jsonw_null(w, "started");
	jsonw_ms(w, "elapsed_ms", row->elapsed_ns);
	jsonw_ms(w, "stage_elapsed_ms", row->stage_ns);
	jsonw_uint(w, "helper_calls", row->calls);
	jsonw_object_end(w);
}

static void
frame__ended(struct jsonw *w, const struct model_row *row)
{
	jsonw_object(w, NULL);
	jsonw_string(w, "op_id", row->id.text);
	jsonw_string(w, "operation", row->operation);
	jsonw_string(w, "status", op_status_name(row->status));
	jsonw_string(w, "vm_id", row->vm_id);
	jsonw_string(w, "vm_name", row->vm_name);
	jsonw_string(w, "stage", row->stage);
	jsonw_ms(w, "duration_ms", row->duration_ns);
	jsonw_string(w, "error", row->error);
	jsonw_object_end(w);
}

void
frame_json(const struct model *m, const char *const *sources, size_t n,
    struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_time(&w, "now", m->now_ns);
	jsonw_array(&w, "source");
	for (size_t i = 0; i < n; i++)
		jsonw_string(&w, NULL, sources[i]);
	jsonw_array_end(&w);
	jsonw_array(&w, "in_flight");
	for (size_t i = 0; i < m->n_flight; i++)
		frame__flight(&w, &m->rows[i]);
	jsonw_array_end(&w);
	jsonw_array(&w, "ended");
	for (size_t i = m->n_flight; i < m->n_rows; i++)
		frame__ended(&w, &m->rows[i]);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}
