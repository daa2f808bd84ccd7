/* SPDX-License-Identifier: ISC */
#include "dispatch.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "op.h"
#include "pool.h"
#include "stream.h"
#include "vm.h"
#include "wire/rpc.h"

enum method_subject {
	SUBJECT_NONE,
	SUBJECT_VM,
	SUBJECT_NEW_VM,
	SUBJECT_NEW_IMAGE
};

static const struct method {
	const char *name;
	enum op_kind kind;
	enum method_subject subject;
	rpc_handler *fn;
} methods[] = {
#define METHOD(id, text, handler, what, about, params, sentence) \
	{ text, OP_KIND_##what, SUBJECT_##about, rpc_##handler },
#include "wire/methods.def"
#undef METHOD
};

/* A request on its way through a worker and back. */
struct job {
	struct daemon *daemon;
	json_t *result; /* while it runs; the worker's */
	struct conn *conn;
	const struct method *method;
	struct op *op;
	struct rpc_request req;
	struct buf reply;
};

static struct job *
job__free(struct job *j)
{
	if (j == NULL)
		return NULL;
	op_free(j->op);
	rpc_request_done(&j->req);
	buf_done(&j->reply);
	free(j);
	return NULL;
}

/* Back in the loop's thread; one that is not waited for has no connection. */
static void
job__reply(void *arg, uint32_t events)
{
	struct job *j = arg;

	(void)events;
	if (j->conn != NULL) {
		stream_unfollow(j->daemon, j->conn);
		server_reply(j->conn, &j->reply);
	}
	job__free(j);
}

/* Ends the op well or badly and makes the reply. */
static void
job__end(struct job *j, json_t *result, const struct error *failure)
{
	vmset_release(j->daemon->vms, j->op);
	op_end(j->op, failure);
	if (failure != NULL) {
		rpc_error_encode_with(&j->reply, failure, op_id(j->op), 0,
		    op_details(j->op));
	} else {
		if (j->method->kind == OP_KIND_OP) {
			json_object_set_new(result, "op_id",
			    json_string(op_id(j->op)->text));
			json_object_set_new(result, "duration_ms",
			    json_real(
				(double)op_elapsed_ns(j->op) / NSEC_PER_MSEC));
		}
		rpc_reply_encode(&j->reply, result, NULL, 0);
	}
}

/* Answers at once, in the loop's thread. */
static void
job__fail(struct job *j, const struct error *failure)
{
	job__end(j, NULL, failure);
	job__reply(j, 0);
}

static int
job__call(void *arg, struct error *err)
{
	struct job *j = arg;

	return j->method->fn(j->op, j->req.params, j->result, err);
}

/* It may be known by more than what it was called. */
static int
job__begin(struct job *j, struct error *err)
{
	const char *vm = NULL;

	if (j->method->subject == SUBJECT_VM &&
	    rpc_param_str(j->req.params, "vm", &vm, NULL) == 0)
		vmset_describe(j->daemon->vms, vm, j->op);
	return op_begin(j->op, err);
}

/* All but the sending of the reply. */
static void
job__work(struct job *j, json_t *result)
{
	struct error err = ERROR_INIT;
	int rc = 0;

	j->result = result;
	if (j->method->kind == OP_KIND_OP)
		rc = job__begin(j, &err);
	if (rc == 0)
		rc = op_run(j->op, job__call, j, &err);
	job__end(j, result, rc < 0 ? &err : NULL);
}

/* In a worker. */
static void
job__run(void *arg)
{
	_cleanup_json_ json_t *result = json_object();
	struct job *j = arg;

	job__work(j, result);
	/* A long result is freed while its reply is on the way. */
	loop_post(j->daemon->loop, job__reply, j);
}

/* In the loop's thread: the handler waits for nothing. */
static void
job__now(struct job *j)
{
	_cleanup_json_ json_t *result = json_object();

	job__work(j, result);
	job__reply(j, 0);
}

/* Answers over time: what it says is sent by stream.c. */
static void
job__stream(struct job *j)
{
	struct error err = ERROR_INIT;
	int rc;

	op_set_conn(j->op, j->conn);
	rc = j->method->fn(j->op, j->req.params, NULL, &err);
	if (rc < 0) {
		job__fail(j, &err);
		return;
	}
	op_end(j->op, NULL);
	job__free(j);
}

/* Tells the id of an operation before it has ended. */
static void
job__announce(struct job *j)
{
	json_t *id = json_pack("{s:s}", "op_id", op_id(j->op)->text);
	_cleanup_buf_ struct buf line = BUF_INIT;

	rpc_reply_encode(&line, id, NULL, 0);
	json_decref(id);
	if (j->req.how == RPC_PROGRESS) {
		server_send(j->conn, &line);
		stream_follow(j->daemon, j->conn, op_id(j->op));
	} else if (j->req.how == RPC_ASYNC) {
		server_reply(j->conn, &line);
		j->conn = NULL;
	}
}

static void
job__post(struct job *j)
{
	bool is_op = j->method->kind == OP_KIND_OP;
	struct error err = ERROR_INIT;

	if (j->method->kind == OP_KIND_STREAM) {
		job__stream(j);
		return;
	}
	if (j->method->kind == OP_KIND_NOW) {
		job__now(j);
		return;
	}
	if (is_op && op_queue(j->op, &err) < 0) {
		job__fail(j, &err);
		return;
	}
	/* Lines are told from the first on, an id only of what will run. */
	if (is_op && j->req.how == RPC_PROGRESS)
		job__announce(j);
	if (pool_post(is_op ? j->daemon->work : j->daemon->quick, job__run, j) <
	    0) {
		rpc_fail(&err, RPC_LIMIT_EXCEEDED,
		    "too many operations are under way; try again later");
		job__fail(j, &err);
	} else if (is_op && j->req.how == RPC_ASYNC) {
		/* It ends in this thread: not before this returns. */
		job__announce(j);
	}
}

static struct job *
job__new(struct daemon *d, struct conn *conn, uid_t uid, pid_t pid,
    const char *name, enum op_kind kind)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->daemon = d;
	j->conn = conn;
	j->op = op_new(d, kind, name, uid, pid);
	return j;
}

