/* SPDX-License-Identifier: ISC */
/* The fields of the filter language: one row each. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "trace/filter_int.h"

/* ---- out of an operation ----------------------------------------------- */

#define TEXT(fn, expression)                                 \
	static const char *fn(const struct op *op, size_t i) \
	{                                                    \
		(void)i;                                     \
		return (expression);                         \
	}

TEXT(field__id, op->id.text)
TEXT(field__method, op->name)
TEXT(field__status, op_status_name(op->status))
TEXT(field__vm, op_subject(op, FIELD_VM_NAME))
TEXT(field__vm_id, op_subject(op, FIELD_VM_ID))
TEXT(field__image, op_subject(op, FIELD_IMAGE_NAME))
TEXT(field__image_id, op_subject(op, FIELD_IMAGE_ID))
TEXT(field__error, op->error)
TEXT(field__code, op->code)
TEXT(field__run, op->run[0] != '\0' ? op->run : NULL)
TEXT(field__stage_name, op->stages[i].name)
TEXT(field__call_method, op->calls[i].method)
TEXT(field__call_error, op->calls[i].error)
TEXT(field__call_code, op->calls[i].code)

static const char *
field__stage(const struct op *op, size_t i)
{
	const struct op_stage *last = op_last_stage(op);

	(void)i;
	if (op->failed_stage != NULL)
		return op->failed_stage;
	return last != NULL ? last->name : NULL;
}

static int64_t
field__known(int64_t ns)
{
	return ns < 0 ? FILTER_UNKNOWN : ns;
}

#define NUMBER(fn, expression)                                           \
	static int64_t fn(const struct op *op, size_t i, int64_t now_ns) \
	{                                                                \
		(void)i;                                                 \
		(void)now_ns;                                            \
		return (expression);                                     \
	}

NUMBER(field__took, field__known(op->duration_ns))
NUMBER(field__unaccounted, field__known(op->unaccounted_ns))
NUMBER(field__stage_took, field__known(op->stages[i].duration_ns))
NUMBER(field__call_took, field__known(op->calls[i].duration_ns))
NUMBER(field__started, op->start_ns)
NUMBER(field__records, (int64_t)op->records)
NUMBER(field__calls, (int64_t)op->n_calls)
NUMBER(field__conflict, op->conflict)
NUMBER(field__elapsed, op_elapsed(op, now_ns))

/* ---- the table --------------------------------------------------------- */

