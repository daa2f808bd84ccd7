/* SPDX-License-Identifier: ISC */
/*
 * What op.c collects and op_settle.c concludes from; private to the two.
 * Strings are in the operation's arena; struct op names some of them.
 */
#ifndef TRACE_OP_INT_H
#define TRACE_OP_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an operation ended, as far as one line says. */
struct op_end {
	bool seen, failed;
	int64_t at_ns, duration_ns; /* wall clock, 0 unknown; -1 unknown */
	char *error, *code, *stage;
};

/* What the lines said, before anything is concluded from it. */
struct op_work {
	bool dirty, superseded, expired;
	bool own_lines, has_start_line;
	bool quiet; /* its rpc line is one of a method that only looks */
	int64_t start_line_ns;
	struct op_end end, rpc;
	char *operation, *method;
	size_t cap_stages, cap_calls;
	uint64_t subjects; /* a bit for each field that subject has */
};

#endif
