/* SPDX-License-Identifier: ISC */
/* RFC 4648 base64, with padding. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

void base64_encode(struct buf *out, const void *data, size_t len);
/*
 * Appends the bytes of text, which is NUL-terminated.  False when it is no
 * base64: what came before is appended nevertheless.
 */
bool base64_decode(struct buf *out, const char *text);

#endif
