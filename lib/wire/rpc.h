/* SPDX-License-Identifier: ISC */
/*
 * RPC messages: one JSON object a line in each direction, the same between
 * banger and bangerd and between bangerd and banger-helper (docs/rpc.md).
 *
 *   {"version":1,"method":"vm.start","params":{…},"op_id":"op-…","call":3}
 *   {"ok":true,"result":{…}}
 *   {"ok":false,"error":{"code":"not_found","message":"…","op_id":"op-…"}}
 *
 * op_id and call go to the helper only, which puts them into its reply too.
 * Unknown fields are ignored; repeated ones make a request bad, and a reply
 * none.
 *
 * Ownership: a decoded message owns its json values until *_done().
 */
#ifndef WIRE_RPC_H
#define WIRE_RPC_H

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "wire/opid.h"

#define RPC_VERSION 1

/* How an operation is to be answered; others ignore it. */
enum rpc_how {
	RPC_WHOLE,    /* at its end */
	RPC_PROGRESS, /* at once with its op_id, then its lines, then its end */
	RPC_ASYNC,    /* at once with its op_id, and not again */
};
#define RPC_LINE_MAX 65536 /* a request, newline included */
#define RPC_REPLY_MAX (4 << 20)
#define RPC_METHOD_MAX 64

enum rpc_code {
#define CODE(id, name, about) RPC_##id,
#include "wire/codes.def"
#undef CODE
	RPC_CODE_MAX
};

/* The code's name: of static life, fit for struct error's kind. */
const char *rpc_code_name(enum rpc_code code);
/* The static name equal to text; "internal" when it is none of ours. */
const char *rpc_code_intern(const char *text);
/* The kind of err as an RPC code name; "operation_failed" when it has none. */
const char *rpc_code_of(const struct error *err);

/* return rpc_fail(err, RPC_NOT_FOUND, "no VM named %s", name); */
#define rpc_fail(err, code, ...) \
	error_kind((err), rpc_code_name(code), -EPROTO, __VA_ARGS__)

struct rpc_request {
	char method[RPC_METHOD_MAX + 1];
	struct opid op; /* unset when absent or not acceptable */
	unsigned call;  /* 0 when absent */
	enum rpc_how how;
	json_t *params; /* an object, always */
};

struct rpc_reply {
	json_t *result; /* any value */
	struct opid op;
	unsigned call;
};

/*
 * Negative: err's kind is bad_request or bad_version.  The method's name is
 * filled as far as it could be read, so that the log line can name it.
 */
int rpc_request_decode(const char *line, size_t len, struct rpc_request *ret,
    struct error *err);
void rpc_request_done(struct rpc_request *req);
/* Appends the line of a request to bangerd; params may be NULL. */
void rpc_request_put(struct buf *out, const char *method, const json_t *params,
    enum rpc_how how);
/* Appends the line; op and call are left out when unset, params may be NULL. */
void rpc_request_encode(struct buf *out, const char *method,
    const json_t *params, const struct opid *op, unsigned call);

/* Appends the reply line; op NULL: none is put. result NULL: {}. */
void rpc_reply_encode(struct buf *out, const json_t *result,
    const struct opid *op, unsigned call);
void rpc_error_encode(struct buf *out, const struct error *failure,
    const struct opid *op, unsigned call);
/* The same with an object of more for people, or NULL; borrowed. */
void rpc_error_encode_with(struct buf *out, const struct error *failure,
    const struct opid *op, unsigned call, json_t *details);
/*
 * 0: ret->result is the result.  Positive (1): the peer answered with an
 * error, which err now holds; ret->op is its op_id.  Negative: not a reply.
 */
int rpc_reply_decode(const char *line, size_t len, struct rpc_reply *ret,
    struct error *err);
void rpc_reply_done(struct rpc_reply *rep);

/*
 * Parameters by name.  Each returns 0 with *ret set, or fails with
 * invalid_argument.  The _opt forms leave *ret alone when it is absent or null.
 * Strings are borrowed from params and hold no NUL.
 */
int rpc_param_str(const json_t *params, const char *name, const char **ret,
    struct error *err);
int rpc_param_str_opt(const json_t *params, const char *name, const char **ret,
    struct error *err);
int rpc_param_int(const json_t *params, const char *name, int64_t min,
    int64_t max, int64_t *ret, struct error *err);
int rpc_param_int_opt(const json_t *params, const char *name, int64_t min,
    int64_t max, int64_t *ret, struct error *err);
int rpc_param_bool_opt(const json_t *params, const char *name, bool *ret,
    struct error *err);

static inline void
rpc_json_freep(json_t **p)
{
	json_decref(*p);
	*p = NULL;
}
#define _cleanup_json_ _cleanup_(rpc_json_freep)

#endif
