/* SPDX-License-Identifier: ISC */
#include "priv.h"

#include <errno.h>
#include <stdbool.h>

#include "op.h"
#include "vm.h"
#include "wire/client.h"

json_t *
priv_vm_params(const struct vm *vm)
{
	return json_pack("{s:s, s:I}", "vm_id", vm->id, "slot",
	    (json_int_t)vm->slot);
}

/*
 * Is it the reply to this call?  An error that names no call is of the helper's
 * door, which had not read which one this is.
 */
static bool
priv__is_ours(const struct op *op, unsigned call, const struct rpc_reply *reply,
    bool failed)
{
	if (failed && !opid_is_set(&reply->op) && reply->call == 0)
		return true;
	return opid_eq(&reply->op, op_id(op)) && reply->call == call;
}

/* One call over a connection of its own, as the helper wants it. */
static int
priv__exchange(struct op *op, const char *method, const json_t *params,
    struct rpc_reply *ret, struct error *err)
{
	const struct config *config = &op_daemon(op)->config;
	_cleanup_(client_close) struct client c = { -1 };
	unsigned call = op_next_call(op);
	int rc;

	rc = client_open(config->helper_socket,
	    config_number(config, CONFIG_HELPER_CONNECT), &c, err);
	if (rc < 0) {
		error_hint(err, "is banger-helper running?");
		return rc;
	}
	rc = client_call(&c, method, params, op_id(op), call,
	    config_number(config, CONFIG_HELPER_CALL), ret, err);
	if (rc >= 0 && !priv__is_ours(op, call, ret, rc > 0)) {
		rpc_reply_done(ret);
		return error_set(err, -EPROTO,
		    "%s: the helper answered another call", method);
	}
	return rc;
}

int
priv_call(struct op *op, const char *method, json_t *params,
    json_t **ret_result, struct error *err)
{
	_cleanup_json_ json_t *held = params;
	struct rpc_reply reply;
	int rc = priv__exchange(op, method, params, &reply, err);

	if (rc < 0) {
		if (err != NULL && rc != -ECANCELED && rc != -ETIME)
			err->kind = rpc_code_name(RPC_HELPER_UNAVAILABLE);
		return rc;
	}
	if (rc > 0) /* the helper has named the method in its text */
		return -EREMOTEIO;
	if (ret_result != NULL)
		*ret_result = json_incref(reply.result);
	rpc_reply_done(&reply);
	return 0;
}
