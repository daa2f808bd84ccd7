/* SPDX-License-Identifier: ISC */
/* What one operation counts: of itself in memory, and of its row. */
#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "trace/store_int.h"
#include "trace/summary.h"

int64_t
summary_hour(int64_t ns)
{
	return ns / SUMMARY_HOUR_NS - (ns % SUMMARY_HOUR_NS < 0);
}

/* Hands over a part, and moves on to the next place. */
static void
summary__give(struct summary_part *p, summary_part_fn *fn, void *arg)
{
	fn(arg, p);
	p->place++;
}

static const char *
summary__text(const char *text)
{
	return text != NULL ? text : "";
}

/* The parts that are no list; -1 is unknown. */
static void
summary__whole(struct summary_part *p, int64_t us, int64_t rest_us,
    const char *image, summary_part_fn *fn, void *arg)
{
	p->name = p->method = "";
	p->us = us;
	if (us >= 0) {
		p->kind = SUMMARY_OPERATION;
		summary__give(p, fn, arg);
	}
	if (us >= 0 && image != NULL) {
		p->kind = SUMMARY_IMAGE;
		p->name = image;
		summary__give(p, fn, arg);
	}
	p->name = "";
	p->us = rest_us;
	p->failed = false;
	if (rest_us >= 0) {
		p->kind = SUMMARY_REST;
		summary__give(p, fn, arg);
	}
}

/* ---- in memory --------------------------------------------------------- */

bool
summary_of_op(const struct op *op, summary_part_fn *fn, void *arg)
{
	struct summary_part p = { .hour = summary_hour(op->start_ns),
		.operation = summary__text(op->name) };

	if (op_in_flight(op) || op->reads)
		return false;
	p.failed = op->status == OP_FAILED;
	summary__whole(&p,
	    op->duration_ns < 0 ? -1 : op->duration_ns / NSEC_PER_USEC,
	    op->unaccounted_ns < 0 ? -1 : op->unaccounted_ns / NSEC_PER_USEC,
	    op_subject(op, FIELD_IMAGE_NAME), fn, arg);
	p.kind = SUMMARY_STAGE;
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *s = &op->stages[i];

		if (s->duration_ns < 0)
			continue;
		p.name = summary__text(s->name);
		p.us = s->duration_ns / NSEC_PER_USEC;
		p.failed = s->failed;
		summary__give(&p, fn, arg);
	}
	p.kind = SUMMARY_CALL;
	for (size_t i = 0; i < op->n_calls; i++) {
		const struct op_call *c = &op->calls[i];

		if (c->duration_ns < 0)
			continue;
		p.name = c->stage != OP_NO_STAGE
		    ? summary__text(op->stages[c->stage].name)
		    : "";
		p.method = summary__text(c->method);
		p.us = c->duration_ns / NSEC_PER_USEC;
		p.failed = c->failed;
		summary__give(&p, fn, arg);
	}
	return true;
}

/* ---- of a row ---------------------------------------------------------- */

/* The list in that column; NULL where there is none. */
static json_t *
summary__list(sqlite3_stmt *st, int at)
{
	const char *text = (const char *)sqlite3_column_text(st, at);

	return text != NULL
	    ? json_loadb(text, (size_t)sqlite3_column_bytes(st, at),
		  JSON_ALLOW_NUL, NULL)
	    : NULL;
}

static int64_t
summary__number(const json_t *list, size_t at)
{
	const json_t *v = json_array_get(list, at);

	return json_is_integer(v) ? json_integer_value(v) : -1;
}

static const char *
summary__string(const json_t *list, size_t at)
{
	return summary__text(json_string_value(json_array_get(list, at)));
}

/* [name, start, duration, failed] each. */
static void
summary__stages(struct summary_part *p, const json_t *stages,
    summary_part_fn *fn, void *arg)
{
	p->kind = SUMMARY_STAGE;
	p->method = "";
	for (size_t i = 0; i < json_array_size(stages); i++) {
		const json_t *s = json_array_get(stages, i);

		p->name = summary__string(s, 0);
		p->us = summary__number(s, 2);
		p->failed = summary__number(s, 3) > 0;
		if (p->us >= 0)
			summary__give(p, fn, arg);
	}
}

/* [method, number, stage, start, duration, failed, …] each. */
static void
summary__calls(struct summary_part *p, const json_t *stages,
    const json_t *calls, summary_part_fn *fn, void *arg)
{
	p->kind = SUMMARY_CALL;
	for (size_t i = 0; i < json_array_size(calls); i++) {
		const json_t *c = json_array_get(calls, i);
		int64_t stage = summary__number(c, 2);

		p->method = summary__string(c, 0);
		p->name = stage < 0
		    ? ""
		    : summary__string(json_array_get(stages, (size_t)stage), 0);
		p->us = summary__number(c, 4);
		p->failed = summary__number(c, 5) > 0;
		if (p->us >= 0)
			summary__give(p, fn, arg);
	}
}

static int64_t
summary__us(sqlite3_stmt *st, int at)
{
	return sqlite3_column_type(st, at) == SQLITE_NULL
	    ? -1
	    : sqlite3_column_int64(st, at) / NSEC_PER_USEC;
}

bool
summary_of_row(sqlite3_stmt *st, summary_part_fn *fn, void *arg)
{
	const char *status = (const char *)sqlite3_column_text(st, 0);
	struct summary_part p = {
		.hour = summary_hour(sqlite3_column_int64(st, 3)),
		.operation = summary__text(
		    (const char *)sqlite3_column_text(st, 2)),
	};
	json_t *stages, *calls;

	if (status == NULL || sqlite3_column_int(st, 1) != 0 ||
	    strcmp(status, op_status_name(OP_RUNNING)) == 0)
		return false;
	p.failed = strcmp(status, op_status_name(OP_FAILED)) == 0;
	summary__whole(&p, summary__us(st, 4), summary__us(st, 5),
	    (const char *)sqlite3_column_text(st, 6), fn, arg);
	stages = summary__list(st, 7);
	calls = summary__list(st, 8);
	summary__stages(&p, stages, fn, arg);
	summary__calls(&p, stages, calls, fn, arg);
	json_decref(stages);
	json_decref(calls);
	return true;
}
