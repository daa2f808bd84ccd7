/* SPDX-License-Identifier: ISC */
/*
 * OpenTelemetry's protocol in its JSON form: one TracesData a line, which is
 * the body of a POST to /v1/traces and a line of an OTLP file.  Names are in
 * lowerCamelCase, 64-bit integers are strings, enums numbers, and ids hex
 * ("OTLP specification", JSON Protobuf Encoding).
 *
 * bangerd has a span for the operation, with its log lines as events, and one
 * for each stage; banger-helper has one for each call, under its stage.  Ids
 * come from the op_id alone, so the same operation gives the same trace
 * whenever it is exported.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/jsonw.h"
#include "base/text.h"

#include "render.h"

enum otlp_kind { OTLP_INTERNAL = 1, OTLP_SERVER = 2 };
enum otlp_code { OTLP_UNSET = 0, OTLP_OK = 1, OTLP_ERROR = 2 };

struct otlp {
	struct jsonw w;
	const struct op *op;
	const struct render_lines *lines;
	uint64_t trace[2]; /* its id, the first half first */
	uint64_t root;     /* span of the operation */
};

/* ---- ids --------------------------------------------------------------- */

/* Never 0, which is no id. */
static uint64_t
otlp__hash(uint64_t seed, const char *s, uint64_t n)
{
	uint64_t h = hash_fnv1a(HASH_FNV_START ^ seed, s, strlen(s));

	n = htole64(n);
	h = hash_fnv1a(h, &n, sizeof(n));
	return h != 0 ? h : 1;
}

/* The 16 digits of an op_id as they stand, so that one finds the other. */
static uint64_t
otlp__digits(const char *op_id)
{
	const char *digits = op_id + strlen("op-");
	char *end;
	uint64_t n;

	if (strlen(op_id) == 19 && strspn(digits, "0123456789abcdef") == 16) {
		n = strtoull(digits, &end, 16);
		if (n != 0)
			return n;
	}
	return otlp__hash(2, op_id, 0);
}

static void
otlp__id(struct jsonw *w, const char *key, const uint64_t *half, size_t n)
{
	char text[33];

	for (size_t i = 0; i < n; i++)
		snprintf(text + 16 * i, 17, "%016" PRIx64, half[i]);
	jsonw_string(w, key, text);
}

static uint64_t
otlp__stage_id(const struct otlp *o, size_t stage)
{
	return stage == OP_NO_STAGE ? o->root
				    : otlp__hash(3, o->op->id.text, stage);
}

/* ---- values ------------------------------------------------------------ */

/* A 64-bit number is a string. */
static void
otlp__long(struct jsonw *w, const char *key, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	jsonw_string(w, key, text);
}

/* What is before 1970 has no place in the protocol. */
static void
otlp__time(struct jsonw *w, const char *key, int64_t ns)
{
	otlp__long(w, key, ns > 0 ? ns : 0);
}

static void
otlp__attr_open(struct jsonw *w, const char *key)
{
	jsonw_object(w, NULL);
	jsonw_string(w, "key", key);
	jsonw_object(w, "value");
}

static void
otlp__attr_close(struct jsonw *w)
{
	jsonw_object_end(w);
	jsonw_object_end(w);
}

/* NULL: it has none. */
static void
otlp__text(struct jsonw *w, const char *key, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	otlp__attr_open(w, key);
	jsonw_string(w, "stringValue", value);
	otlp__attr_close(w);
}

static void
otlp__number(struct jsonw *w, const char *key, int64_t v)
{
	otlp__attr_open(w, key);
	otlp__long(w, "intValue", v);
	otlp__attr_close(w);
}

static void
otlp__bool(struct jsonw *w, const char *key, bool v)
{
	otlp__attr_open(w, key);
	jsonw_bool(w, "boolValue", v);
	otlp__attr_close(w);
}

/* ---- spans ------------------------------------------------------------- */

