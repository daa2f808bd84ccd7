/* SPDX-License-Identifier: ISC */
#include "dispatch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#include "wire/event.h"

#include "handlers.h"

#define DISPATCH_EXTRAS_MAX 12
#define DISPATCH_NUMBER_MAX 24

struct dispatch_op {
	const char *name, *params;
	int (*handle)(struct call *c, struct error *err);
};

static const struct dispatch_op dispatch__ops[] = {
#define PRIVOP(id, name, fn, params, about) { name, params, handler_##fn },
#include "wire/privops.def"
#undef PRIVOP
};

/* Attributes that only one method has, and the memory of their numbers. */
struct dispatch__extras {
	struct line_attr attr[DISPATCH_EXTRAS_MAX];
	char number[DISPATCH_EXTRAS_MAX][DISPATCH_NUMBER_MAX];
	size_t n;
};

static const struct dispatch_op *
dispatch__find(const char *method)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(dispatch__ops); i++)
		if (strcmp(dispatch__ops[i].name, method) == 0)
			return &dispatch__ops[i];
	return NULL;
}

/* One scalar of the result as an attribute; others are left out. */
static void
dispatch__extra(struct dispatch__extras *x, const char *key, const json_t *v)
{
	struct line_attr *a;
	char *number;

	if (x->n >= DISPATCH_EXTRAS_MAX)
		return;
	a = &x->attr[x->n];
	number = x->number[x->n];
	memset(a, 0, sizeof(*a));
	a->key = key;
	a->key_len = strlen(key);
	a->text = "";
	if (json_is_string(v)) {
		a->type = LINE_STRING;
		a->text = json_string_value(v);
	} else if (json_is_integer(v)) {
		snprintf(number, DISPATCH_NUMBER_MAX, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(v));
		a->type = LINE_NUMBER;
		a->text = number;
	} else if (json_is_boolean(v)) {
		a->type = json_is_true(v) ? LINE_TRUE : LINE_FALSE;
	} else {
		return;
	}
	a->text_len = strlen(a->text);
	x->n++;
}

/*
 * What the log says of the result: the same facts as the reply, subject
 * attributes in their place and the others behind them.
 */
static void
dispatch__put_result(struct event *ev, struct dispatch__extras *x,
    json_t *result)
{
	const char *key;
	enum field_id id;
	json_t *v;

	json_object_foreach(result, key, v)
	{
		id = field_find(key, strlen(key));
		if (id != FIELD_MAX && field_is_subject(id) &&
		    json_is_string(v))
			event_set_str(ev, id, json_string_value(v));
		else
			dispatch__extra(x, key, v);
	}
	ev->extra = x->attr;
	ev->n_extra = x->n;
}

/* An id is logged when it is one, even if another parameter is not. */
static void
dispatch__put_subject(struct event *ev, const json_t *params, const char *name,
    enum field_id id)
{
	const char *s;

	if (params != NULL && rpc_param_str(params, name, &s, NULL) == 0 &&
	    check_id(s))
		event_set_str(ev, id, s);
}

static void
dispatch__log(const struct call *c, const struct error *failure)
{
	struct dispatch__extras extras;
	struct event ev;

	extras.n = 0;
	event_init(&ev,
	    failure != NULL ? EVENT_HELPER_FAILED : EVENT_HELPER_COMPLETED);
	if (c->req.method[0] != '\0')
		event_set_str(&ev, FIELD_METHOD, c->req.method);
	if (opid_is_set(&c->req.op))
		event_set_str(&ev, FIELD_OP_ID, c->req.op.text);
	if (c->req.call > 0)
		event_set_int(&ev, FIELD_CALL, c->req.call);
	event_set_ms(&ev, FIELD_DURATION, clock_mono_ns() - c->start_ns);
	dispatch__put_subject(&ev, c->req.params, "vm_id", FIELD_VM_ID);
	dispatch__put_subject(&ev, c->req.params, "image_id", FIELD_IMAGE_ID);
	if (failure != NULL) {
		event_set_str(&ev, FIELD_CODE, rpc_code_of(failure));
		event_set_str(&ev, FIELD_ERROR, failure->text);
	} else {
		dispatch__put_result(&ev, &extras, c->result);
	}
	logger_event(c->helper->log, &ev);
}

/* The one end of every call: a line in the log, then the reply. */
static void
dispatch__end(struct call *c, const struct error *failure)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	const struct opid *op = opid_is_set(&c->req.op) ? &c->req.op : NULL;

	dispatch__log(c, failure);
	if (c->reply == NULL)
		return;
	if (failure != NULL)
		rpc_error_encode(&line, failure, op, c->req.call);
	else
		rpc_reply_encode(&line, c->result, op, c->req.call);
	c->reply(c->arg, &line);
}

static void
dispatch__free(struct call *c)
{
	json_decref(c->result);
	rpc_request_done(&c->req);
	free(c);
}

static struct call *
dispatch__new(struct helper *h, int64_t start_ns, dispatch_reply_fn *reply,
    void *arg)
{
	struct call *c = xcalloc(1, sizeof(*c));

	c->helper = h;
	c->start_ns = start_ns;
	c->reply = reply;
	c->arg = arg;
	return c;
}

/* Decodes, looks up, checks and acts. */
static int
dispatch__serve(struct call *c, const char *line, size_t len, struct error *err)
{
	int r = rpc_request_decode(line, len, &c->req, err);

	if (r < 0)
		return r;
	/* What cannot be traced is not done. */
	if (!opid_is_set(&c->req.op))
		return rpc_fail(err, RPC_BAD_REQUEST,
		    "op_id is missing or not acceptable");
	c->op = dispatch__find(c->req.method);
	if (c->op == NULL)
		return rpc_fail(err, RPC_UNKNOWN_METHOD, "no such method");
	r = check_request(c->req.params, c->op->params, &c->params, err);
	if (r < 0)
		return r;
	r = c->op->handle(c, err);
	/* A step's failure says whose step it was; refusals speak for
	 * themselves. */
	if (r < 0 && err->kind == NULL)
		error_wrap(err, r, "%s", c->op->name);
	return r;
}

struct call *
dispatch_line(struct helper *h, const char *line, size_t len, int64_t start_ns,
    dispatch_reply_fn *reply, void *arg)
{
	struct call *c = dispatch__new(h, start_ns, reply, arg);
	struct error err = ERROR_INIT;
	int r = dispatch__serve(c, line, len, &err);

	if (r == DISPATCH_LATER)
		return c;
	dispatch__end(c, r < 0 ? &err : NULL);
	dispatch__free(c);
	return NULL;
}

void
dispatch_refuse(struct helper *h, const struct error *why, int64_t start_ns,
    dispatch_reply_fn *reply, void *arg)
{
	struct call *c = dispatch__new(h, start_ns, reply, arg);

	dispatch__end(c, why);
	dispatch__free(c);
}

void
dispatch_finish(struct call *c, struct error *failure)
{
	if (failure != NULL && failure->kind == NULL)
		error_wrap(failure, failure->code, "%s", c->op->name);
	dispatch__end(c, failure);
	dispatch__free(c);
}

void
dispatch_orphan(struct call *c)
{
	c->reply = NULL;
}
