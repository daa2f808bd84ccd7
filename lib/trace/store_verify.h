/* SPDX-License-Identifier: ISC */
/*
 * Is an index what its lines say?  Its file is sound, the packed lines unpack,
 * each operation put together anew is the row that is stored of it, the spans
 * of the runs are of the lines that are there, and what an input still has of
 * what was read is in the index.
 *
 * It looks at one state of the index, whatever a writer does meanwhile.
 */
#ifndef TRACE_STORE_VERIFY_H
#define TRACE_STORE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/store.h"

/* How many operations are looked at unless all are, spread over the index. */
#define STORE_VERIFY_SAMPLE 1000
/* Problems that are told; the rest is only counted. */
#define STORE_VERIFY_TOLD 100

struct store_verify {
	/* All operations and all lines, and the inputs again. */
	bool deep;
	/* A sentence; its text is hostile. */
	void (*problem)(void *arg, const char *text);
	/* Operations, or lines of an input, of how many (0: unknown). */
	void (
	    *progress)(void *arg, const char *what, uint64_t done, uint64_t of);
	void *arg;

	/* Out: */
	uint64_t operations, all_operations;
	uint64_t lines;               /* that were unpacked; deep only */
	uint64_t runs;                /* that were counted; deep only */
	uint64_t inputs, input_lines; /* that were read again; deep only */
	uint64_t problems;
};

/* 0 with what it found in v, problems or not; or it could not look. */
int store_verify(struct store *s, struct store_verify *v, struct error *err);

#endif
