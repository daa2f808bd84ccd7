/* SPDX-License-Identifier: ISC */
/*
 * Trace events as Chrome and Perfetto read them ("Trace Event Format", the
 * JSON object form): complete events (X) for the operation, its stages and its
 * helper calls, a flow (s, f) from a stage to each call in it, and metadata (M)
 * that names processes and threads.
 *
 * bangerd is process 1 and banger-helper process 2.  A thread is a lane that
 * holds one operation at a time, the same number in both.  Complete events of
 * one thread must lie within or behind each other, so a call that begins before
 * another of its operation has ended gets a thread beside it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"

#include "render.h"

#define CHROME_DAEMON 1
#define CHROME_HELPER 2

/* What is added to the number of a lane for each thread beside it. */
#define CHROME_BESIDE 1000000

/* An operation's time, wall clock. */
struct chrome_span {
	int64_t from, to;
};

struct chrome_lane {
	struct chrome_span last; /* the operation it holds last */
	size_t threads;          /* of calls, that have names */
};

struct chrome {
	struct chrome_lane *lanes;
	size_t n_lanes;
	int64_t *calls_end; /* of the threads of the operation at hand */
	size_t n_calls_end;
	uint64_t flows, events;
};

/* An event's beginning; its args, or its end, are the caller's. */
static struct jsonw
chrome__event(struct render *r, const char *name, const char *cat,
    const char *ph, int pid, size_t lane)
{
	struct chrome *c = r->state;
	struct jsonw w = JSONW_INIT(r->out);

	buf_puts(r->out, c->events++ == 0 ? "\n" : ",\n");
	jsonw_object(&w, NULL);
	jsonw_string(&w, "name", name != NULL ? name : "?");
	jsonw_string(&w, "cat", cat);
	jsonw_string(&w, "ph", ph);
	jsonw_int(&w, "pid", pid);
	jsonw_uint(&w, "tid", lane + 1);
	return w;
}

static void
chrome__meta(struct render *r, const char *what, int pid, size_t lane,
    const char *name)
{
	struct jsonw w = chrome__event(r, what, "__metadata", "M", pid, lane);

	jsonw_us(&w, "ts", 0);
	jsonw_object(&w, "args");
	jsonw_string(&w, "name", name);
	jsonw_object_end(&w);
	jsonw_object_end(&w);
}

