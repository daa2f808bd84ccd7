/* SPDX-License-Identifier: ISC */
/* Operation sets, and ways to feed them. */
#ifndef TESTS_UNIT_OPSETS_H
#define TESTS_UNIT_OPSETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "trace/opset.h"
#include "trace/parse.h"
#include "trace/source.h"

#define T0 1777241584000000000LL /* 2026-04-26T22:13:04Z */
#define MS NSEC_PER_MSEC
#define US NSEC_PER_USEC

/* A line of the operation op-1, and that of its start. */
#define LINE(sec, msg, rest)                                          \
	"{\"time\":\"2026-04-26T22:13:" sec "Z\",\"level\":\"INFO\"," \
	"\"msg\":\"" msg "\",\"op_id\":\"op-1\"" rest "}"
#define START LINE("04", "operation started", ",\"run\":\"aaaaaaaa\",\"seq\":5")

/* Puts all lines of the files into the set. */
static inline void
feed_files(struct opset *set, const char *const *paths, size_t n)
{
	_cleanup_(source_freep) struct source *s = NULL;
	struct record r;

	assert_int_equal(source_open_files(paths, NULL, n, 0, &s, NULL), 0);
	record_init(&r);
	while (source_next(s, &r, NULL) == SOURCE_MORE)
		opset_add(set, &r);
	record_done(&r);
}

static inline void
feed(struct opset *set, const char *line)
{
	struct parser *p = parser_new();
	struct record r;

	record_init(&r);
	parser_feed(p, line, strlen(line), true);
	while (parser_next(p, &r))
		opset_add(set, &r);
	record_done(&r);
	parser_free(p);
}

static inline const struct op *
find(struct opset *set, const char *id)
{
	struct opid op;

	assert_true(opid_parse(id, strlen(id), &op));
	return opset_find(set, &op);
}

#endif
