/* SPDX-License-Identifier: ISC */
/*
 * bangerd's socket: connections, lines, limits.  All of it runs in the loop's
 * thread.  A connection has one request under way at a time; further lines
 * wait.  What a request means is dispatch's to say.
 *
 * The limits keep a hostile or broken client from holding up others: they are
 * keys of the configuration (config.def).
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "daemon.h"

struct server;
struct conn;

/* Listens on path; group (gid_t)-1: the daemon's own. */
int server_open(struct daemon *d, const char *path, gid_t group,
    struct server **ret, struct error *err);
/* Takes no new connections and requests; replies under way are still sent. */
void server_close(struct server *s);
struct server *server_free(struct server *s);

/*
 * Sends the reply of the request under way and takes the next one.  In the
 * loop's thread, once for each dispatch_request(); the connection may be gone
 * meanwhile, which is no error.
 */
void server_reply(struct conn *c, const struct buf *line);
/*
 * Sends a line before that reply.  It goes out later: the connection is there
 * when this returns.
 */
void server_send(struct conn *c, const struct buf *line);
/* Bytes that it has not taken yet. */
size_t server_pending(const struct conn *c);
/* Called, in the loop, when it goes while a request is under way; or NULL. */
void server_on_gone(struct conn *c, void (*fn)(void *arg), void *arg);

#endif
