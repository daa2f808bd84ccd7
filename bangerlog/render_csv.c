/* SPDX-License-Identifier: ISC */
/*
 * A table for spreadsheets (RFC 4180): a row an operation, titles first.  Text
 * that a spreadsheet would take for a formula gets an apostrophe before it.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "trace/split.h"

#include "render.h"

static void
csv__text(struct buf *out, const char *s)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	if (out->len > 0 && out->data[out->len - 1] != '\n')
		buf_putc(out, ',');
	if (s == NULL || s[0] == '\0')
		return;
	if (strchr("=+-@\t\r", s[0]) != NULL)
		buf_putc(&safe, '\'');
	text_escape(&safe, s, strlen(s), false);
	s = buf_str(&safe);
	if (s[strcspn(s, ",\"\n\r ")] == '\0') {
		buf_puts(out, s);
		return;
	}
	buf_putc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"')
			buf_putc(out, '"');
		buf_putc(out, *s);
	}
	buf_putc(out, '"');
}

/* Milliseconds; nothing where they are unknown. */
static void
csv__ms(struct buf *out, int64_t ns)
{
	char text[CLOCK_DURATION_MAX] = "";

	if (ns >= 0)
		clock_format_ms(ns, text);
	buf_printf(out, ",%s", text);
}

static void
csv__begin(struct render *r)
{
	buf_puts(r->out,
	    "op_id,operation,status,started,duration_ms,daemon_ms,helper_ms,"
	    "unaccounted_ms,stage,code,error,vm_id,vm_name,image_id,image_name,"
	    "stages,helper_calls,records,run\n");
}

static void
csv__op(struct render *r, const struct render_job *job)
{
	static const enum field_id subject[] = { FIELD_VM_ID, FIELD_VM_NAME,
		FIELD_IMAGE_ID, FIELD_IMAGE_NAME };
	const struct op *op = job->trace->op;
	const struct op_stage *last = op_last_stage(op);
	char when[CLOCK_RFC3339_MAX] = "";
	struct split s;

	if (op->start_known)
		clock_format_rfc3339(op->start_ns, when);
	split_op(op, &s);
	csv__text(r->out, op->id.text);
	csv__text(r->out, op->name);
	csv__text(r->out, op_status_name(op->status));
	csv__text(r->out, when);
	csv__ms(r->out, op->duration_ns);
	csv__ms(r->out, s.daemon_ns);
	csv__ms(r->out, s.helper_ns);
	csv__ms(r->out, s.unaccounted_ns);
	csv__text(r->out,
	    op->failed_stage != NULL ? op->failed_stage
		: last != NULL       ? last->name
				     : NULL);
	csv__text(r->out, op->code);
	csv__text(r->out, op->error);
	for (size_t i = 0; i < ARRAY_LEN(subject); i++)
		csv__text(r->out, op_subject(op, subject[i]));
	buf_printf(r->out, ",%zu,%zu,%" PRIu64, op->n_stages, op->n_calls,
	    op->records);
	csv__text(r->out, op->run);
	buf_putc(r->out, '\n');
}

const struct renderer render_csv = {
	.name = "csv",
	.about = "a table, a row an operation",
	.flags = RENDER_MANY,
	.begin = csv__begin,
	.op = csv__op,
};
