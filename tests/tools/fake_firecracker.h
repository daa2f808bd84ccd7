/* SPDX-License-Identifier: ISC */
/*
 * A Firecracker without a guest, for machines on which none can run: it takes
 * what the API description takes and refuses the rest in the same words.
 */
#ifndef TESTS_TOOLS_FAKE_FIRECRACKER_H
#define TESTS_TOOLS_FAKE_FIRECRACKER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

/* Of HTTP bodies: HTTP_MAX_PAYLOAD_SIZE of Firecracker's server. */
#define FAKE_BODY_MAX 51200
#define FAKE_CONNECTIONS_MAX 10
#define FAKE_VERSION "1.13.0"

struct fake {
	const char *id;
	bool running;
	/* What was asked for; NULL: nothing yet.  Owned. */
	json_t *machine, *boot, *root, *net, *vsock, *logger, *serial;
	/* Set by requests, acted upon by the caller. */
	bool start, ctrl_alt_del, bind;
};

/*
 * Answers one request: the HTTP status, and the body in out (empty with 204).
 * body is NULL when there was none.
 */
int fake_answer(struct fake *f, const char *method, const char *path,
    const char *body, size_t len, struct buf *out);
/* 400 and that text, as the API says it. */
int fake_refuse(struct buf *out, const char *text);

#endif
