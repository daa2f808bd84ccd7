/* SPDX-License-Identifier: ISC */
/* A regular expression (pcre2pattern(3)) on bytes, with bounded effort. */
#ifndef CLI_PATTERN_H
#define CLI_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct pattern;

int pattern_new(const char *text, struct pattern **ret, struct error *err);
struct pattern *pattern_free(struct pattern *p);
/* A match that takes too much effort is none. */
bool pattern_matches(const struct pattern *p, const char *s, size_t len);

DEFINE_FREEP(struct pattern *, pattern_free);

#endif
