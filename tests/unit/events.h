/* SPDX-License-Identifier: ISC */
/* Log lines, and a way to read one that must be one. */
#ifndef TESTS_UNIT_EVENTS_H
#define TESTS_UNIT_EVENTS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/event.h"

#define _cleanup_line_ _cleanup_(line_done)
/* 2026-04-26T22:13:04Z. */
#define T0 1777241584000000000LL

/* Decodes a line that must be one. */
static inline void
decode(const char *text, size_t len, struct line *ln, struct event *ret)
{
	struct error err = ERROR_INIT;

	if (event_decode(text, len, ln, ret, &err) < 0)
		fail_msg("%.*s: %s", (int)len, text, err.text);
}

#endif
