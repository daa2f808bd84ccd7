/* SPDX-License-Identifier: ISC */
#include "flight_columns.h"

#include "base/buf.h"

#include "view.h"

static const char *
flight__operation(const struct model_row *row, struct buf *out)
{
	(void)out;
	return row->operation;
}

static const char *
flight__subject(const struct model_row *row, struct buf *out)
{
	(void)out;
	return row->vm_name != NULL ? row->vm_name
	    : row->vm_id != NULL    ? row->vm_id
				    : row->image;
}

/* The stage; of one that has ended while rows hold still, how. */
static const char *
flight__stage(const struct model_row *row, struct buf *out)
{
	(void)out;
	if (row->section == MODEL_FLIGHT && row->status != OP_RUNNING)
		return op_status_name(row->status);
	return row->stage;
}

static unsigned
flight__stage_role(const struct model_row *row)
{
	return row->status == OP_RUNNING   ? THEME_STRONG
	    : row->section == MODEL_FLIGHT ? view_status_role(row->status)
					   : THEME_PLAIN;
}

static const char *
flight__index(const struct model_row *row, struct buf *out)
{
	if (row->stage_index == 0)
		return NULL;
	buf_printf(out, "%zu", row->stage_index);
	return buf_str(out);
}

/* A '>' says that it began before the first line that is known of it. */
static const char *
flight__elapsed(const struct model_row *row, struct buf *out)
{
	char text[CLOCK_DURATION_MAX];

	buf_printf(out, "%s%s", row->start_known ? "" : ">",
	    draw_elapsed(row->elapsed_ns, text));
	return buf_str(out);
}

static const char *
flight__in_stage(const struct model_row *row, struct buf *out)
{
	char text[CLOCK_DURATION_MAX];

	buf_puts(out,
	    row->stage_ns < 0 ? "?" : draw_elapsed(row->stage_ns, text));
	return buf_str(out);
}

static void
flight__bar(const struct model_row *row, struct screen *s, int x, int y, int w,
    unsigned selected)
{
	draw_stages(s, x, y, w, row->marks, row->n_marks, row->elapsed_ns,
	    row->status == OP_RUNNING, selected);
}

static const char *
flight__calls(const struct model_row *row, struct buf *out)
{
	buf_printf(out, "%zu", row->calls);
	return buf_str(out);
}

static const char *
flight__op_id(const struct model_row *row, struct buf *out)
{
	(void)out;
	return row->id.text;
}

static unsigned
flight__dim(const struct model_row *row)
{
	(void)row;
	return THEME_DIM;
}

static const char *
flight__status(const struct model_row *row, struct buf *out)
{
	(void)out;
	return op_status_name(row->status);
}

static unsigned
flight__status_role(const struct model_row *row)
{
	return view_status_role(row->status);
}

static const char *
flight__took(const struct model_row *row, struct buf *out)
{
	char text[CLOCK_DURATION_MAX];

	if (row->duration_ns < 0)
		return NULL;
	buf_puts(out, clock_format_duration(row->duration_ns, text));
	return buf_str(out);
}

static const char *
flight__ago(const struct model_row *row, struct buf *out)
{
	char text[CLOCK_DURATION_MAX];

	if (row->ago_ns < 60 * NSEC_PER_SEC)
		buf_printf(out, "%ds", (int)(row->ago_ns / NSEC_PER_SEC));
	else
		buf_puts(out, clock_format_duration(row->ago_ns, text));
	return buf_str(out);
}

const struct column flight_columns[FLIGHT_COLUMNS] = {
	{ .title = "IN FLIGHT",
	    .min = 10,
	    .want = 14,
	    .max = 16,
	    .text = flight__operation },
	{ .title = "VM",
	    .min = 7,
	    .want = 12,
	    .max = 20,
	    .text = flight__subject },
	{ .title = "STAGE",
	    .min = 10,
	    .want = 14,
	    .max = 22,
	    .text = flight__stage,
	    .role = flight__stage_role },
	{ .title = "#",
	    .min = 2,
	    .want = 2,
	    .max = 2,
	    .rank = 4,
	    .right = true,
	    .text = flight__index },
	{ .title = "ELAPSED",
	    .min = 7,
	    .want = 7,
	    .max = 7,
	    .right = true,
	    .text = flight__elapsed },
	{ .title = "IN STAGE",
	    .min = 8,
	    .want = 8,
	    .max = 8,
	    .rank = 3,
	    .right = true,
	    .text = flight__in_stage },
	{ .title = "STAGES",
	    .min = 8,
	    .want = 8,
	    .max = 60,
	    .rank = 2,
	    .draw = flight__bar },
	{ .title = "CALLS",
	    .min = 5,
	    .want = 5,
	    .max = 5,
	    .rank = 5,
	    .right = true,
	    .text = flight__calls },
	{ .title = "OP ID",
	    .min = 19,
	    .want = 19,
	    .max = 19,
	    .rank = 9,
	    .rich = true,
	    .text = flight__op_id,
	    .role = flight__dim },
};

const struct column flight_ended_columns[FLIGHT_ENDED_COLUMNS] = {
	{ .title = "JUST ENDED",
	    .min = 10,
	    .want = 14,
	    .max = 16,
	    .text = flight__operation },
	{ .title = "VM",
	    .min = 7,
	    .want = 12,
	    .max = 20,
	    .text = flight__subject },
	{ .title = "LAST STAGE",
	    .min = 10,
	    .want = 14,
	    .max = 22,
	    .rank = 4,
	    .text = flight__stage },
	{ .title = "STATUS",
	    .min = 11,
	    .want = 11,
	    .max = 11,
	    .text = flight__status,
	    .role = flight__status_role },
	{ .title = "TOOK",
	    .min = 7,
	    .want = 7,
	    .max = 7,
	    .rank = 3,
	    .right = true,
	    .text = flight__took },
	{ .title = "AGO",
	    .min = 7,
	    .want = 7,
	    .max = 7,
	    .rank = 5,
	    .right = true,
	    .text = flight__ago },
	{ .title = "OP ID",
	    .min = 19,
	    .want = 19,
	    .max = 19,
	    .rank = 9,
	    .rich = true,
	    .text = flight__op_id,
	    .role = flight__dim },
};