static void
chrome__begin(struct render *r)
{
	r->state = xcalloc(1, sizeof(struct chrome));
	buf_puts(r->out, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
	chrome__meta(r, "process_name", CHROME_DAEMON, 0, "bangerd");
	chrome__meta(r, "process_name", CHROME_HELPER, 0, "banger-helper");
}

/* The first lane that is free at that time; names it when it is new. */
static size_t
chrome__lane(struct render *r, const struct chrome_span *span)
{
	struct chrome *c = r->state;
	char name[32];
	size_t i;

	for (i = 0; i < c->n_lanes; i++)
		if (span->from >= c->lanes[i].last.to ||
		    span->to <= c->lanes[i].last.from)
			break;
	if (i == c->n_lanes) {
		c->lanes = xreallocarray(c->lanes, c->n_lanes + 1,
		    sizeof(*c->lanes));
		c->lanes[c->n_lanes++].threads = 1;
		snprintf(name, sizeof(name), "operations %zu", i + 1);
		chrome__meta(r, "thread_name", CHROME_DAEMON, i, name);
		snprintf(name, sizeof(name), "calls %zu", i + 1);
		chrome__meta(r, "thread_name", CHROME_HELPER, i, name);
	}
	c->lanes[i].last = *span;
	return i;
}

/* The first thread of the lane's calls that is free when this one begins. */
static size_t
chrome__call_lane(struct render *r, size_t lane, const struct op_call *call)
{
	struct chrome *c = r->state;
	char name[48];
	size_t i = 0;

	while (i < c->n_calls_end && call->start_ns < c->calls_end[i])
		i++;
	if (i == c->n_calls_end) {
		c->calls_end = xreallocarray(c->calls_end, i + 1,
		    sizeof(*c->calls_end));
		c->n_calls_end++;
	}
	c->calls_end[i] = clock_sum(call->start_ns,
	    call->duration_ns > 0 ? call->duration_ns : 0);
	if (i == c->lanes[lane].threads) {
		c->lanes[lane].threads++;
		snprintf(name, sizeof(name), "calls %zu (%zu)", lane + 1,
		    i + 1);
		chrome__meta(r, "thread_name", CHROME_HELPER,
		    lane + i * CHROME_BESIDE, name);
	}
	return lane + i * CHROME_BESIDE;
}

/* Where an operation is on the axis: from its start, to the end of it all. */
struct chrome_place {
	int64_t start_ns;
	size_t lane;
};

static struct jsonw
chrome__slice(struct render *r, const struct chrome_place *at, const char *name,
    const char *cat, int pid, int64_t start_ns, int64_t duration_ns)
{
	struct jsonw w = chrome__event(r, name, cat, "X", pid, at->lane);

	jsonw_us(&w, "ts", clock_sum(at->start_ns, start_ns));
	jsonw_us(&w, "dur", duration_ns > 0 ? duration_ns : 0);
	jsonw_object(&w, "args");
	return w;
}

static void
chrome__slice_end(struct jsonw *w)
{
	jsonw_object_end(w);
	jsonw_object_end(w);
}

static void
chrome__operation(struct render *r, const struct chrome_place *at,
    const struct op *op, int64_t extent_ns)
{
	struct jsonw w = chrome__slice(r, at, op->name, "operation",
	    CHROME_DAEMON, 0, extent_ns);

	jsonw_string(&w, "op_id", op->id.text);
	jsonw_string(&w, "status", op_status_name(op->status));
	jsonw_bool(&w, "duration_known", op->duration_ns >= 0);
	for (size_t i = 0; i < op->n_subject; i++)
		jsonw_string(&w, field_key(op->subject[i].field),
		    op->subject[i].value);
	if (op->error != NULL)
		jsonw_string(&w, "error", op->error);
	if (op->code != NULL)
		jsonw_string(&w, "code", op->code);
	chrome__slice_end(&w);
}

/* One end of the arrow from the stage to the call. */
static void
chrome__flow(struct render *r, const struct chrome_place *at, const char *ph,
    int pid, int64_t ns)
{
	struct chrome *c = r->state;
	struct jsonw w = chrome__event(r, "helper call", "flow", ph, pid,
	    at->lane);

	jsonw_uint(&w, "id", c->flows);
	jsonw_us(&w, "ts", clock_sum(at->start_ns, ns));
	/* It ends at the slice around it, not at the next one. */
	if (pid == CHROME_HELPER)
		jsonw_string(&w, "bp", "e");
	jsonw_object_end(&w);
}

static void
chrome__call(struct render *r, const struct chrome_place *at,
    const struct op *op, const struct op_call *call)
{
	struct chrome_place there = *at;
	struct chrome *c = r->state;
	struct jsonw w;

	if (call->start_ns < 0)
		return;
	there.lane = chrome__call_lane(r, at->lane, call);
	w = chrome__slice(r, &there, call->method, "helper", CHROME_HELPER,
	    call->start_ns, call->duration_ns);
	jsonw_string(&w, "op_id", op->id.text);
	if (call->number >= 0)
		jsonw_int(&w, "call", call->number);
	jsonw_string(&w, "status", call->failed ? "failed" : "completed");
	if (call->error != NULL)
		jsonw_string(&w, "error", call->error);
	if (call->code != NULL)
		jsonw_string(&w, "code", call->code);
	chrome__slice_end(&w);
	c->flows++;
	chrome__flow(r, at, "s", CHROME_DAEMON, call->start_ns);
	chrome__flow(r, &there, "f", CHROME_HELPER, call->start_ns);
}

static void
chrome__op(struct render *r, const struct render_job *job)
{
	const struct op *op = job->trace->op;
	int64_t extent_ns = render_extent(op);
	struct chrome_span span = { op->start_ns,
		clock_sum(op->start_ns, extent_ns) };
	struct chrome_place at = { op->start_ns, 0 };

	at.lane = chrome__lane(r, &span);
	chrome__operation(r, &at, op, extent_ns);
	for (size_t i = 0; i < op->n_stages; i++) {
		const struct op_stage *s = &op->stages[i];
		struct jsonw w;

		if (s->start_ns < 0)
			continue;
		w = chrome__slice(r, &at, s->name, "stage", CHROME_DAEMON,
		    s->start_ns, render_stage_ns(op, i));
		jsonw_bool(&w, "failed", s->failed);
		if (s->duration_ns < 0)
			jsonw_bool(&w, "duration_known", false);
		chrome__slice_end(&w);
	}
	((struct chrome *)r->state)->n_calls_end = 0;
	for (size_t i = 0; i < op->n_calls; i++)
		chrome__call(r, &at, op, &op->calls[i]);
}

static void
chrome__end(struct render *r)
{
	buf_puts(r->out, "\n]}\n");
}

static void
chrome__done(struct render *r)
{
	struct chrome *c = r->state;

	if (c != NULL) {
		free(c->lanes);
		free(c->calls_end);
	}
	free(c);
}

const struct renderer render_chrome = {
	.name = "chrome",
	.about = "trace events for Perfetto and chrome://tracing",
	.flags = RENDER_ONE | RENDER_MANY,
	.begin = chrome__begin,
	.op = chrome__op,
	.end = chrome__end,
	.done = chrome__done,
};