static const struct method *
method__find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (strcmp(methods[i].name, name) == 0)
			return &methods[i];
	return NULL;
}

/*
 * Says what the op is about, as far as the request itself tells: a VM is looked
 * for in the worker, as the loop must not wait for who changes one.
 */
static void
job__describe(struct job *j)
{
	const char *name = NULL;

	switch (j->method->subject) {
	case SUBJECT_NONE:
		return;
	case SUBJECT_VM:
		if (rpc_param_str(j->req.params, "vm", &name, NULL) == 0)
			op_subject(j->op, FIELD_VM_NAME, name);
		return;
	case SUBJECT_NEW_VM:
	case SUBJECT_NEW_IMAGE:
		if (rpc_param_str(j->req.params, "name", &name, NULL) == 0)
			op_subject(j->op,
			    j->method->subject == SUBJECT_NEW_VM
				? FIELD_VM_NAME
				: FIELD_IMAGE_NAME,
			    name);
		return;
	}
}

void
dispatch_request(struct daemon *d, struct conn *conn, uid_t uid, pid_t pid,
    const char *line, size_t len, bool refused)
{
	struct error err = ERROR_INIT;
	struct rpc_request req;
	const struct method *method;
	struct job *j;
	int rc;

	rc = rpc_request_decode(line, len, &req, &err);
	method = method__find(req.method);
	j = job__new(d, conn, uid, pid, req.method,
	    method != NULL ? method->kind : OP_KIND_READ);
	j->req = req;
	j->method = method;
	if (rc == 0 && refused)
		rc = rpc_fail(&err, RPC_LIMIT_EXCEEDED,
		    "too many connections; close some and try again");
	if (rc == 0 && method == NULL)
		rc = rpc_fail(&err, RPC_UNKNOWN_METHOD, "unknown method \"%s\"",
		    req.method);
	if (rc < 0) {
		job__fail(j, &err);
		return;
	}
	job__describe(j);
	job__post(j);
}

void
dispatch_too_long(struct daemon *d, struct conn *conn, uid_t uid, pid_t pid)
{
	struct error err = ERROR_INIT;

	rpc_fail(&err, RPC_BAD_REQUEST, "the request is longer than %d bytes",
	    RPC_LINE_MAX);
	job__fail(job__new(d, conn, uid, pid, "", OP_KIND_READ), &err);
}

/* ---- operations of our own -------------------------------------------------
 */

struct internal {
	struct op *op;
	char *vm_id;
	int (*fn)(struct op *op, const char *vm_id, struct error *err);
};

static void
internal__run(void *arg)
{
	struct internal *in = arg;
	struct daemon *d = op_daemon(in->op);
	struct error err = ERROR_INIT;
	int rc;

	vmset_describe(d->vms, in->vm_id, in->op);
	op_begin(in->op, NULL);
	rc = in->fn(in->op, in->vm_id, &err);
	vmset_release(d->vms, in->op);
	op_end(in->op, rc < 0 ? &err : NULL);
	op_free(in->op);
	free(in->vm_id);
	free(in);
}

void
dispatch_internal(struct daemon *d, const char *name, const char *vm_id,
    int (*fn)(struct op *op, const char *vm_id, struct error *err))
{
	struct internal *in;

	/* At the end the workers are gone; the next start looks at each VM. */
	if (d->own == NULL)
		return;
	in = xcalloc(1, sizeof(*in));

	in->op = op_new(d, OP_KIND_INTERNAL, name, getuid(), getpid());
	in->vm_id = xstrdup(vm_id);
	in->fn = fn;
	/* Its queue is as long as there can be VMs; it fails when no thread
	 * could be made, and the VM's state must not stay wrong. */
	if (pool_post(d->own, internal__run, in) < 0)
		internal__run(in);
}
