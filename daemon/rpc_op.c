/* SPDX-License-Identifier: ISC */
/* The methods about operations: which there are, and what becomes of them. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "dispatch.h"
#include "op.h"
#include "stream.h"
#include "wire/rpc.h"

#define OP_LIST_MAX 1024
#define OP_WAIT_MS_MAX 86400000

int
rpc_op_list(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct opset_query q = { NULL, NULL, 0 };
	int64_t limit = OP_LIST_MAX;
	int rc;

	if ((rc = rpc_param_str_opt(params, "vm", &q.vm, err)) < 0 ||
	    (rc = rpc_param_str_opt(params, "state", &q.state, err)) < 0 ||
	    (rc = rpc_param_int_opt(params, "limit", 1, OP_LIST_MAX, &limit,
		 err)) < 0)
		return rc;
	q.limit = (size_t)limit;
	json_object_set_new(result, "operations",
	    opset_list(op_daemon(op)->ops, &q));
	return 0;
}

int
rpc_op_show(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	struct opset *ops = op_daemon(op)->ops;
	const char *ref;
	json_t *found;
	int rc;

	if ((rc = rpc_param_str(params, "op", &ref, err)) < 0 ||
	    (rc = opset_show(ops, ref, &found, err)) < 0)
		return rc;
	json_object_set_new(found, "usual",
	    opset_usual(ops,
		json_string_value(json_object_get(found, "operation"))));
	json_object_set_new(result, "op", found);
	return 0;
}

int
rpc_op_cancel(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	const char *ref;
	json_t *found;
	int rc;

	if ((rc = rpc_param_str(params, "op", &ref, err)) < 0 ||
	    (rc = opset_cancel(op_daemon(op)->ops, ref, op_uid(op), &found,
		 err)) < 0)
		return rc;
	json_object_set_new(result, "op", found);
	return 0;
}

int
rpc_op_wait(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	int64_t timeout_ms = 0;
	const char *ref;
	int rc;

	(void)result;
	if ((rc = rpc_param_str(params, "op", &ref, err)) < 0 ||
	    (rc = rpc_param_int_opt(params, "timeout_ms", 1, OP_WAIT_MS_MAX,
		 &timeout_ms, err)) < 0)
		return rc;
	return stream_wait(op_daemon(op), op_conn(op), ref,
	    timeout_ms * NSEC_PER_MSEC, err);
}

int
rpc_op_watch(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	const char *ref = NULL;
	int rc = rpc_param_str_opt(params, "op", &ref, err);

	(void)result;
	return rc < 0 ? rc : stream_watch(op_daemon(op), op_conn(op), ref, err);
}