struct otlp_span {
	const char *name;
	uint64_t id, parent; /* parent 0: none */
	enum otlp_kind kind;
	int64_t start_ns, duration_ns; /* start since the operation's */
};

static void
otlp__span_open(struct otlp *o, const struct otlp_span *span)
{
	struct jsonw *w = &o->w;
	int64_t start_ns = clock_sum(o->op->start_ns, span->start_ns);

	jsonw_object(w, NULL);
	otlp__id(w, "traceId", o->trace, 2);
	otlp__id(w, "spanId", &span->id, 1);
	if (span->parent != 0)
		otlp__id(w, "parentSpanId", &span->parent, 1);
	jsonw_string(w, "name", span->name != NULL ? span->name : "?");
	jsonw_int(w, "kind", span->kind);
	otlp__time(w, "startTimeUnixNano", start_ns);
	otlp__time(w, "endTimeUnixNano",
	    clock_sum(start_ns, span->duration_ns > 0 ? span->duration_ns : 0));
	jsonw_array(w, "attributes");
}

static void
otlp__span_close(struct otlp *o, enum otlp_code code, const char *message)
{
	struct jsonw *w = &o->w;

	jsonw_object(w, "status");
	if (code == OTLP_ERROR && message != NULL)
		jsonw_string(w, "message", message);
	jsonw_int(w, "code", code);
	jsonw_object_end(w);
	jsonw_object_end(w);
}

