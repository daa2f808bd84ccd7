/* SPDX-License-Identifier: ISC */
/* What in a text looks like a path, an address or an id (redact.h). */
#ifndef BANGERLOG_REDACT_FIND_H
#define BANGERLOG_REDACT_FIND_H

#include <stdbool.h>
#include <stddef.h>

struct redact_found {
	const char *class;
	const char *at;
	size_t len;
};

/* The next one from *at on, which is then behind it; false: no more. */
bool redact_find(const char *s, size_t len, size_t *at,
    struct redact_found *ret);

#endif
