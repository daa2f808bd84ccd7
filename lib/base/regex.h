/* SPDX-License-Identifier: ISC */
/*
 * Patterns as PCRE2 has them (pcre2pattern(3)), on UTF-8 text that may be
 * damaged, with a bound on what one text may cost.  Not for two threads.
 */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct regex;

/*
 * Compiles; *undecided is counted up for each text that was too hard to tell,
 * and outlives it.  On failure *ret_offset is where in the pattern.
 */
int regex_new(const char *pattern, size_t len, bool caseless,
    uint64_t *undecided, struct regex **ret, size_t *ret_offset,
    struct error *err);
struct regex *regex_free(struct regex *re);

/*
 * Where a pattern was found, in bytes, and the name of the last (*MARK) that
 * it went through (NULL: none; the pattern's).
 */
struct regex_hit {
	size_t start, end;
	const char *mark;
};
/* 1: the text matches, 0: it does not, -1: too hard to tell. */
int regex_match(struct regex *re, const char *text, size_t len);
/* As regex_match(), from that offset on; 1: *ret is filled. */
int regex_find(struct regex *re, const char *text, size_t len, size_t from,
    struct regex_hit *ret);

DEFINE_FREEP(struct regex *, regex_free);

#endif
