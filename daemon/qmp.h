/* SPDX-License-Identifier: ISC */
/*
 * The QEMU Machine Protocol, as docs/interop/qmp-spec of QEMU has it: one
 * reader, replies matched by id since events come in between in any order.
 * After a failed or timed-out send the stream is of no more use.
 * Deadlines are on the monotonic clock.
 */
#ifndef DAEMON_QMP_H
#define DAEMON_QMP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "wire/frame.h"

struct qmp {
	int fd;
	struct frame in;
	unsigned next_id;
	bool shutdown; /* a SHUTDOWN event was seen */
	bool ended;    /* the stream is at its end: the VMM is gone */
};

/* Connects, takes the greeting and leaves negotiation mode. */
int qmp_open(struct qmp *q, const char *path, int64_t deadline_ns,
    struct error *err);
void qmp_close(struct qmp *q);
/* args is taken, may be NULL; *ret (may be NULL) is the caller's. */
int qmp_execute(struct qmp *q, const char *command, json_t *args,
    int64_t deadline_ns, json_t **ret, struct error *err);
/* 0: the VMM closed the stream; 1: the deadline passed. */
int qmp_wait_end(struct qmp *q, int64_t deadline_ns, struct error *err);

#endif