static const struct filter_field fields[] = {
	{ "op", FILTER_TEXT, FILTER_WHOLE, field__id, NULL, "op_id", NULL, NULL,
	    "its id" },
	{ "method", FILTER_TEXT, FILTER_WHOLE, field__method, NULL, "operation",
	    NULL, NULL, "what was asked for: vm.start ..." },
	{ "status", FILTER_TEXT, FILTER_WHOLE, field__status, NULL, "status",
	    NULL, NULL,
	    "how it ended, or that it runs: one of the words below" },
	{ "vm", FILTER_TEXT, FILTER_WHOLE, field__vm, NULL, "vm_name", NULL,
	    NULL, "name of the VM" },
	{ "vm_id", FILTER_TEXT, FILTER_WHOLE, field__vm_id, NULL, "vm_id", NULL,
	    NULL, "id of the VM" },
	{ "image", FILTER_TEXT, FILTER_WHOLE, field__image, NULL, "image_name",
	    NULL, NULL, "name of the image" },
	{ "image_id", FILTER_TEXT, FILTER_WHOLE, field__image_id, NULL,
	    "image_id", NULL, NULL, "id of the image" },
	{ "stage", FILTER_TEXT, FILTER_WHOLE, field__stage, NULL, "stage", NULL,
	    NULL, "the stage it is in, ended in, or failed in" },
	{ "error", FILTER_TEXT, FILTER_WHOLE, field__error, NULL, "error", NULL,
	    NULL, "text of its error" },
	{ "code", FILTER_TEXT, FILTER_WHOLE, field__code, NULL, "code", NULL,
	    NULL, "code of its error" },
	{ "run", FILTER_TEXT, FILTER_WHOLE, field__run, NULL, "run", NULL, NULL,
	    "the life of bangerd it ran in" },
	{ "took", FILTER_DURATION, FILTER_WHOLE, NULL, field__took,
	    "duration_ns", NULL, NULL,
	    "how long it took; unknown while it runs" },
	{ "elapsed", FILTER_DURATION, FILTER_WHOLE, NULL, field__elapsed,
	    "coalesce(duration_ns, CASE WHEN status = 'running' "
	    "THEN max(0, @ - start_ns) WHEN status = 'lost' OR "
	    "(status = 'interrupted' AND code IS NULL) "
	    "THEN last_ns - start_ns END)",
	    NULL, NULL, "the same, and how long it has been running" },
	{ "unaccounted", FILTER_DURATION, FILTER_WHOLE, NULL,
	    field__unaccounted, "unaccounted_ns", NULL, NULL,
	    "time before its first stage" },
	{ "started", FILTER_TIME, FILTER_WHOLE, NULL, field__started,
	    "start_ns", NULL, NULL, "when it began" },
	{ "records", FILTER_NUMBER, FILTER_WHOLE, NULL, field__records,
	    "records", NULL, NULL, "how many log lines it has" },
	{ "calls", FILTER_NUMBER, FILTER_WHOLE, NULL, field__calls,
	    "(SELECT count(*) FROM json_each(op.calls))", NULL, NULL,
	    "how many calls to the helper" },
	{ "conflict", FILTER_FLAG, FILTER_WHOLE, NULL, field__conflict,
	    "conflict", NULL, NULL, "has more than one end" },
	{ "stage", FILTER_DURATION, FILTER_STAGES, NULL, field__stage_took,
	    "(p.value ->> 2) * 1000", field__stage_name, "p.value ->> 0",
	    "how long any such stage took; alone: it has one" },
	{ "helper", FILTER_DURATION, FILTER_CALLS, NULL, field__call_took,
	    "(p.value ->> 4) * 1000", field__call_method, "p.value ->> 0",
	    "how long any such helper call took; alone: it has one" },
	{ "helper", FILTER_TEXT, FILTER_CALLS, field__call_method, NULL,
	    "p.value ->> 0", NULL, NULL, "method of any helper call" },
	{ "helper_error", FILTER_TEXT, FILTER_CALLS, field__call_error, NULL,
	    "p.value ->> 6", NULL, NULL, "error of any helper call" },
	{ "helper_code", FILTER_TEXT, FILTER_CALLS, field__call_code, NULL,
	    "p.value ->> 7", NULL, NULL, "code of any helper call" },
};

static bool
field__is(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && strncasecmp(name, word, len) == 0;
}

const struct filter_field *
filter_field(const char *name, size_t len, bool keyed)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if ((fields[i].key != NULL) == keyed &&
		    field__is(fields[i].name, name, len))
			return &fields[i];
	return NULL;
}

const char *
filter_status(const char *word, size_t len)
{
	for (int i = 0; i < OP_STATUS_MAX; i++)
		if (field__is(op_status_name((enum op_status)i), word, len))
			return op_status_name((enum op_status)i);
	return NULL;
}

const char *
filter_nearest(const char *word, size_t len, bool values)
{
	char low[TEXT_DISTANCE_MAX + 1];
	const char *near = NULL, *name;
	size_t least = 3, d; /* more edits than two are another word */
	size_t n = values ? 0 : ARRAY_LEN(fields);

	if (len >= sizeof(low))
		return NULL;
	for (size_t i = 0; i < len; i++)
		low[i] = (char)(word[i] >= 'A' && word[i] <= 'Z'
			? word[i] - 'A' + 'a'
			: word[i]);
	low[len] = '\0';
	for (size_t i = 0; i < n + OP_STATUS_MAX; i++) {
		name = i < n ? fields[i].name
			     : op_status_name((enum op_status)(i - n));
		d = text_distance(low, name);
		if (d < least && d < len) {
			least = d;
			near = name;
		}
	}
	return near;
}

bool
filter_about(size_t i, struct filter_about *ret)
{
	static const char *const types[FILTER_TYPE_MAX] = {
		[FILTER_TEXT] = "text",
		[FILTER_DURATION] = "duration",
		[FILTER_NUMBER] = "number",
		[FILTER_TIME] = "time",
		[FILTER_FLAG] = "word",
	};

	if (i >= ARRAY_LEN(fields))
		return false;
	ret->name = fields[i].name;
	ret->keyed = fields[i].key != NULL;
	ret->type = types[fields[i].type];
	ret->about = fields[i].about;
	return true;
}
