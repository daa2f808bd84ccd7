/* SPDX-License-Identifier: ISC */
#include "flight_columns.h"

#include "base/buf.h"

#include "view.h"

static const char *
flight__operation(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;

	(void)out;
	return row->operation;
}

static const char *
flight__subject(const void *arg, struct buf *out)
{
	(void)out;
	return model_row_vm(arg);
}

/* The stage; of one that has ended while rows hold still, how. */
static const char *
flight__stage(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;

	(void)out;
	if (row->section == MODEL_FLIGHT && row->status != OP_RUNNING)
		return op_status_name(row->status);
	return row->stage;
}

static unsigned
flight__stage_role(const void *arg)
{
	const struct model_row *row = arg;

	return row->status == OP_RUNNING   ? THEME_STRONG
	    : row->section == MODEL_FLIGHT ? view_status_role(row->status)
					   : THEME_PLAIN;
}

static const char *
flight__index(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;

	if (row->stage_index == 0)
		return NULL;
	/* More than its like have: then nobody knows of how many. */
	if (row->steps >= row->stage_index)
		buf_printf(out, "%zu/%zu", row->stage_index, row->steps);
	else
		buf_printf(out, "%zu", row->stage_index);
	return buf_str(out);
}

/* A '>' says that it began before the first line that is known of it. */
static const char *
flight__elapsed(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;
	char text[CLOCK_DURATION_MAX];

	buf_printf(out, "%s%s", row->start_known ? "" : ">",
	    draw_elapsed(row->elapsed_ns, text));
	return buf_str(out);
}

static const char *
flight__in_stage(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;
	char text[CLOCK_DURATION_MAX];

	buf_puts(out,
	    row->stage_ns < 0 ? "?" : draw_elapsed(row->stage_ns, text));
	return buf_str(out);
}

/* "0.4s-1.2s n20": half of its like, and nine in ten, took no longer. */
static const char *
flight__eta(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;
	char low[CLOCK_DURATION_MAX], high[CLOCK_DURATION_MAX];

	if (row->status != OP_RUNNING)
		return NULL;
	if (row->eta_high_ns < 0)
		return "no history";
	if (row->eta_high_ns == 0)
		buf_puts(out, "overdue");
	else
		buf_printf(out, "%s-%s", draw_elapsed(row->eta_low_ns, low),
		    draw_elapsed(row->eta_high_ns, high));
	buf_printf(out, " n%zu", row->eta_n);
	return buf_str(out);
}

static unsigned
flight__eta_role(const void *arg)
{
	const struct model_row *row = arg;

	return row->eta_high_ns < 0 ? THEME_DIM : THEME_PLAIN;
}

static const char *
flight__state(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;

	(void)out;
	return row->status != OP_RUNNING ? op_status_name(row->status)
					 : model_state_name(row->state);
}

static unsigned
flight__state_role(const void *arg)
{
	const struct model_row *row = arg;

	if (row->status != OP_RUNNING)
		return view_status_role(row->status);
	return row->state == MODEL_STUCK ? THEME_BAD
	    : row->state == MODEL_SLOW   ? THEME_WARN
	    : row->state == MODEL_ENDING ? THEME_GOOD
					 : THEME_PLAIN;
}

static void
flight__bar(const void *arg, struct screen *s, int x, int y, int w,
    unsigned selected)
{
	const struct model_row *row = arg;

	draw_stages(s, x, y, w, row->marks, row->n_marks, row->elapsed_ns,
	    row->status == OP_RUNNING, selected);
}

static const char *
flight__calls(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;

	buf_printf(out, "%zu", row->calls);
	return buf_str(out);
}

static const char *
flight__op_id(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;

	(void)out;
	return row->id.text;
}

static unsigned
flight__dim(const void *arg)
{
	(void)arg;
	return THEME_DIM;
}

static const char *
flight__status(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;

	(void)out;
	return op_status_name(row->status);
}

static unsigned
flight__status_role(const void *arg)
{
	const struct model_row *row = arg;

	return view_status_role(row->status);
}

static const char *
flight__took(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;
	char text[CLOCK_DURATION_MAX];

	if (row->duration_ns < 0)
		return NULL;
	buf_puts(out, clock_format_duration(row->duration_ns, text));
	return buf_str(out);
}

static const char *
flight__ago(const void *arg, struct buf *out)
{
	const struct model_row *row = arg;
	char text[CLOCK_DURATION_MAX];

	if (row->ago_ns < 60 * NSEC_PER_SEC)
		buf_printf(out, "%ds", (int)(row->ago_ns / NSEC_PER_SEC));
	else
		buf_puts(out, clock_format_duration(row->ago_ns, text));
	return buf_str(out);
}

const struct flight_choice flight_choices[FLIGHT_CHOICES] = {
	{ MODEL_COLUMN_VM, "vm", "VM or image" },
	{ MODEL_COLUMN_STAGE, "stage", "the stage it is in" },
	{ MODEL_COLUMN_STEP, "step", "which of its stages that is" },
	{ MODEL_COLUMN_ELAPSED, "elapsed", "time since it began" },
	{ MODEL_COLUMN_IN_STAGE, "in-stage", "time in its stage" },
	{ MODEL_COLUMN_BAR, "stages", "its stages as a bar" },
	{ MODEL_COLUMN_ETA, "eta", "what is left, by its like" },
	{ MODEL_COLUMN_STATE, "state", "how it does, or how it ended" },
	{ MODEL_COLUMN_CALLS, "calls", "calls to the helper" },
	{ MODEL_COLUMN_ID, "op-id", "its op_id" },
	{ MODEL_COLUMN_TOOK, "took", "ended: how long it took" },
	{ MODEL_COLUMN_AGO, "ago", "ended: how long ago" },
};

