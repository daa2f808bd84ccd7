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
	jsonw_uint(w, "stages", row->steps);
	if (row->start_known)
		jsonw_time(w, "started", row->start_ns);
	else
		jsonw_null(w, "started");
	jsonw_ms(w, "elapsed_ms", row->elapsed_ns);
	jsonw_ms(w, "stage_elapsed_ms", row->stage_ns);
	jsonw_uint(w, "helper_calls", row->calls);
	jsonw_string(w, "state", model_state_name(row->state));
	jsonw_ms(w, "eta_p50_ms", row->eta_low_ns);
	jsonw_ms(w, "eta_p90_ms", row->eta_high_ns);
	jsonw_uint(w, "eta_n", row->eta_n);
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

/* What the three tables have in common. */
static void
frame__figures(struct jsonw *w, const struct figures_row *row)
{
	jsonw_uint(w, "count", row->count);
	jsonw_uint(w, "failed", row->failed);
	jsonw_uint(w, "last_minute", row->a_minute);
	jsonw_uint(w, "n", row->n);
	jsonw_ms(w, "p50_ms", row->p50_ns);
	jsonw_ms(w, "p90_ms", row->p90_ns);
	jsonw_ms(w, "p99_ms", row->p99_ns);
	jsonw_ms(w, "max_ms", row->longest_ns);
}

static void
frame__stage(struct jsonw *w, const struct figures_row *row)
{
	jsonw_object(w, NULL);
	jsonw_string(w, "operation", row->name);
	jsonw_string(w, "stage", row->stage);
	jsonw_uint(w, "in_flight", row->now);
	frame__figures(w, row);
	jsonw_object_end(w);
}

static void
frame__error(struct jsonw *w, const struct figures_row *row)
{
	jsonw_object(w, NULL);
	jsonw_string(w, "operation", row->name);
	jsonw_string(w, "stage", row->stage);
	jsonw_string(w, "error", row->error);
	jsonw_string(w, "code", row->code);
	jsonw_uint(w, "count", row->count);
	jsonw_uint(w, "last_minute", row->a_minute);
	jsonw_ms(w, "ago_ms", row->ago_ns);
	jsonw_string(w, "newest", row->example);
	jsonw_object_end(w);
}

static void
frame__call(struct jsonw *w, const struct figures_row *row)
{
	jsonw_object(w, NULL);
	jsonw_string(w, "method", row->name);
	frame__figures(w, row);
	jsonw_object_end(w);
}

static void
frame__tables(struct jsonw *w, const struct figures *f)
{
	static const struct {
		const char *name;
		void (*row)(struct jsonw *w, const struct figures_row *row);
	} tables[STATS_KIND_MAX] = {
		[STATS_STAGE] = { "stages", frame__stage },
		[STATS_ERROR] = { "errors", frame__error },
		[STATS_CALL] = { "helper", frame__call },
	};

	for (int kind = 0; kind < STATS_KIND_MAX; kind++) {
		jsonw_array(w, tables[kind].name);
		for (size_t i = 0; i < f->n[kind]; i++)
			tables[kind].row(w, &f->rows[kind][i]);
		jsonw_array_end(w);
	}
}

static void
frame__counts(struct jsonw *w, const struct model *m)
{
	const struct model_counts *c = &m->counts;

	jsonw_object(w, "counts");
	jsonw_uint(w, "in_flight", c->in_flight);
	jsonw_uint(w, "completed", c->completed);
	jsonw_uint(w, "failed", c->failed);
	jsonw_uint(w, "canceled", c->canceled);
	jsonw_uint(w, "hidden", c->hidden);
	jsonw_uint(w, "finished_last_minute", c->finished_a_minute);
	jsonw_uint(w, "failed_last_minute", c->failed_a_minute);
	jsonw_uint(w, "lines", m->feed.lines);
	jsonw_uint(w, "bad", m->feed.bad);
	jsonw_uint(w, "dropped", m->feed.dropped);
	jsonw_uint(w, "suppressed", m->feed.suppressed);
	jsonw_ms(w, "lag_ms", m->feed.lag_ns);
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
	frame__tables(&w, &m->figures);
	frame__counts(&w, m);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}
