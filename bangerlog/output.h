/* SPDX-License-Identifier: ISC */
/*
 * Where a command's output goes: standard output, or a file that is there as a
 * whole or not at all.  A file is written beside its place under another name,
 * synced, and put there by a rename; so whoever reads it (node_exporter, say)
 * never sees half of it, and a failure leaves what was there.
 */
#ifndef BANGERLOG_OUTPUT_H
#define BANGERLOG_OUTPUT_H

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"

struct output {
	FILE *file;       /* NULL: none is open */
	char *path, *tmp; /* NULL: standard output */
};
#define OUTPUT_INIT              \
	{                        \
		NULL, NULL, NULL \
	}

/* path NULL: standard output. */
int output_open(const char *path, struct output *ret, struct error *err);
/* Writes what the buf has, and empties it. */
int output_write(struct output *o, struct buf *b, struct error *err);
/* Nothing of a file is there before this has succeeded. */
int output_finish(struct output *o, struct error *err);
/* Takes back what was not finished. */
void output_done(struct output *o);
#define _cleanup_output_ __attribute__((cleanup(output_done)))

#endif
