/* SPDX-License-Identifier: ISC */
/*
 * Operation ids: "op-" and 16 lower-case hex digits when we mint them; readers
 * accept "op-" and 1 to 125 of [A-Za-z0-9_-].  A value type: copy it, compare
 * with opid_eq().  An id is for tracing alone and never authorises anything.
 */
#ifndef WIRE_OPID_H
#define WIRE_OPID_H

#include <stdbool.h>
#include <stddef.h>

#define OPID_TEXT_MAX 128 /* longest accepted text, without the NUL */

struct opid {
	char text[OPID_TEXT_MAX + 1]; /* "" = no id */
};

/* Draws a new id from the kernel's random source; aborts if it has none. */
void opid_make(struct opid *ret);
/* True and *ret filled when s is an acceptable id. */
bool opid_parse(const char *s, size_t len, struct opid *ret);
bool opid_eq(const struct opid *a, const struct opid *b);

static inline bool
opid_is_set(const struct opid *id)
{
	return id->text[0] != '\0';
}

/* Writes n random bytes as 2n lower-case hex digits and a NUL. */
void opid_random_hex(char *out, size_t n);

#endif
