/* SPDX-License-Identifier: ISC */
#include "frame_json.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

/*
 * A string or null.  All that is not printable ASCII is escaped: the output
 * may well land on a terminal, and C1 controls are valid JSON.
 */
static void
frame__string(struct buf *out, const char *s)
{
	size_t left, n;
	uint32_t cp;

	if (s == NULL) {
		buf_puts(out, "null");
		return;
	}
	buf_putc(out, '"');
	for (left = strlen(s); left > 0; s += n, left -= n) {
		n = text_utf8_next(s, left, &cp);
		if (n == 0) {
			cp = 0xfffd;
			n = 1;
		}
		if (cp == '"' || cp == '\\')
			buf_printf(out, "\\%c", (int)cp);
		else if (cp >= 0x20 && cp < 0x7f)
			buf_putc(out, (char)cp);
		else if (cp < 0x10000)
			buf_printf(out, "\\u%04x", cp);
		else
			buf_printf(out, "\\u%04x\\u%04x",
			    0xd800 + ((cp - 0x10000) >> 10),
			    0xdc00 + ((cp - 0x10000) & 0x3ff));
	}
	buf_putc(out, '"');
}

static void
frame__key(struct buf *out, const char *key)
{
	if (out->data[out->len - 1] != '{')
		buf_putc(out, ',');
	buf_printf(out, "\"%s\":", key);
}

static void
frame__put_string(struct buf *out, const char *key, const char *value)
{
	frame__key(out, key);
	frame__string(out, value);
}

static void
frame__put_ms(struct buf *out, const char *key, int64_t ns)
{
	char text[CLOCK_DURATION_MAX];

	frame__key(out, key);
	if (ns < 0) {
		buf_puts(out, "null");
		return;
	}
	clock_format_ms(ns, text);
	buf_puts(out, text);
}

static void
frame__put_time(struct buf *out, const char *key, int64_t ns)
{
	char text[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(ns, text);
	frame__put_string(out, key, text);
}

static void
frame__put_count(struct buf *out, const char *key, size_t n)
{
	frame__key(out, key);
	buf_printf(out, "%zu", n);
}

static void
frame__flight(struct buf *out, const struct model_row *row)
{
	buf_putc(out, '{');
	frame__put_string(out, "op_id", row->id.text);
	frame__put_string(out, "operation", row->operation);
	frame__put_string(out, "vm_id", row->vm_id);
	frame__put_string(out, "vm_name", row->vm_name);
	frame__put_string(out, "stage", row->stage);
	frame__put_count(out, "stage_index", row->stage_index);
	if (row->start_known)
		frame__put_time(out, "started", row->start_ns);
	else
		frame__put_string(out, "started", NULL);
	frame__put_ms(out, "elapsed_ms", row->elapsed_ns);
	frame__put_ms(out, "stage_elapsed_ms", row->stage_ns);
	frame__put_count(out, "helper_calls", row->calls);
	buf_putc(out, '}');
}

static void
frame__ended(struct buf *out, const struct model_row *row)
{
	buf_putc(out, '{');
	frame__put_string(out, "op_id", row->id.text);
	frame__put_string(out, "operation", row->operation);
	frame__put_string(out, "status", op_status_name(row->status));
	frame__put_string(out, "vm_id", row->vm_id);
	frame__put_string(out, "vm_name", row->vm_name);
	frame__put_string(out, "stage", row->stage);
	frame__put_ms(out, "duration_ms", row->duration_ns);
	frame__put_string(out, "error", row->error);
	buf_putc(out, '}');
}

void
frame_json(const struct model *m, const char *const *sources, size_t n,
    struct buf *out)
{
	buf_putc(out, '{');
	frame__put_time(out, "now", m->now_ns);
	frame__key(out, "source");
	for (size_t i = 0; i < n; i++) {
		buf_putc(out, i > 0 ? ',' : '[');
		frame__string(out, sources[i]);
	}
	buf_puts(out, "]");
	frame__key(out, "in_flight");
	buf_putc(out, '[');
	for (size_t i = 0; i < m->n_flight; i++) {
		if (i > 0)
			buf_putc(out, ',');
		frame__flight(out, &m->rows[i]);
	}
	buf_putc(out, ']');
	frame__key(out, "ended");
	buf_putc(out, '[');
	for (size_t i = m->n_flight; i < m->n_rows; i++) {
		if (i > m->n_flight)
			buf_putc(out, ',');
		frame__ended(out, &m->rows[i]);
	}
	buf_puts(out, "]}\n");
}
