/* SPDX-License-Identifier: ISC */
/*
 * bangerd as a whole: what main.c makes and every module is handed.  All of it
 * lives as long as the process serves; each module locks what it owns.
 *
 * A request's way: server (bytes, limits) -> dispatch (op_id, operation, one
 * reply) -> pool (a worker) -> rpc_*.c (the method) -> op (stages, the log),
 * priv (the helper), vmm (QMP) -> dispatch -> server.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "base/loop.h"
#include "config.h"
#include "wire/logger.h"
#include "wire/service.h"

struct daemon {
	struct config config;
	struct service service;
	struct loop *loop;
	struct logger *log;
	struct state *state;
	struct vmset *vms;
	struct opset *ops;
	struct pool *quick; /* methods that only look */
	struct pool *work;  /* operations */
	struct pool *own;   /* those that nobody asked for; NULL at the end */
	struct server *server;
	struct streams *streams;
	struct reconcile *reconcile;
};

#endif
