/* SPDX-License-Identifier: ISC */
/*
 * Firecracker's API: HTTP/1.1 and JSON on a Unix socket, as its description
 * (src/firecracker/swagger/firecracker.yaml of Firecracker) has it.
 *
 * Every request has a connection of its own and is sent once: what is asked
 * for may have been done although the answer was lost, and InstanceStart is
 * good for one time only.  Deadlines are on the monotonic clock.
 *
 * Errors: -ENOENT, -ECONNREFUSED and -EPIPE when nobody is there, or went away
 * before the whole answer had come; -ETIMEDOUT, and what base/wait.h says of a
 * thread that is called off, within a second; -EREMOTEIO with Firecracker's own
 * words when it refused; -EPROTO when the answer is none of its.
 */
#ifndef DAEMON_FIRECRACKER_H
#define DAEMON_FIRECRACKER_H

#include <jansson.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct firecracker;

/* A client; it connects for each request.  The path is copied. */
struct firecracker *firecracker_new(const char *socket);
/* Takes NULL; returns NULL. */
struct firecracker *firecracker_free(struct firecracker *f);
/* GET; *ret is an object, and the caller's. */
int firecracker_get(struct firecracker *f, const char *path,
    int64_t deadline_ns, json_t **ret, struct error *err);
/* PUT; body is taken. */
int firecracker_put(struct firecracker *f, const char *path, json_t *body,
    int64_t deadline_ns, struct error *err);

DEFINE_FREEP(struct firecracker *, firecracker_free);

#endif