static void
otlp__lines(struct otlp *o)
{
	struct jsonw *w = &o->w;

	jsonw_array(w, "events");
	for (size_t i = 0; i < o->lines->n; i++) {
		const struct render_line *line = &o->lines->lines[i];

		jsonw_object(w, NULL);
		otlp__time(w, "timeUnixNano", line->time_ns);
		jsonw_string(w, "name",
		    line->msg != NULL ? line->msg : line->kind);
		jsonw_array(w, "attributes");
		otlp__text(w, "banger.emitter", line->emitter);
		otlp__text(w, "banger.level", line->level);
		otlp__attr_open(w, "log.record.original");
		jsonw_text(w, "stringValue", line->text, line->len);
		otlp__attr_close(w);
		jsonw_array_end(w);
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static const char *
otlp__why(const struct op *op)
{
	return op->error != NULL ? op->error : op_status_name(op->status);
}

static void
otlp__operation(struct otlp *o)
{
	const struct op *op = o->op;
	const struct otlp_span span = { op->name, o->root, 0, OTLP_SERVER, 0,
		render_extent(op) };
	struct jsonw *w = &o->w;
	enum otlp_code code = op->status == OP_COMPLETED ? OTLP_OK
	    : op->status == OP_RUNNING                   ? OTLP_UNSET
							 : OTLP_ERROR;

	otlp__span_open(o, &span);
	otlp__text(w, "rpc.system", "banger");
	otlp__text(w, "rpc.method", op->name);
	otlp__text(w, "banger.op_id", op->id.text);
	otlp__text(w, "banger.status", op_status_name(op->status));
	if (code == OTLP_ERROR)
		otlp__text(w, "error.type",
		    op->code != NULL ? op->code : op_status_name(op->status));
	for (size_t i = 0; i < op->n_subject; i++) {
		_cleanup_buf_ struct buf key = BUF_INIT;

		buf_printf(&key, "banger.%s", field_key(op->subject[i].field));
		otlp__text(w, buf_str(&key), op->subject[i].value);
	}
	otlp__text(w, "banger.run", op->run);
	otlp__number(w, "banger.records", (int64_t)op->records);
	otlp__bool(w, "banger.duration_known", op->duration_ns >= 0);
	jsonw_array_end(w);
	otlp__lines(o);
	otlp__span_close(o, code, otlp__why(op));
}

static void
otlp__stages(struct otlp *o)
{
	const struct op *op = o->op;

	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *s = &op->stages[i];
		const struct otlp_span span = { s->name, otlp__stage_id(o, i),
			o->root, OTLP_INTERNAL, s->start_ns,
			render_stage_ns(op, i) };

		if (s->start_ns < 0)
			continue;
		otlp__span_open(o, &span);
		otlp__number(&o->w, "banger.stage.index", (int64_t)i);
		jsonw_array_end(&o->w);
		otlp__span_close(o, s->failed ? OTLP_ERROR : OTLP_UNSET,
		    s->failed ? otlp__why(op) : NULL);
	}
}

/* One whose place is unknown has no span: its line is an event. */
static bool
otlp__has_calls(const struct op *op)
{
	for (size_t i = 0; i < op->n_calls; i++)
		if (op->calls[i].start_ns >= 0)
			return true;
	return false;
}

static void
otlp__calls(struct otlp *o)
{
	const struct op *op = o->op;
	struct jsonw *w = &o->w;

	for (size_t i = 0; i < op->n_calls; i++) {
		const struct op_call *c = &op->calls[i];
		/* Under a stage that is shown, or else the operation. */
		size_t stage = c->stage != OP_NO_STAGE &&
			op->stages[c->stage].start_ns >= 0
		    ? c->stage
		    : OP_NO_STAGE;
		const struct otlp_span span = { c->method,
			otlp__hash(4, op->id.text, i), otlp__stage_id(o, stage),
			OTLP_SERVER, c->start_ns, c->duration_ns };

		if (c->start_ns < 0)
			continue;
		otlp__span_open(o, &span);
		otlp__text(w, "rpc.system", "banger");
		otlp__text(w, "rpc.method", c->method);
		otlp__text(w, "banger.op_id", op->id.text);
		if (c->number >= 0)
			otlp__number(w, "banger.call", c->number);
		if (c->failed)
			otlp__text(w, "error.type",
			    c->code != NULL ? c->code : "failed");
		jsonw_array_end(w);
		otlp__span_close(o, c->failed ? OTLP_ERROR : OTLP_OK, c->error);
	}
}

/* ---- one line ---------------------------------------------------------- */

static void
otlp__resource(struct otlp *o, const char *service)
{
	struct jsonw *w = &o->w;

	jsonw_object(w, NULL);
	jsonw_object(w, "resource");
	jsonw_array(w, "attributes");
	otlp__text(w, "service.name", service);
	otlp__text(w, "service.namespace", "banger");
	jsonw_array_end(w);
	jsonw_object_end(w);
	jsonw_array(w, "scopeSpans");
	jsonw_object(w, NULL);
	jsonw_object(w, "scope");
	jsonw_string(w, "name", "bangerlog");
	jsonw_string(w, "version", BANGER_VERSION);
	jsonw_object_end(w);
	jsonw_array(w, "spans");
}

static void
otlp__resource_end(struct otlp *o)
{
	jsonw_array_end(&o->w);
	jsonw_object_end(&o->w);
	jsonw_array_end(&o->w);
	jsonw_object_end(&o->w);
}

static void
otlp__op(struct render *r, const struct render_job *job)
{
	const struct op *op = job->trace->op;
	struct otlp o = {
		.w = JSONW_INIT(r->out),
		.op = op,
		.lines = job->lines,
		.trace = { otlp__hash(1, op->id.text, 0),
		    otlp__digits(op->id.text) },
	};

	o.root = o.trace[1];
	jsonw_object(&o.w, NULL);
	jsonw_array(&o.w, "resourceSpans");
	otlp__resource(&o, "bangerd");
	otlp__operation(&o);
	otlp__stages(&o);
	otlp__resource_end(&o);
	if (otlp__has_calls(op)) {
		otlp__resource(&o, "banger-helper");
		otlp__calls(&o);
		otlp__resource_end(&o);
	}
	jsonw_array_end(&o.w);
	jsonw_object_end(&o.w);
	buf_putc(r->out, '\n');
}

const struct renderer render_otlp = {
	.name = "otlp",
	.about = "OpenTelemetry's JSON, one trace a line",
	.flags = RENDER_ONE | RENDER_MANY | RENDER_LINES,
	.op = otlp__op,
};
