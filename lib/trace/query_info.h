/* SPDX-License-Identifier: ISC */
/* What an index holds, how far its inputs were read, and who writes it. */
#ifndef TRACE_QUERY_INFO_H
#define TRACE_QUERY_INFO_H

#include <stdint.h>
#include <sys/types.h>

#include "trace/store.h"

enum query_input_state {
	QUERY_INPUT_READ,     /* to its end, or its end is not known */
	QUERY_INPUT_BEHIND,   /* there is more in it */
	QUERY_INPUT_REPLACED, /* another file bears the name by now */
	QUERY_INPUT_GONE,
	QUERY_INPUT_STREAM, /* standard input, a pipe */
	QUERY_INPUT_JOURNAL,
};

struct query_input {
	char *path;
	enum query_input_state state;
	uint64_t offset, lines; /* of the newest line, where it begins */
	int64_t size;           /* of the file; -1 unknown */
	int64_t behind;         /* bytes that were not read; -1 unknown */
	int64_t read_ns;        /* wall clock: when it was read last */
};

struct query_info {
	int64_t version, bytes; /* of the schema; of the file and its log */
	int64_t operations, running, lines, runs;
	int64_t first_ns, last_ns; /* 0: no line has a time */
	int64_t commit_ns;         /* wall clock; 0: never */
	int64_t gaps;
	pid_t writer; /* as store_writer() tells it */
	struct query_input *inputs;
	size_t n_inputs;
};

void query_info_done(struct query_info *info);
#define _cleanup_info_ __attribute__((cleanup(query_info_done)))

int query_info(struct store *s, struct query_info *ret, struct error *err);

#endif
