/* SPDX-License-Identifier: ISC */
/*
 * All lines of a recorded log in the order of their times, in memory: what is
 * played back, and again from its start.  Lines that are no JSON are left out.
 */
#ifndef TOP_RECORDING_H
#define TOP_RECORDING_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "trace/source.h"

struct recording {
	int fd;                    /* of the lines; -1: none */
	int64_t first_ns, last_ns; /* wall clock; 0: there are no lines */
	size_t n;
};
#define RECORDING_INIT      \
	{                   \
		-1, 0, 0, 0 \
	}

/* Of a source that ends; it stays the caller's. */
int recording_of_source(struct source *source, struct recording *ret,
    struct error *err);
/* Reads it from its start; may be asked for again. */
int recording_source(const struct recording *r, struct source **ret,
    struct error *err);
void recording_done(struct recording *r);

#define _cleanup_recording_ __attribute__((cleanup(recording_done)))

#endif
