/* SPDX-License-Identifier: ISC */
#include "frame_csv.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static void
csv__text(struct buf *out, const char *text)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	buf_putc(out, ',');
	if (text == NULL)
		return;
	text_escape(&safe, text, strlen(text), false);
	if (safe.len > 0 && strpbrk(safe.data, ",\"\r\n") == NULL) {
		buf_put(out, safe.data, safe.len);
		return;
	}
	buf_putc(out, '"');
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.data[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, safe.data[i]);
	}
	buf_putc(out, '"');
}

static void
csv__ms(struct buf *out, int64_t ns)
{
	char text[CLOCK_DURATION_MAX];

	buf_putc(out, ',');
	if (ns < 0)
		return;
	buf_put(out, text, clock_format_ms(ns, text));
}

void
frame_csv_head(struct buf *out)
{
	buf_puts(out,
	    "now,op_id,operation,status,state,vm_id,vm_name,stage,stage_index,"
	    "stages,elapsed_ms,stage_elapsed_ms,eta_p50_ms,eta_p90_ms,eta_n,"
	    "helper_calls,error\n");
}

void
frame_csv(const struct model *m, struct buf *out)
{
	char now[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(m->now_ns, now);
	for (size_t i = 0; i < m->n_rows; i++) {
		const struct model_row *row = &m->rows[i];
		bool runs = row->status == OP_RUNNING;

		buf_puts(out, now);
		csv__text(out, row->id.text);
		csv__text(out, row->operation);
		csv__text(out, op_status_name(row->status));
		csv__text(out, runs ? model_state_name(row->state) : NULL);
		csv__text(out, row->vm_id);
		csv__text(out, row->vm_name);
		csv__text(out, row->stage);
		buf_printf(out, ",%zu,%zu", row->stage_index, row->steps);
		csv__ms(out, runs ? row->elapsed_ns : row->duration_ns);
		csv__ms(out, row->stage_ns);
		csv__ms(out, row->eta_low_ns);
		csv__ms(out, row->eta_high_ns);
		buf_printf(out, ",%zu,%zu", row->eta_n, row->calls);
		csv__text(out, row->error);
		buf_putc(out, '\n');
	}
}
