/* SPDX-License-Identifier: ISC */
/*
 * Clients that are told what happens while it happens: the lines of
 * operations, exactly as they are logged, and their ends.
 *
 *	{"line":"{\"time\":…}"}     one line
 *	{"dropped":12}              so many were left out: it reads too slowly
 *	{"end":{…}}                 the operation has ended, as op.show says
 *
 * All of it runs in the loop's thread.  A stream holds the connection's
 * request open; it ends with the connection, or with its operation.
 */
#ifndef DAEMON_STREAM_H
#define DAEMON_STREAM_H

#include "base/error.h"
#include "daemon.h"
#include "server.h"
#include "wire/opid.h"

struct streams;

struct streams *streams_new(struct daemon *d);
/* Ends those that are left; before the server goes. */
struct streams *streams_free(struct streams *s);

/*
 * Shows all lines from now on, behind those so far of what is under way; op
 * NULL: of all operations, else of that one, until it ends.
 */
int stream_watch(struct daemon *d, struct conn *conn, const char *op,
    struct error *err);
/* Answers {"op":{…}} when it has ended, or timeout when that is not in time. */
int stream_wait(struct daemon *d, struct conn *conn, const char *op,
    int64_t timeout_ns, struct error *err);
/* Shows the lines of that operation, whose request the connection awaits. */
void stream_follow(struct daemon *d, struct conn *conn, const struct opid *op);
/* Ends that; the request's reply comes next. */
void stream_unfollow(struct daemon *d, struct conn *conn);

#endif
