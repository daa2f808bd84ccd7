/* SPDX-License-Identifier: ISC */
/* One operation as the values of its row. */
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "trace/store_int.h"

/* Microseconds, null when they are not known. */
static void
store__json_us(struct jsonw *w, int64_t ns)
{
	if (ns < 0)
		jsonw_null(w, NULL);
	else
		jsonw_int(w, NULL, ns / NSEC_PER_USEC);
}

static void
store__json_stages(const struct op *op, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_array(&w, NULL);
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *st = &op->stages[i];

		jsonw_array(&w, NULL);
		jsonw_string(&w, NULL, st->name);
		store__json_us(&w, st->start_ns);
		store__json_us(&w, st->duration_ns);
		jsonw_int(&w, NULL, st->failed);
		jsonw_array_end(&w);
	}
	jsonw_array_end(&w);
}

static void
store__json_calls(const struct op *op, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_array(&w, NULL);
	for (size_t i = 0; i < op->n_calls; i++) {
		const struct op_call *c = &op->calls[i];

		jsonw_array(&w, NULL);
		jsonw_string(&w, NULL, c->method);
		if (c->number >= 0)
			jsonw_int(&w, NULL, c->number);
		else
			jsonw_null(&w, NULL);
		if (c->stage != OP_NO_STAGE)
			jsonw_int(&w, NULL, (int64_t)c->stage);
		else
			jsonw_null(&w, NULL);
		store__json_us(&w, c->start_ns);
		store__json_us(&w, c->duration_ns);
		jsonw_int(&w, NULL, c->failed);
		jsonw_string(&w, NULL, c->error);
		jsonw_string(&w, NULL, c->code);
		jsonw_array_end(&w);
	}
	jsonw_array_end(&w);
}

static struct store_value
store__number(int64_t v)
{
	return (struct store_value){ .type = STORE_NUMBER, .number = v };
}

/* NULL where it is unknown. */
static struct store_value
store__unless_negative(int64_t v)
{
	return v >= 0 ? store__number(v) : (struct store_value){ 0 };
}

static struct store_value
store__text(const char *text)
{
	if (text == NULL)
		return (struct store_value){ 0 };
	return (struct store_value){ STORE_TEXT, 0, text, strlen(text) };
}

/* What fn makes of the operation, in `out`; NULL of none. */
static struct store_value
store__list(size_t n, void (*fn)(const struct op *op, struct buf *out),
    const struct op *op, struct buf *out)
{
	if (n == 0)
		return (struct store_value){ 0 };
	buf_reset(out);
	fn(op, out);
	return (struct store_value){ STORE_TEXT, 0, out->data, out->len };
}

static const char *
store__stage(const struct op *op)
{
	const struct op_stage *last = op_last_stage(op);

	if (op->failed_stage != NULL)
		return op->failed_stage;
	return last != NULL ? last->name : NULL;
}

struct store_value
store_value(struct store *s, const struct op *op, enum store_column column)
{
	switch (column) {
	case COLUMN_OP_ID:
		return store__text(op->id.text);
	case COLUMN_OPERATION:
		return store__text(op->name);
	case COLUMN_STATUS:
		return store__text(op_status_name(op->status));
	case COLUMN_START:
		return store__number(op->start_ns);
	case COLUMN_START_KNOWN:
		return store__number(op->start_known);
	case COLUMN_DURATION:
		return store__unless_negative(op->duration_ns);
	case COLUMN_UNACCOUNTED:
		return store__unless_negative(op->unaccounted_ns);
	case COLUMN_LAST:
		return store__number(op->last_ns);
	case COLUMN_STAGE:
		return store__text(store__stage(op));
	case COLUMN_ERROR:
		return store__text(op->error);
	case COLUMN_CODE:
		return store__text(op->code);
	case COLUMN_VM_ID:
		return store__text(op_subject(op, FIELD_VM_ID));
	case COLUMN_VM_NAME:
		return store__text(op_subject(op, FIELD_VM_NAME));
	case COLUMN_IMAGE_ID:
		return store__text(op_subject(op, FIELD_IMAGE_ID));
	case COLUMN_IMAGE_NAME:
		return store__text(op_subject(op, FIELD_IMAGE_NAME));
	case COLUMN_RECORDS:
		return store__number((int64_t)op->records);
	case COLUMN_CONFLICT:
		return store__number(op->conflict);
	case COLUMN_READS:
		return store__number(op->reads);
	case COLUMN_RUN:
		return store__text(op->run[0] != '\0' ? op->run : NULL);
	case COLUMN_STAGES:
		return store__list(op->n_stages, store__json_stages, op,
		    &s->writing.stages);
	case COLUMN_CALLS:
		return store__list(op->n_calls, store__json_calls, op,
		    &s->writing.calls);
	default:
		return (struct store_value){ 0 };
	}
}

void
store_bind_op(struct store *s, sqlite3_stmt *st, const struct op *op)
{
	struct store_value v;

	for (int column = COLUMN_OP_ID; column < COLUMN_LINES; column++) {
		v = store_value(s, op, (enum store_column)column);
		if (v.type == STORE_NUMBER)
			sqlite3_bind_int64(st, column + 1, v.number);
		else if (v.type == STORE_TEXT)
			sqlite3_bind_text(st, column + 1, v.text, (int)v.len,
			    SQLITE_STATIC);
	}
}
