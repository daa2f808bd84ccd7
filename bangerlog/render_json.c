/* SPDX-License-Identifier: ISC */
#include "render.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

/* What text_escape() would not show as it is. */
static bool
render__is_plain(const char *s, size_t len)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	text_escape(&safe, s, len, false);
	return safe.len == len && memcmp(safe.data, s, len) == 0;
}

void
render_string(struct buf *out, const char *s)
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
			buf_puts(out, "\\ufffd");
			n = 1;
		} else if (cp == '"' || cp == '\\') {
			buf_putc(out, '\\');
			buf_putc(out, (char)cp);
		} else if ((cp >= 0x20 && cp < 0x7f) ||
		    render__is_plain(s, n)) {
			buf_put(out, s, n);
		} else if (cp < 0x10000) {
			buf_printf(out, "\\u%04x", cp);
		} else {
			buf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (cp >> 10),
			    0xdc00 + (cp & 0x3ff));
		}
	}
	buf_putc(out, '"');
}

static void
render__key(struct buf *out, const char *key)
{
	const char last = out->len > 0 ? out->data[out->len - 1] : '\n';

	buf_printf(out, "%s\"%s\":", last == '{' ? "" : ",", key);
}

static void
render__text(struct buf *out, const char *key, const char *value)
{
	render__key(out, key);
	render_string(out, value);
}

/* Nanoseconds as milliseconds; negative ones are not known. */
static void
render__ms(struct buf *out, const char *key, int64_t ns)
{
	char text[CLOCK_DURATION_MAX];

	render__key(out, key);
	if (ns >= 0)
		clock_format_ms(ns, text);
	buf_puts(out, ns >= 0 ? text : "null");
}

static void
render__started(struct buf *out, int64_t start_ns, bool known)
{
	char text[CLOCK_RFC3339_MAX];

	if (known)
		clock_format_rfc3339(start_ns, text);
	render__text(out, "started", known ? text : NULL);
}

static void
render__call(struct buf *out, const struct op_call *c)
{
	if (out->data[out->len - 1] != '[')
		buf_putc(out, ',');
	buf_putc(out, '{');
	render__text(out, "method", c->method);
	render__key(out, "call");
	if (c->number >= 0)
		buf_printf(out, "%" PRId64, c->number);
	else
		buf_puts(out, "null");
	render__ms(out, "start_ms", c->start_ns);
	render__ms(out, "duration_ms", c->duration_ns);
	render__text(out, "status", c->failed ? "failed" : "completed");
	render__text(out, "error", c->error);
	render__text(out, "code", c->code);
	buf_putc(out, '}');
}

static void
render__calls(struct buf *out, const struct op *op, size_t stage)
{
	const struct op_call *c;
	size_t pos = 0;

	render__key(out, "helper_calls");
	buf_putc(out, '[');
	while ((c = op_stage_call(op, stage, &pos)) != NULL)
		render__call(out, c);
	buf_putc(out, ']');
}

static void
render__stages(struct buf *out, const struct op *op)
{
	render__key(out, "stages");
	buf_putc(out, '[');
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *s = &op->stages[i];

		buf_puts(out, i == 0 ? "{" : ",{");
		render__text(out, "stage", s->name);
		render__ms(out, "start_ms", s->start_ns);
		render__ms(out, "duration_ms", s->duration_ns);
		render__key(out, "failed");
		buf_puts(out, s->failed ? "true" : "false");
		render__calls(out, op, i);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

static void
render__completeness(struct buf *out, const struct query_trace *t)
{
	render__key(out, "complete");
	buf_puts(out, t->n_missing == 0 ? "true" : "false");
	render__key(out, "completeness");
	buf_putc(out, '[');
	for (size_t i = 0; i < t->n_missing; i++) {
		if (i > 0)
			buf_putc(out, ',');
		render_string(out, t->missing[i]);
	}
	buf_putc(out, ']');
}

void
render_json(const struct query_trace *t, struct buf *out)
{
	const struct op *op = t->op;

	buf_putc(out, '{');
	render__text(out, "op_id", op->id.text);
	render__text(out, "operation", op->name);
	render__text(out, "status", op_status_name(op->status));
	render__started(out, op->start_ns, op->start_known);
	render__ms(out, "duration_ms", op->duration_ns);
	render__key(out, "subject");
	buf_putc(out, '{');
	for (size_t i = 0; i < op->n_subject; i++)
		render__text(out, field_key(op->subject[i].field),
		    op->subject[i].value);
	buf_putc(out, '}');
	render__key(out, "records");
	buf_printf(out, "%" PRIu64, op->records);
	render__text(out, "error", op->error);
	render__text(out, "code", op->code);
	render__text(out, "failed_stage", op->failed_stage);
	render__ms(out, "unaccounted_ms", op->unaccounted_ns);
	render__completeness(out, t);
	render__stages(out, op);
	/* Those that ran before the first stage. */
	render__calls(out, op, OP_NO_STAGE);
	buf_puts(out, "}\n");
}

void
render_json_row(const struct query_row *row, struct buf *out)
{
	buf_putc(out, '{');
	render__text(out, "op_id", row->op_id);
	render__text(out, "operation", row->name);
	render__text(out, "status", row->status);
	render__started(out, row->start_ns, row->start_known);
	render__ms(out, "duration_ms", row->duration_ns);
	render__key(out, "records");
	buf_printf(out, "%" PRIu64, row->records);
	render__text(out, "stage", row->stage);
	render__text(out, "error", row->error);
	render__text(out, "vm_id", row->vm_id);
	render__text(out, "vm_name", row->vm_name);
	buf_puts(out, "}\n");
}
