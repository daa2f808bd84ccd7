/* SPDX-License-Identifier: ISC */
#include "wire/rpc.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"

static const char *const code_names[RPC_CODE_MAX] = {
#define CODE(id, name, about) [RPC_##id] = (name),
#include "wire/codes.def"
#undef CODE
};

const char *
rpc_code_name(enum rpc_code code)
{
	return code_names[code];
}

const char *
rpc_code_intern(const char *text)
{
	for (int i = 0; i < RPC_CODE_MAX; i++)
		if (strcmp(code_names[i], text) == 0)
			return code_names[i];
	return code_names[RPC_INTERNAL];
}

const char *
rpc_code_of(const struct error *err)
{
	return err->kind != NULL ? rpc_code_intern(err->kind)
				 : code_names[RPC_OPERATION_FAILED];
}

static int
rpc__dump_piece(const char *piece, size_t len, void *arg)
{
	buf_put(arg, piece, len);
	return 0;
}

/* Appends the value on one line. */
static void
rpc__dump(struct buf *out, const json_t *value)
{
	json_dump_callback(value, rpc__dump_piece, out,
	    JSON_COMPACT | JSON_ENCODE_ANY);
}

/* Appends the object as a line and lets go of it. */
static void
rpc__put(struct buf *out, json_t *msg)
{
	rpc__dump(out, msg);
	buf_putc(out, '\n');
	json_decref(msg);
}

static void
rpc__put_op(json_t *msg, const struct opid *op, unsigned call)
{
	if (op != NULL && opid_is_set(op))
		json_object_set_new(msg, "op_id", json_string(op->text));
	if (call != 0)
		json_object_set_new(msg, "call", json_integer(call));
}

static void
rpc__get_op(const json_t *msg, struct opid *ret_op, unsigned *ret_call)
{
	const json_t *op = json_object_get(msg, "op_id");
	const json_t *call = json_object_get(msg, "call");

	ret_op->text[0] = '\0';
	*ret_call = 0;
	if (json_is_string(op))
		opid_parse(json_string_value(op), json_string_length(op),
		    ret_op);
	if (json_is_integer(call) && json_integer_value(call) > 0 &&
	    json_integer_value(call) <= 1000000)
		*ret_call = (unsigned)json_integer_value(call);
}

/* ---- requests --------------------------------------------------------------
 */

/* Copies the method's name, cut to what it may be long. */
static bool
rpc__method(const json_t *msg, char ret[RPC_METHOD_MAX + 1])
{
	const json_t *method = json_object_get(msg, "method");
	size_t len;

	if (!json_is_string(method))
		return false;
	len = json_string_length(method);
	if (len > RPC_METHOD_MAX)
		len = RPC_METHOD_MAX;
	memcpy(ret, json_string_value(method), len);
	ret[len] = '\0';
	return json_string_length(method) > 0;
}

int
rpc_request_decode(const char *line, size_t len, struct rpc_request *ret,
    struct error *err)
{
	json_error_t why;
	_cleanup_json_ json_t *msg = json_loadb(line, len,
	    JSON_REJECT_DUPLICATES, &why);
	json_t *version, *params;
	bool named;

	memset(ret, 0, sizeof(*ret));
	if (!json_is_object(msg))
		return rpc_fail(err, RPC_BAD_REQUEST,
		    "the request is not one JSON object on a line: %s",
		    msg != NULL ? "another value" : why.text);
	named = rpc__method(msg, ret->method);
	rpc__get_op(msg, &ret->op, &ret->call);
	if (json_is_true(json_object_get(msg, "async")))
		ret->how = RPC_ASYNC;
	else if (json_is_true(json_object_get(msg, "progress")))
		ret->how = RPC_PROGRESS;
	version = json_object_get(msg, "version");
	if (!json_is_integer(version) ||
	    json_integer_value(version) != RPC_VERSION)
		return rpc_fail(err, RPC_BAD_VERSION,
		    "the request's version is not %d; use a client of the "
		    "daemon's release",
		    RPC_VERSION);
	if (!named)
		return rpc_fail(err, RPC_BAD_REQUEST,
		    "the request names no method");
	params = json_object_get(msg, "params");
	if (params != NULL && !json_is_object(params) && !json_is_null(params))
		return rpc_fail(err, RPC_BAD_REQUEST,
		    "params is not an object");
	ret->params = json_is_object(params) ? json_incref(params)
					     : json_object();
	return 0;
}

void
rpc_request_done(struct rpc_request *req)
{
	json_decref(req->params);
	req->params = NULL;
}

void
rpc_request_put(struct buf *out, const char *method, const json_t *params,
    enum rpc_how how)
{
	json_t *msg = json_pack("{s:i, s:s, s:O*}", "version", RPC_VERSION,
	    "method", method, "params", params);

	if (how != RPC_WHOLE)
		json_object_set_new(msg,
		    how == RPC_ASYNC ? "async" : "progress", json_true());
	rpc__put(out, msg);
}

void
rpc_request_encode(struct buf *out, const char *method, const json_t *params,
    const struct opid *op, unsigned call)
{
	json_t *msg = json_pack("{s:i, s:s, s:O*}", "version", RPC_VERSION,
	    "method", method, "params", params);

	rpc__put_op(msg, op, call);
	rpc__put(out, msg);
}

/* ---- replies ---------------------------------------------------------------
 */