const struct column flight_columns[FLIGHT_COLUMNS] = {
	{ .title = "IN FLIGHT",
	    .min = 10,
	    .want = 14,
	    .max = 16,
	    .sort = MODEL_BY_OPERATION,
	    .text = flight__operation },
	{ .title = "VM",
	    .id = MODEL_COLUMN_VM,
	    .min = 7,
	    .want = 12,
	    .max = 20,
	    .sort = MODEL_BY_VM,
	    .text = flight__subject },
	{ .title = "STAGE",
	    .id = MODEL_COLUMN_STAGE,
	    .min = 10,
	    .want = 14,
	    .max = 22,
	    .sort = MODEL_BY_STAGE,
	    .text = flight__stage,
	    .role = flight__stage_role },
	{ .title = "#",
	    .id = MODEL_COLUMN_STEP,
	    .min = 3,
	    .want = 5,
	    .max = 5,
	    .rank = 4,
	    .right = true,
	    .sort = MODEL_BY_STEP,
	    .text = flight__index },
	{ .title = "ELAPSED",
	    .id = MODEL_COLUMN_ELAPSED,
	    .min = 7,
	    .want = 7,
	    .max = 7,
	    .right = true,
	    .sort = MODEL_BY_ELAPSED,
	    .text = flight__elapsed },
	{ .title = "IN STAGE",
	    .id = MODEL_COLUMN_IN_STAGE,
	    .min = 8,
	    .want = 8,
	    .max = 8,
	    .rank = 5,
	    .right = true,
	    .sort = MODEL_BY_IN_STAGE,
	    .text = flight__in_stage },
	{ .title = "STAGES",
	    .id = MODEL_COLUMN_BAR,
	    .min = 8,
	    .want = 8,
	    .max = 60,
	    .rank = 6,
	    .sort = MODEL_BY_AGE,
	    .draw = flight__bar },
	{ .title = "ETA (50-90%)",
	    .id = MODEL_COLUMN_ETA,
	    .min = 14,
	    .want = 14,
	    .max = 18,
	    .rank = 3,
	    .sort = MODEL_BY_ETA,
	    .text = flight__eta,
	    .role = flight__eta_role },
	{ .title = "STATE",
	    .id = MODEL_COLUMN_STATE,
	    .min = 7,
	    .want = 7,
	    .max = 11,
	    .rank = 2,
	    .sort = MODEL_BY_STATE,
	    .text = flight__state,
	    .role = flight__state_role },
	{ .title = "CALLS",
	    .id = MODEL_COLUMN_CALLS,
	    .min = 5,
	    .want = 5,
	    .max = 5,
	    .rank = 7,
	    .right = true,
	    .sort = MODEL_BY_CALLS,
	    .text = flight__calls },
	{ .title = "OP ID",
	    .id = MODEL_COLUMN_ID,
	    .min = 19,
	    .want = 19,
	    .max = 19,
	    .rank = 9,
	    .rich = true,
	    .sort = MODEL_BY_ID,
	    .text = flight__op_id,
	    .role = flight__dim },
};

const struct column flight_ended_columns[FLIGHT_ENDED_COLUMNS] = {
	{ .title = "JUST ENDED",
	    .sort = MODEL_BY_OPERATION,
	    .min = 10,
	    .want = 14,
	    .max = 16,
	    .text = flight__operation },
	{ .title = "VM",
	    .id = MODEL_COLUMN_VM,
	    .sort = MODEL_BY_VM,
	    .min = 7,
	    .want = 12,
	    .max = 20,
	    .text = flight__subject },
	{ .title = "LAST STAGE",
	    .id = MODEL_COLUMN_STAGE,
	    .sort = MODEL_BY_STAGE,
	    .min = 10,
	    .want = 14,
	    .max = 22,
	    .rank = 4,
	    .text = flight__stage },
	{ .title = "STATUS",
	    .id = MODEL_COLUMN_STATE,
	    .sort = MODEL_BY_STATE,
	    .min = 11,
	    .want = 11,
	    .max = 11,
	    .text = flight__status,
	    .role = flight__status_role },
	{ .title = "TOOK",
	    .id = MODEL_COLUMN_TOOK,
	    .sort = MODEL_BY_ELAPSED,
	    .min = 7,
	    .want = 7,
	    .max = 7,
	    .rank = 3,
	    .right = true,
	    .text = flight__took },
	{ .title = "AGO",
	    .id = MODEL_COLUMN_AGO,
	    .sort = MODEL_BY_AGE,
	    .min = 7,
	    .want = 7,
	    .max = 7,
	    .rank = 5,
	    .right = true,
	    .text = flight__ago },
	{ .title = "OP ID",
	    .id = MODEL_COLUMN_ID,
	    .sort = MODEL_BY_ID,
	    .min = 19,
	    .want = 19,
	    .max = 19,
	    .rank = 9,
	    .rich = true,
	    .text = flight__op_id,
	    .role = flight__dim },
};
