/* SPDX-License-Identifier: ISC */
#include "model_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ROW_MARKS_MAX 256 /* stages in a bar; beyond, the first ones */

static int64_t
row__least_zero(int64_t ns)
{
	return ns > 0 ? ns : 0;
}

const char *
model_row_vm(const struct model_row *row)
{
	return row->vm_name != NULL ? row->vm_name
	    : row->vm_id != NULL    ? row->vm_id
				    : row->image;
}

int64_t
row_end(const struct op *op)
{
	int64_t end;

	if (!op->start_known || op->duration_ns < 0)
		return op->last_ns;
	/* Neither number need be true. */
	if (__builtin_add_overflow(op->start_ns, op->duration_ns, &end))
		return INT64_MAX;
	return end;
}

/* Packs the strings and the marks into one piece of memory. */
static void
row__pack(struct model_row *row, const struct op *op)
{
	const char **strings[] = { &row->operation, &row->vm_id, &row->vm_name,
		&row->image, &row->stage, &row->error };
	size_t n = op->n_stages, size, len;
	int64_t *marks;
	char *at;

	n = n < ROW_MARKS_MAX ? n : ROW_MARKS_MAX;
	size = n * sizeof(*marks) + 1;
	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		if (*strings[i] != NULL)
			size += strlen(*strings[i]) + 1;
	row->mem = xmalloc(size);
	marks = row->mem;
	/* One that is unknown has no place of its own in the bar. */
	for (size_t i = 0; i < n; i++)
		marks[i] = op->stages[i].start_ns >= 0 ? op->stages[i].start_ns
		    : i > 0                            ? marks[i - 1]
						       : 0;
	at = (char *)(marks + n);
	for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
		if (*strings[i] == NULL)
			continue;
		len = strlen(*strings[i]) + 1;
		*strings[i] = memcpy(at, *strings[i], len);
		at += len;
	}
	row->marks = marks;
	row->n_marks = n;
}

void
row_age(struct model_row *row, const struct op *op, int64_t now_ns)
{
	if (!op_in_flight(op))
		row->ago_ns = row__least_zero(clock_diff(now_ns, row_end(op)));
}

void
row_init(struct model_row *row, const struct op *op, int64_t now_ns)
{
	const struct op_stage *stage = op_last_stage(op);

	*row = (struct model_row){
		.id = op->id,
		.status = op->status,
		.operation = op->name,
		.vm_id = op_subject(op, FIELD_VM_ID),
		.vm_name = op_subject(op, FIELD_VM_NAME),
		.image = op_subject(op, FIELD_IMAGE_NAME),
		.error = op->error,
		.start_ns = op->start_ns,
		.start_known = op->start_known,
		.duration_ns = op->duration_ns,
		.calls = op->n_calls,
		.records = op->records,
		.last_ns = op->last_ns,
		.elapsed_ns = row__least_zero(op_elapsed(op, now_ns)),
		.deadline_ns = stage != NULL ? stage->deadline_ns : -1,
	};
	if (row->image == NULL)
		row->image = op_subject(op, FIELD_IMAGE_ID);
	if (stage != NULL) {
		row->stage = stage->name;
		row->stage_index = (size_t)(stage - op->stages) + 1;
		if (stage->start_ns < 0)
			row->stage_ns = -1;
		else if (stage->duration_ns >= 0)
			row->stage_ns = stage->duration_ns;
		else
			row->stage_ns = row__least_zero(
			    clock_diff(row->elapsed_ns, stage->start_ns));
	} else {
		row->stage = op->failed_stage;
		row->stage_ns = row->elapsed_ns;
	}
	row_age(row, op, now_ns);
	row__pack(row, op);
}

void
row_done(struct model_row *row)
{
	free(row->mem);
	row->mem = NULL;
}