void
rpc_reply_encode(struct buf *out, const json_t *result, const struct opid *op,
    unsigned call)
{
	json_t *msg = json_object();

	json_object_set_new(msg, "ok", json_true());
	if (result != NULL)
		json_object_set(msg, "result", (json_t *)(uintptr_t)result);
	else
		json_object_set_new(msg, "result", json_object());
	rpc__put_op(msg, op, call);
	rpc__put(out, msg);
}

/* Text that jansson takes: what is not UTF-8 was cut or came from outside. */
static json_t *
rpc__text(const char *text)
{
	json_t *s = json_string(text);
	_cleanup_buf_ struct buf safe = BUF_INIT;

	if (s != NULL)
		return s;
	text_escape(&safe, text, strlen(text), false);
	return json_string(buf_str(&safe));
}

void
rpc_error_encode(struct buf *out, const struct error *failure,
    const struct opid *op, unsigned call)
{
	rpc_error_encode_with(out, failure, op, call, NULL);
}

void
rpc_error_encode_with(struct buf *out, const struct error *failure,
    const struct opid *op, unsigned call, json_t *details)
{
	json_t *msg = json_object(), *error = json_object();

	json_object_set_new(error, "code", json_string(rpc_code_of(failure)));
	json_object_set_new(error, "message", rpc__text(failure->text));
	rpc__put_op(error, op, 0);
	if (details != NULL)
		json_object_set(error, "details", details);
	json_object_set_new(msg, "ok", json_false());
	json_object_set_new(msg, "error", error);
	rpc__put_op(msg, call != 0 ? op : NULL, call);
	rpc__put(out, msg);
}

/* Puts the peer's error into err; its op_id counts before the message's. */
static int
rpc__failure(const json_t *msg, struct rpc_reply *ret, struct error *err)
{
	const json_t *error = json_object_get(msg, "error");
	const char *code = json_string_value(json_object_get(error, "code"));
	const char *text = json_string_value(json_object_get(error, "message"));
	struct opid op;
	unsigned call;

	rpc__get_op(error, &op, &call);
	if (opid_is_set(&op))
		ret->op = op;
	error_kind(err, rpc_code_intern(code != NULL ? code : ""), -EREMOTEIO,
	    "%s", text != NULL ? text : "the peer gave no reason");
	return 1;
}

int
rpc_reply_decode(const char *line, size_t len, struct rpc_reply *ret,
    struct error *err)
{
	json_error_t why;
	_cleanup_json_ json_t *msg = json_loadb(line, len,
	    JSON_REJECT_DUPLICATES, &why);
	json_t *ok = json_object_get(msg, "ok");

	memset(ret, 0, sizeof(*ret));
	if (!json_is_boolean(ok))
		return rpc_fail(err, RPC_INTERNAL,
		    "what the peer answered is not a reply");
	rpc__get_op(msg, &ret->op, &ret->call);
	if (json_is_false(ok))
		return rpc__failure(msg, ret, err);
	ret->result = json_incref(json_object_get(msg, "result"));
	if (ret->result == NULL)
		ret->result = json_object();
	return 0;
}

void
rpc_reply_done(struct rpc_reply *rep)
{
	json_decref(rep->result);
	rep->result = NULL;
}

/* ---- parameters ------------------------------------------------------------
 */

/* Absent and null are one. */
static const json_t *
rpc__param(const json_t *params, const char *name)
{
	const json_t *v = json_object_get(params, name);

	return json_is_null(v) ? NULL : v;
}

static int
rpc__missing(const char *name, struct error *err)
{
	return rpc_fail(err, RPC_INVALID_ARGUMENT, "parameter %s is missing",
	    name);
}

int
rpc_param_str_opt(const json_t *params, const char *name, const char **ret,
    struct error *err)
{
	const json_t *v = rpc__param(params, name);

	if (v == NULL)
		return 0;
	if (!json_is_string(v) ||
	    strlen(json_string_value(v)) != json_string_length(v))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "parameter %s is not a string", name);
	*ret = json_string_value(v);
	return 0;
}

int
rpc_param_str(const json_t *params, const char *name, const char **ret,
    struct error *err)
{
	if (rpc__param(params, name) == NULL)
		return rpc__missing(name, err);
	return rpc_param_str_opt(params, name, ret, err);
}

int
rpc_param_int_opt(const json_t *params, const char *name, int64_t min,
    int64_t max, int64_t *ret, struct error *err)
{
	const json_t *v = rpc__param(params, name);

	if (v == NULL)
		return 0;
	if (!json_is_integer(v) || json_integer_value(v) < min ||
	    json_integer_value(v) > max)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "parameter %s is not a whole number from %" PRId64
		    " to %" PRId64,
		    name, min, max);
	*ret = json_integer_value(v);
	return 0;
}

int
rpc_param_int(const json_t *params, const char *name, int64_t min, int64_t max,
    int64_t *ret, struct error *err)
{
	if (rpc__param(params, name) == NULL)
		return rpc__missing(name, err);
	return rpc_param_int_opt(params, name, min, max, ret, err);
}

int
rpc_param_bool_opt(const json_t *params, const char *name, bool *ret,
    struct error *err)
{
	const json_t *v = rpc__param(params, name);

	if (v == NULL)
		return 0;
	if (!json_is_boolean(v))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "parameter %s is not true or false", name);
	*ret = json_is_true(v);
	return 0;
}
