/* SPDX-License-Identifier: ISC */
/*
 * Lines that are gathered from several places, to be read in the order of their
 * times.  Only their texts and times are kept; of equal times what came first
 * is first.
 */
#ifndef TRACE_GATHER_H
#define TRACE_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "trace/record.h"

struct gather_line {
	int64_t time_ns;
	uint64_t at; /* in text */
	uint32_t len;
	bool sure; /* the time is not unknown */
};

struct gather {
	struct buf text; /* the texts one after the other */
	struct gather_line *lines;
	size_t n, cap;
};
#define GATHER_INIT                  \
	{                            \
		BUF_INIT, NULL, 0, 0 \
	}

/* Takes a JSON line in; anything else is left out.  Fit for query_line_fn. */
void gather_take(void *arg, const struct record *r);
void gather_sort(struct gather *g);
/* The text of one, borrowed until the next that is taken in. */
static inline const char *
gather_text(const struct gather *g, size_t i)
{
	return g->text.data + g->lines[i].at;
}
/* Forgets them and keeps the memory. */
void gather_reset(struct gather *g);
void gather_done(struct gather *g);

#define _cleanup_gather_ __attribute__((cleanup(gather_done)))

#endif
